import base64
from decimal import Decimal

from odoo import fields, models

from ...csv_cells import write_csv
from ...engine.numbers import exact, to_text

# Amounts of a bill, which have a total in the file.
_AMOUNTS = (
    "amount",
    "previous_amount",
    "difference_amount",
    "forecast_amount",
    "off_forecast_amount",
    "cost_amount",
)


class CloudBillFile(models.TransientModel):
    """Prospective invoices as CSV, with the totals of each currency at the end; kept until it was downloaded."""

    _name = "cloud.bill.file"
    _description = "File of Bills"

    name = fields.Char(required=True, readonly=True)
    content = fields.Binary(required=True, readonly=True, attachment=False)

    # === BUSINESS === #

    def _make(self, bills, name):
        """The action that downloads these bills, which the person may read."""
        bills.check_access("read")
        return self._make_table(name, self._get_rows(bills))

    def _make_table(self, name, rows):
        """The action that downloads a table. rows: lists of cells, numbers as Decimal or text."""
        content = write_csv(rows).encode("utf-8-sig")
        file = self.create({"name": name, "content": base64.b64encode(content)})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{file.id}/content/{name}?download=true",
            "target": "download",
        }

    def _get_rows(self, bills):
        """A head, a row per bill, an empty line, a row of totals per currency."""
        # Of the person's own fields: what he or she may not read is no column.
        labels = bills.fields_get(attributes=["string"])
        names = [name for name in self._get_columns() if name in labels]
        return [
            [labels[name]["string"] for name in names],
            *([self._get_cell(bill, name) for name in names] for bill in bills),
            [],
            *(self._get_totals(currency, some, names) for currency, some in bills.grouped("currency_id").items()),
        ]

    def _get_cell(self, bill, name):
        value, field = bill[name], bill._fields[name]
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if isinstance(value, Decimal):
            return to_text(value)
        return "" if value in (None, False) else str(value)

    def _get_totals(self, currency, bills, names):
        cells = {
            "customer_id": self.env._("Total of %(count)s bills", count=len(bills)),
            "currency_id": currency.name,
        }
        with exact():
            for name in set(_AMOUNTS).intersection(names):
                known = [bill[name] for bill in bills if bill[name] is not None]
                cells[name] = to_text(sum(known, Decimal(0))) if known else ""
        return [cells.get(name, "") for name in names]

    # === HOOKS === #

    def _get_columns(self):
        """Return the names of the columns, fields of a bill. To add one: extend what super() returns."""
        return (
            "customer_id", "run_id", "state", *_AMOUNTS, "currency_id", "tax_basis", "service_start", "service_end",
            "main_reason", "reason_text", "release_note", "hold_note", "move_id",
        )  # fmt: skip
