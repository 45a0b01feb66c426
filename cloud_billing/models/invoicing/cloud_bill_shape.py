from markupsafe import Markup
from odoo import Command, api, fields, models
from odoo.tools import plaintext2html


class CloudBill(models.Model):
    """What a person changed of one prospective invoice: texts and order number, kept whenever it is worked out anew."""

    _inherit = "cloud.bill"

    own_texts = fields.Json(compute="_compute_own_texts", help="What was written for this bill: [place, line, text].")

    # === COMPUTE === #

    @api.depends("run_id", "customer_id", "currency_id", "tax_basis", "grouping_key")
    def _compute_own_texts(self):
        texts = self.env["cloud.bill.text"]._fetch(self)
        for bill in self:
            bill.own_texts = [[*place, text] for place, text in sorted(texts[bill].items())]

    # === ACTIONS === #

    def action_edit_texts(self):
        """The window with the texts and the order number of this bill."""
        self.ensure_one()
        self._check_may_review()
        return self.env["cloud.bill.edit"]._open(self)

    def action_add_line(self):
        """The window that adds a line to this bill."""
        self.ensure_one()
        self._check_may_review()
        return self.env["cloud.bill.adjust"]._open(self, "added")

    def action_discount(self):
        """The window that takes something off this bill."""
        self.ensure_one()
        self._check_may_review()
        return self.env["cloud.bill.adjust"]._open(self, "discount")

    # === BUSINESS === #

    def _list_own_texts(self):
        """[place, line key, text] of what a person wrote for this bill."""
        self.ensure_one()
        return self.own_texts or []

    def _get_own_text(self, place, line_key=""):
        """What a person wrote for a place of this bill, or None."""
        self.ensure_one()
        return next((text for at, key, text in self._list_own_texts() if (at, key) == (place, line_key)), None)

    def _get_sealed_shape(self):
        """Return what is sealed of a bill beside its rated lines: {column: JSON-able value}; set-wise for all of self.

        To add something that is printed: add it to what super() returns; the names are `_get_shape_columns` of the run.
        """
        self.ensure_one()
        return {
            "texts": self._list_own_texts(),
            "order_reference": self._get_order_reference() or None,
            "journal_id": self._get_own_journal().id or None,
        }

    # === HOOKS === #

    def _get_order_reference(self):
        return self._get_own_text("order") or super()._get_order_reference()

    def _get_header_text(self):
        """Return the text above the lines, or False."""
        return self._get_own_text("header") or False

    def _get_footer_text(self):
        """Return the text below the total, before the terms of the company, or False."""
        return self._get_own_text("footer") or False

    def _prepare_move_vals(self):
        vals = super()._prepare_move_vals()
        header, footer = self._get_header_text(), self._get_footer_text()
        if header:
            note = Command.create({"display_type": "line_note", "name": header, "sequence": 1})
            vals["invoice_line_ids"] = [note, *vals["invoice_line_ids"]]
        if footer:
            vals["narration"] = plaintext2html(footer) + self._get_terms()
        return vals

    def _get_terms(self):
        """The terms of the company as Odoo would print them where nothing else is said."""
        # sudo: a setting of the database that every invoice shows.
        if not self.env["ir.config_parameter"].sudo().get_param("account.use_invoice_terms"):
            return Markup("")
        company = self.company_id.with_context(lang=self.customer_id.partner_id.lang or self.env.lang)
        if company.terms_type == "html":
            return plaintext2html(company.env._("Terms & Conditions: %s", f"{company.get_base_url()}/terms"))
        return company.invoice_terms or Markup("")

    def _get_proposed_line_text(self, lines):
        """What the invoice line of some rated lines says where nobody wrote anything."""
        return super()._get_move_line_text(lines)  # pylint: disable=super-method-mismatch

    def _get_move_line_text(self, lines):
        own = [self._get_own_text("line", line._get_text_key()) for line in lines]
        if not any(own):
            return self._get_proposed_line_text(lines)
        return "\n".join(text or self._get_proposed_line_text(line) for text, line in zip(own, lines, strict=True))
