from odoo import fields, models


class CloudSubscription(models.Model):
    """By which keys other systems know a subscription."""

    _inherit = "cloud.subscription"

    external_key_ids = fields.One2many("cloud.external.key", "subscription_id", string="External Keys")
