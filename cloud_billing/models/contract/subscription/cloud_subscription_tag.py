from odoo import fields, models


class CloudSubscriptionTag(models.Model):
    """A word by which subscriptions are found, reported and shared: a region's, a team's, a partner's."""

    _name = "cloud.subscription.tag"
    _description = "Subscription Tag"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    # The name in its first language, which is always there: of two tags a translation of one made no other name.
    _name_uniq = models.UniqueIndex("((name->>'en_US'))", "Another tag has this name.")
