from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fields import DecimalField


class CloudBillRelease(models.TransientModel):
    """Releases at once the bills of a run that wait for the same reason, up to an amount."""

    _name = "cloud.bill.release"
    _description = "Release of Many Bills"

    run_id = fields.Many2one("cloud.bill.run", required=True, readonly=True)
    reason_code = fields.Selection(
        selection="_selection_reasons",
        string="Because of",
        help="Only bills that wait for nothing else. Empty: whatever they wait for.",
    )
    currency_id = fields.Many2one("res.currency", help="Only bills in this currency. An amount needs one.")
    amount_limit = DecimalField(
        string="Up To",
        currency_field="currency_id",
        help="Only bills, or credit notes, of no more than this. Empty: of any amount.",
    )
    bill_count = fields.Integer(string="Bills", compute="_compute_bills")
    total_text = fields.Char(string="Amount", compute="_compute_bills")
    names = fields.Char(string="Customers", compute="_compute_bills")
    note = fields.Char(help="Read by whoever approves the run.")

    # === COMPUTE === #

    def _selection_reasons(self):
        Reason = self.env["cloud.bill.reason"]
        return [(code, label) for code, label in Reason._get_labels().items() if not Reason._is_blocking(code)]

    @api.depends("run_id", "reason_code", "currency_id", "amount_limit")
    def _compute_bills(self):
        for wizard in self:
            bills = wizard._get_bills()
            wizard.bill_count = len(bills)
            wizard.total_text = bills._tell_totals()
            wizard.names = ", ".join(bills[:10].mapped("customer_id.name")) + (", ..." if len(bills) > 10 else "")

    # === ACTIONS === #

    def action_confirm(self):
        """Release them, with the note."""
        self.ensure_one()
        bills = self._get_bills()
        if not bills:
            raise UserError(
                self.env._("%(run)s: no bill is like that. Choose another reason or amount.", run=self.run_id.name)
            )
        if not self.note:
            raise UserError(self.env._("Say why the bills are released: whoever approves the run reads it."))
        bills.action_release(self.note)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, run, reason_code=None):
        """The window for a run's bills, with a reason chosen or not."""
        currencies = run.bill_ids.currency_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Bills"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_run_id": run.id,
                "default_reason_code": reason_code,
                "default_currency_id": currencies.id if len(currencies) == 1 else False,
            },
        }

    def _get_bills(self):
        """The bills in Look that the window is about, by what it says now."""
        return self.run_id.bill_ids.filtered(lambda bill: bill.state == "look" and self._is_meant(bill))

    def _is_meant(self, bill):
        codes = {self.env["cloud.bill.reason"]._get_label_code(reason["code"]) for reason in bill.reasons or ()}
        if self.reason_code and codes != {self.reason_code}:
            return False
        if self.currency_id and bill.currency_id != self.currency_id:
            return False
        # Of two currencies one limit says nothing.
        return self.amount_limit is None or (bool(self.currency_id) and abs(bill.amount) <= self.amount_limit)
