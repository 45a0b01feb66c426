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
# Usage is what a customer agreed to pay for. Taxes, credits and refunds of the provider are ours; the rest is asked.
DEFAULT_POLICIES = {"usage": "bill", "tax": "keep", "credit": "keep", "refund": "keep"}


class CloudUsageSourcePolicy(models.Model):
    """What a source's rows of one charge kind are for: billed on, kept for us, or held until somebody decides."""

    _name = "cloud.usage.source.policy"
    _description = "Charge Kind of a Source"
    _order = "source_id, id"
    _rec_name = "charge_kind"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    charge_kind = fields.Selection(CHARGE_KINDS, required=True, help="As the provider says in each row.")
    policy = fields.Selection(
        POLICIES,
        string="What It Is For",
        required=True,
        default="hold",
        help="Bill: priced and charged to whom the stream belongs. Keep for us: counted in costs, never billed. "
        "Hold: waits under To resolve until somebody decides.",
    )

    _kind_uniq = models.UniqueIndex("(source_id, charge_kind)", "The source says already what this charge kind is for.")
