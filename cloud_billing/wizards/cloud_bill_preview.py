from contextlib import closing

from odoo import fields, models
from odoo.exceptions import UserError


class CloudBillPreview(models.TransientModel):
    """The invoice that a bill would become. It is made and rendered in a savepoint that is rolled back."""

    _name = "cloud.bill.preview"
    _description = "Preview of an Invoice"

    bill_id = fields.Many2one("cloud.bill", required=True, readonly=True, ondelete="cascade")
    # Made by Odoo's own report of an invoice, which escapes what comes from outside.
    html = fields.Html(string="Invoice", sanitize=False, readonly=True)

    # === BUSINESS === #

    def _open(self, bill):
        """The window with the invoice of a bill."""
        bill.check_access("read")
        preview = self.create({"bill_id": bill.id, "html": self._render(bill)})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of %(bill)s", bill=bill.name),
            "res_model": self._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _render(self, bill):
        """The invoice as HTML; nothing of it stays. Raises UserError with what keeps the invoice from being made."""
        if bill.move_id:
            raise UserError(self.env._("%(bill)s is posted: open its invoice.", bill=bill.name))
        if not bill._get_invoice_groups():
            raise UserError(self.env._("%(bill)s has nothing to invoice.", bill=bill.name))
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            # sudo: a viewer may see what an accountant would post; the invoice does not outlive this block.
            Move = self.env["account.move"].sudo().with_company(bill.company_id)
            move = Move.create(bill.sudo()._prepare_move_vals())
            html = self.env["ir.actions.report"].sudo()._render_qweb_html("account.account_invoices", move.ids)[0]
        return html.decode()
