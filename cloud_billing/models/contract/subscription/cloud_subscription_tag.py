from odoo import fields, models


class CloudSubscriptionTag(models.Model):
    """A word by which subscriptions are found, reported and shared: a region's, a team's, a partner's."""

    _name = "cloud.subscription.tag"
    _description = "Subscription Tag"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("(name)", "Another tag has this name.")
