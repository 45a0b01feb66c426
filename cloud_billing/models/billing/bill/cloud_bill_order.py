import re

from odoo import api, fields, models

from ....engine.numbers import exact, to_text

_ORDER = re.compile(r"(?:^|; )order (\d+)$")
_REFERENCE = re.compile(r"(?:^|; )reference (.+)$")


class CloudBill(models.Model):
    """One order number to a bill: what is billed on different orders goes on different invoices."""

    _inherit = "cloud.bill"

    order_id = fields.Many2one(
        "cloud.customer.order",
        string="Purchase Order",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="On which order of the customer it is billed, as agreed when it was rated.",
    )

    # === BUSINESS === #

    def _assess(self):
        # What is left of an order is asked anew: bills and credit notes were posted since.
        self.order_id.invalidate_recordset(["billed_amount", "remaining_amount", "state"])
        return super()._assess()

    def _prepare_vals(self, run, group):
        found = _ORDER.search(group[3])
        return {**super()._prepare_vals(run, group), "order_id": int(found[1]) if found else False}

    def _get_order_left(self):
        """What of the order's budget is left for this bill, behind other open bills of its run; None: no budget."""
        self.ensure_one()
        if self.order_id.remaining_amount is None:
            return None
        others = self.run_id.bill_ids.filtered(
            lambda bill: bill.order_id == self.order_id and bill.id < self.id and bill.state in ("ready", "look")
        )
        with exact():
            return self.order_id.remaining_amount - sum(bill.amount or 0 for bill in others)

    # === HOOKS === #

    @api.model
    def _get_grouping_key(self, payer, charge):
        """The payer's own number is that of every bill; any other one keeps its charges on a bill of their own.

        charge: has `order_id` and `order_reference` besides, of its line or its subscription.
        """
        key, number = super()._get_grouping_key(payer, charge), None
        if charge.get("order_id"):
            number = f"order {charge['order_id']}"
        elif charge.get("order_reference") and charge["order_reference"] != payer.order_reference:
            number = f"reference {charge['order_reference']}"
        return "; ".join(filter(None, [key, number]))

    def _get_order_reference(self):
        self.ensure_one()
        if self.order_id:
            return self.order_id.name
        found = _REFERENCE.search(self.grouping_key)
        return found[1] if found else self.customer_id.order_reference

    def _get_look_reasons(self, amount, previous):
        reasons = super()._get_look_reasons(amount, previous)
        order = self.order_id
        if not order:
            return reasons
        facts = {"order": order.name, "order_id": order.id, "currency": self.currency_id.name}
        day, left = self.run_id.invoice_date, self._get_order_left()
        state = order._get_state_on(day)
        if state in ("closed", "expired", "coming"):
            reasons.append({"code": f"order_{state}", "day": fields.Date.to_string(day), **facts})
        if left is not None and amount > left:
            reasons.append({"code": "order_exceeded", "left": to_text(left), "amount": to_text(amount), **facts})
        return reasons
