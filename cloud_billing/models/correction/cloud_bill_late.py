from odoo import api, models
from odoo.tools import SQL


class CloudBill(models.Model):
    """Late usage on an invoice of its own; what was absorbed is on a bill without anything to look at."""

    _inherit = "cloud.bill"

    # === BUSINESS === #

    def _get_invoiced(self):
        invoiced = super()._get_invoiced()
        zero = invoiced.filtered(lambda bill: not bill.amount)
        # Also for customers who want invoices of zero: an invoice without a line is none.
        return invoiced - zero.filtered(lambda bill: bill._is_absorbed())

    def _is_absorbed(self):
        """Whether all of it are corrections that bill nothing."""
        self.ensure_one()
        return (
            bool(self.charge_ids) and not self.rated_line_ids and None not in self.charge_ids.mapped("absorbed_amount")
        )

    # === HOOKS === #

    @api.model
    def _get_group_columns(self):
        return SQL("%s, c.late_usage_policy", super()._get_group_columns())

    @api.model
    def _get_grouping_key(self, payer, charge):
        key = super()._get_grouping_key(payer, charge)
        # First, for a purchase order is read from the end of the key.
        return "; ".join(filter(None, ["late", key])) if charge.get("late_usage_policy") == "own_invoice" else key

    def _get_look_reasons(self, amount, previous):
        if not amount and self._is_absorbed():
            return []
        return super()._get_look_reasons(amount, previous)
