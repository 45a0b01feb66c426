import base64
from contextlib import closing
from urllib.parse import quote

from odoo import fields, models
from odoo.exceptions import UserError


class CloudBillPreview(models.TransientModel):
    """The invoice that a bill would become. It is made and rendered in a savepoint that is rolled back."""

    _name = "cloud.bill.preview"
    _description = "Preview of an Invoice"

    bill_id = fields.Many2one("cloud.bill", required=True, readonly=True, ondelete="cascade")
    # Made by Odoo's own report of an invoice, which escapes what comes from outside.
    html = fields.Html(string="Invoice", sanitize=False, readonly=True)

    pdf = fields.Binary(string="PDF", readonly=True, attachment=False)

    # === ACTIONS === #

    def action_download_pdf(self):
        """Download the invoice as it would be printed; nothing else of it stays."""
        self.ensure_one()
        self.bill_id.check_access("read")
        self.pdf = base64.b64encode(self._render(self.bill_id, "_render_qweb_pdf"))
        name = self.env._("preview-%(bill)s.pdf", bill=self.bill_id.name).replace("/", "-")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/pdf?download=true&filename={quote(name)}",
            "target": "download",
        }

    # === BUSINESS === #

    def _open(self, bill):
        """The window with the invoice of a bill."""
        bill.check_access("read")
        preview = self.create({"bill_id": bill.id, "html": self._render(bill, "_render_qweb_html").decode()})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of %(bill)s", bill=bill.name),
            "res_model": self._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _render(self, bill, render):
        """The invoice as bytes; nothing of it stays. Raises UserError with what keeps the invoice from being made.

        render: the method of Odoo's reports, for HTML or for PDF.
        """
        if bill.move_id:
            raise UserError(self.env._("%(bill)s is posted: open its invoice.", bill=bill.name))
        if not bill._get_invoice_groups():
            raise UserError(self.env._("%(bill)s has nothing to invoice.", bill=bill.name))
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            # sudo: a viewer may see what an accountant would post; the invoice does not outlive this block.
            Move = self.env["account.move"].sudo().with_company(bill.company_id)
            move = Move.create(bill.sudo()._prepare_move_vals())  # sudo: as above.
            # sudo: as above.
            return getattr(self.env["ir.actions.report"].sudo(), render)("account.account_invoices", move.ids)[0]
