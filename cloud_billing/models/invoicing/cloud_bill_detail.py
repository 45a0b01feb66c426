from odoo import fields, models

from ...csv_cells import write_csv


class CloudBill(models.Model):
    """The detail of a summed-up invoice: a file with every rated line, attached when the invoice is posted.

    Of an invoice that has its own lines the same is printed. The file is made in the transaction that posts, of a
    closed list of columns: what a customer may get. The usage rows behind a line are a file of their own, on demand.
    """

    _inherit = "cloud.bill"

    # === BUSINESS === #

    def _set_posted(self, moves):
        result = super()._set_posted(moves)
        summed = self.filtered(lambda bill: bill.id in moves and bill._is_summed_up())
        files = [summed_one._prepare_detail_vals(moves[summed_one.id]) for summed_one in summed]
        # sudo: whoever posts bills attaches their detail, also without a right on attachments of invoices.
        details = self.env["ir.attachment"].sudo().create(files)
        for bill, detail in zip(summed, details, strict=True):
            moves[bill.id].sudo().cloud_detail_id = detail  # sudo: as above.
        return result

    def _prepare_detail_vals(self, move):
        """The values of the attachment with the detail of an invoice."""
        env = self._get_language_env()
        return {
            "name": env._("detail-%(invoice)s.csv", invoice=(move.name or "").replace("/", "-")),
            "res_model": move._name,
            "res_id": move.id,
            "company_id": self.company_id.id,
            "mimetype": "text/csv",
            "raw": self._make_detail(move).encode("utf-8-sig"),
        }

    def _make_detail(self, move):
        """The detail as the text of a CSV file; on a credit note its amounts are those of the note."""
        columns = self.with_env(self._get_language_env())._get_detail_columns()
        sign = -1 if move.move_type == "out_refund" else 1
        rows = (
            [get(line, number, sign) for _label, get in columns]
            for number, group in enumerate(self._get_invoice_groups(), 1)
            for line in group
        )
        return write_csv([[label for label, _get in columns], *rows])

    # === HOOKS === #

    def _get_detail_columns(self):
        """Return the columns of the detail: list of (label, function (rated line, invoice line's number, sign)).

        The customer gets it: nothing that tells a cost, a margin or a rule may be added.
        """
        return [
            (self.env._("Invoice Line"), lambda line, number, sign: number),
            (self.env._("Customer"), lambda line, number, sign: line.customer_name),
            (self.env._("Subscription"), lambda line, number, sign: line.charge_id.subscription_id.name),
            (self.env._("Service"), lambda line, number, sign: line.name),
            (self.env._("From"), lambda line, number, sign: line.service_start),
            (self.env._("To"), lambda line, number, sign: fields.Date.subtract(line.service_end, days=1)),
            (self.env._("Quantity"), lambda line, number, sign: line.quantity),
            (self.env._("Unit"), lambda line, number, sign: line.unit),
            (self.env._("Unit Price"), lambda line, number, sign: line.unit_price),
            (self.env._("Amount"), lambda line, number, sign: sign * line.amount),
            (self.env._("Currency"), lambda line, number, sign: line.currency_id.name),
        ]
