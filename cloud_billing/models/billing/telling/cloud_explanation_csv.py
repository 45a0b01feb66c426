from datetime import timezone
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

from odoo import models
from odoo.exceptions import UserError

from ....csv_cells import write_csv
from ....engine.numbers import exact, parse_decimal
from ..pricing.amount_shares import share_amount

# As a proof file: beyond that it is an export of data and not an explanation that somebody reads.
MAX_ROWS = 200_000
# Digits beyond the currency's own that a row's share is rounded to.
_FINER = Decimal("0.0001")
_COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")


class CloudExplanationCsv(models.AbstractModel):
    """The usage rows behind rated lines with the amount that falls on each; what they add up to is the line.

    There are two files, made apart: one for people who may see costs and rules, one that a customer may get. The
    customer's is made of a closed list of columns.
    """

    _name = "cloud.explanation.csv"
    _description = "Explanation as CSV"

    # === BUSINESS === #

    def _make(self, lines, is_for_customer):
        """(file name, content as text) of rated lines. Raises UserError where there are too many rows."""
        lines.check_access("read")
        lines = lines.sorted("id")
        columns = self._get_customer_columns() if is_for_customer else self._get_columns()
        rows = ([get(line, row) for _label, get in columns] for line in lines for row in self._get_rows(line))
        content = write_csv(chain([[label for label, _get in columns]], rows))
        return self._get_name(lines, is_for_customer), content

    def _get_name(self, lines, is_for_customer):
        invoice = lines.move_id[:1].name or self.env._("draft")
        kind = self.env._("usage") if is_for_customer else self.env._("explanation")
        return f"{kind}-{invoice}-{'-'.join(str(line.id) for line in lines[:3])}.csv".replace("/", "-")

    def _get_rows(self, line):
        """The rows behind a line, each with its `share` of the amount; an amount that was agreed is one row."""
        rows = self._fetch_rows(line)
        if not rows:
            return [{"share": line.amount, "quantity": line.quantity}]
        step = parse_decimal(repr(line.currency_id.rounding)) * _FINER
        weigh = self._get_weight(line)
        with exact():
            weights = [weigh(row) * (-1 if row["change"] == "gone" else 1) for row in rows]
        for row, share in zip(rows, share_amount(line.amount, weights, step), strict=True):
            row["share"] = share
            if row["change"] == "gone" and row["quantity"] is not None:
                row["quantity"] = -parse_decimal(row["quantity"])
        return rows

    def _fetch_rows(self, line):
        """All rows behind a line; an amount that was agreed has none."""
        rows = line._get_all_rows_behind(MAX_ROWS) if line.charge_id.meter_id else []
        if len(rows) > MAX_ROWS:
            raise UserError(
                self.env._(
                    "%(line)s counts more than %(count)s usage rows, too many for one file. Filter the usage rows"
                    " and export them instead.",
                    line=line.display_name,
                    count=MAX_ROWS,
                )
            )
        return rows

    def _get_weight(self, line):
        """By what rows share the amount: function from a row to a Decimal.

        A price on the provider's cost by that cost, a count by one for each row, everything else by quantity.
        """
        # sudo: lends the right to know by what the amount is shared; no figure of the workings is told.
        workings = line.sudo().workings or {}
        terms = (workings.get("now") or workings).get("terms") or {}
        if terms.get("cost_basis"):
            return lambda row: _number(row[f"cost_{terms['cost_basis']}"])
        if line.charge_id.meter_id.aggregation == "count":
            return lambda row: Decimal(1)
        return lambda row: _number(row["quantity"])

    # === HOOKS === #

    def _get_customer_columns(self):
        """Return the columns that a customer may get: list of (label, function (line, row) -> value).

        Nothing that tells a cost, a margin, a rule or a file of the provider may be added here.
        """
        return [
            (self.env._("Service"), lambda line, row: line.name),
            (self.env._("From"), lambda line, row: _local(line, row, "service_start")),
            (self.env._("To"), lambda line, row: _local(line, row, "service_end")),
            (self.env._("Project"), lambda line, row: row.get("sub_account")),
            (self.env._("Used"), lambda line, row: row.get("service")),
            (self.env._("SKU"), lambda line, row: row.get("sku")),
            (self.env._("Region"), lambda line, row: row.get("region")),
            (self.env._("Resource"), lambda line, row: row.get("resource")),
            (self.env._("Quantity"), lambda line, row: row.get("quantity")),
            (self.env._("Unit"), lambda line, row: row.get("unit") or line.unit),
            (self.env._("Amount"), lambda line, row: row["share"]),
            (self.env._("Currency"), lambda line, row: line.currency_id.name),
        ]

    def _get_columns(self):
        """Return the columns for people who may see costs and rules: list of (label, function (line, row) -> value)."""
        changes = {
            "counted": self.env._("Counted"),
            "carried": self.env._("Carried"),
            "added": self.env._("Added"),
            "gone": self.env._("Gone"),
        }
        return [
            *self._get_customer_columns(),
            (self.env._("Customer"), lambda line, row: line.customer_name),
            (self.env._("Price"), lambda line, row: line.rule_id.name or line.contract_rate_id.name),
            (self.env._("Version"), lambda line, row: line.version_id.name),
            (self.env._("Change"), lambda line, row: changes.get(row.get("change"))),
            (self.env._("Import"), lambda line, row: row.get("import_name")),
            (self.env._("File"), lambda line, row: row.get("file_name")),
            (self.env._("Row"), lambda line, row: row.get("row_no")),
            (self.env._("ID at the Source"), lambda line, row: row.get("external_id")),
            *((label, lambda line, row, name=name: row.get(name)) for name, label in self._get_cost_labels().items()),
            (self.env._("Currency of the Cost"), lambda line, row: row.get("currency")),
        ]

    def _get_cost_labels(self):
        if not self.env["cloud.field.access"]._may_see_costs():
            return {}
        labels = (
            self.env._("Billed Cost"),
            self.env._("Effective Cost"),
            self.env._("List Cost"),
            self.env._("Contracted Cost"),
        )
        return dict(zip(_COSTS, labels, strict=True))


def _local(line, row, name):
    """A moment of a row in the customer's time zone; of an amount that was agreed the line's own day."""
    moment = row.get(name)
    if moment is None:
        return line[name] if name not in row else None
    zone = ZoneInfo(line.customer_id.tz or "UTC")
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)


def _number(text):
    return Decimal(0) if text is None else parse_decimal(text)
