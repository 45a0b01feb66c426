import csv
import hashlib
import io
from collections import defaultdict
from decimal import Decimal

from odoo import models

from ...csv_cells import as_cell
from ...engine.numbers import exact, to_text

_COLUMNS = (
    "kind", "source", "name", "customer_id", "subscription_id", "subscription_line_id", "product_id", "service_start",
    "service_end", "account_id", "counter_account_id", "analytic_distribution", "currency_id", "total_amount", "amount",
    "company_total", "company_amount", "remaining_amount", "rate", "rate_date", "source_key",
)  # fmt: skip


class CloudClosingCsv(models.AbstractModel):
    """The lines of a month's end as a file, with what they add up to and a digest of the rows above."""

    _name = "cloud.closing.csv"
    _description = "Month End as CSV"

    # === BUSINESS === #

    def _make(self, closing):
        """(file name, content as text). Its end: number of lines, a control total per kind, SHA-256 of the rows."""
        closing.check_access("read")
        lines = self.env["cloud.closing.line"].search([("closing_id", "=", closing.id)], order="kind, source_key")
        lines.fetch(_COLUMNS)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([lines._fields[name]._description_string(self.env) for name in _COLUMNS])
        totals = defaultdict(Decimal)
        with exact():
            for line in lines:
                writer.writerow([_as_cell(line, name) for name in _COLUMNS])
                totals[line.kind] += line.company_amount
        digest = hashlib.sha256(text.getvalue().encode()).hexdigest()
        writer.writerow([self.env._("Lines"), len(lines)])
        labels = dict(lines._fields["kind"]._description_selection(self.env))
        for kind, total in sorted(totals.items()):
            writer.writerow([self.env._("Control total"), labels[kind], to_text(total), closing.currency_id.name])
        writer.writerow(["SHA-256", digest])
        writer.writerows(self._get_last_rows(closing))
        return f"{closing.name} {closing.company_id.name}.csv".replace("/", "-"), text.getvalue()

    # === HOOKS === #

    def _get_last_rows(self, closing):
        """Return rows that stand below the digest. To add one: override, call super(), append."""
        return []


def _as_cell(line, name):
    value = line[name]
    return as_cell(value.display_name if line._fields[name].type == "many2one" else value)
