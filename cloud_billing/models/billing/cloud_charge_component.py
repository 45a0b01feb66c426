from odoo import fields, models

COMPONENT_KINDS = [("metered", "Metered usage"), ("recurring", "Recurring fee"), ("one_time", "One-time charge")]


class CloudChargeComponent(models.Model):
    """The identity of something that is billed over time: one part of a subscription line.

    It gives the EXCLUDE constraint of charges an integer to compare.
    """

    _name = "cloud.charge.component"
    _description = "Charge Component"

    subscription_line_id = fields.Many2one("cloud.subscription.line", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(COMPONENT_KINDS, required=True)
    meter_id = fields.Many2one("cloud.meter", ondelete="restrict")

    _identity_uniq = models.UniqueIndex(
        "(subscription_line_id, kind, COALESCE(meter_id, 0))", "The component is known already."
    )
