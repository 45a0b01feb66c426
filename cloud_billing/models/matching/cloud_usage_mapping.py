from odoo import fields, models

_MADE_OF = {"subscription_line_id", "analytic_account_id", "date_start", "date_end"}


class CloudUsageMapping(models.Model):
    """An owner may have been given by a rule; whoever edits it takes it away from the rule."""

    _inherit = "cloud.usage.mapping"

    rule_id = fields.Many2one(
        "cloud.usage.match.rule",
        string="Given by the Rule",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        copy=False,
        help="The rule of the mapping table that gave this owner. Empty: a person did, and no rule changes it.",
    )

    # === CRUD === #

    def write(self, vals):
        if vals.keys() & _MADE_OF and "rule_id" not in vals:
            vals = {**vals, "rule_id": False}
        return super().write(vals)
