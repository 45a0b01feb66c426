from odoo import fields, models


class CloudBillEdit(models.TransientModel):
    """The texts and the order number of one prospective invoice, beside what it would say by itself."""

    _name = "cloud.bill.edit"
    _description = "Texts of a Bill"

    bill_id = fields.Many2one("cloud.bill", required=True, readonly=True, ondelete="cascade")
    header_text = fields.Text(string="Above the Lines", help="Empty: as the templates say, else nothing.")
    footer_text = fields.Text(string="Below the Total", help="Empty: as the templates say, else nothing.")
    order_reference = fields.Char(string="Order Number", help="Empty: as agreed with the customer.")
    line_ids = fields.One2many("cloud.bill.edit.line", "edit_id", string="Lines")

    # === ACTIONS === #

    def action_save(self):
        """Keep what differs from what the bill would say by itself."""
        self.ensure_one()
        bill = self.bill_id
        bill._check_may_review()
        texts = {
            ("header", ""): self.header_text,
            ("footer", ""): self.footer_text,
            ("order", ""): self.order_reference,
            **{("line", line.line_key): line.text for line in self.line_ids},
        }
        before = {(place, key): text for place, key, text in bill._list_own_texts()}
        texts = {place: (text or "").strip() for place, text in texts.items()}
        proposed = {("line", line.line_key): line.proposed for line in self.line_ids}
        texts = {place: None if text == proposed.get(place) else text for place, text in texts.items()}
        changed = {place: text for place, text in texts.items() if (text or None) != before.get(place)}
        self.env["cloud.bill.text"]._put(bill, changed)
        for (place, _key), text in changed.items():
            label = dict(self.env["cloud.bill.text"]._fields["place"]._description_selection(self.env))[place]
            bill.message_post(
                body=self.env._("%(place)s: %(text)s", place=label, text=text or self.env._("as by itself"))
            )
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, bill):
        """The window for one bill."""
        own = {(place, key): text for place, key, text in bill._list_own_texts()}
        edit = self.create(
            {
                "bill_id": bill.id,
                "header_text": own.get(("header", "")),
                "footer_text": own.get(("footer", "")),
                "order_reference": own.get(("order", "")),
                "line_ids": [
                    (0, 0, {"line_key": key, "proposed": proposed, "text": own.get(("line", key), proposed)})
                    for key, proposed in self._propose(bill).items()
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Texts of %(bill)s", bill=bill.name),
            "res_model": self._name,
            "res_id": edit.id,
            "view_mode": "form",
            "target": "new",
        }

    def _propose(self, bill):
        """{line key: what the line would say by itself} of the lines that become an invoice line of their own."""
        return {
            group._get_text_key(): bill._get_proposed_line_text(group)
            for group in bill._get_invoice_groups()
            if len(group) == 1
        }
