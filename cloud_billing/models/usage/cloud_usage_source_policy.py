from odoo import fields, models

CHARGE_KINDS = [
    ("usage", "Usage"),
    ("purchase", "Purchase"),
    ("tax", "Tax"),
    ("credit", "Credit"),
    ("refund", "Refund"),
    ("adjustment", "Adjustment"),
    ("fee", "Fee"),
]
POLICIES = [("bill", "Bill"), ("keep", "Keep for us"), ("hold", "Hold for a decision")]


class CloudUsageSourcePolicy(models.Model):
    """What a source's rows of one charge kind are for: billed on, kept for us, or held until somebody decides."""

    _name = "cloud.usage.source.policy"
    _description = "Charge Kind of a Source"
    _order = "source_id, id"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="cascade", index=True)
    charge_kind = fields.Selection(CHARGE_KINDS, required=True)
    policy = fields.Selection(POLICIES, required=True)

    _kind_uniq = models.UniqueIndex("(source_id, charge_kind)", "The source says already what this charge kind is for.")
