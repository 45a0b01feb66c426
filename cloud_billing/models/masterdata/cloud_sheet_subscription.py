from odoo import models

from ...csv_cells import write_value
from .sheet import Column

_HEAD = {"plan": "plan_id", "start": "date_start", "end": "date_end", "order_reference": "order_reference"}


class CloudSheetSubscription(models.AbstractModel):
    """Subscriptions as a table, a row per line. Rows of one subscription bear its number, or the same external key.

    An empty cell leaves what is there. What a row may not change on a running subscription is refused in the words in
    which the form refuses it.
    """

    _name = "cloud.sheet.subscription"
    _description = "Table of Subscriptions"
    _inherit = ["cloud.sheet.layout"]

    # === HOOKS === #

    def _get_columns(self):
        return (
            Column("subscription", is_required=True),
            Column("system"),
            Column("customer", is_required=True),
            Column("plan"),
            Column("start", "date"),
            Column("end", "date"),
            Column("order_reference"),
            Column("product", is_required=True),
            Column("description"),
            Column("quantity", "number"),
            Column("line_start", "date"),
            Column("line_end", "date"),
            Column("state", is_told=True),
        )

    def _compare(self, company, rows):
        facts = self._fetch_facts(company, rows)
        taken = {}
        for row in rows:
            row.name = row.get("subscription")
            row.head, row.line_vals, row.line = {}, {}, None
            row.record = self._get_by_key(self._get_unit(row), facts["subscriptions"])
            row.customer = self._get_named(row, facts, "customer")
            row.product = self._get_named(row, facts, "product")
            plan = self._get_named(row, facts, "plan") if row.get("plan") else None
            if row.outcome == "refused":
                continue
            self._compare_head(row, plan)
            self._compare_line(row)
            self._check_twice(row, taken)
            if row.outcome != "refused":
                row.outcome = "new" if not row.record or not row.line else "changed" if row.changes else "same"

    def _get_unit(self, row):
        return self._get_key(row, "subscription")

    def _get_named(self, row, facts, name):
        found = facts[name].get(row.get(name).lower())
        if found is None:
            remedies = {
                "customer": self.env._("No customer has the code or key %(text)s. Import the customers first."),
                "plan": self.env._(
                    "The company has no price plan %(text)s. Write its name as it is, or make it first."
                ),
                "product": self.env._("No product that is billed here has the reference or name %(text)s."),
            }
            row.refuse(name, remedies[name] % {"text": row.get(name)})
        return found

    def _compare_head(self, row, plan):
        """What of the subscription changes: into row.head."""
        if row.record and row.customer != row.record.customer_id:
            row.refuse("customer", self.env._(
                "The subscription is of %(customer)s. It is moved to another customer on its form.",
                customer=row.record.customer_id.name,
            ))  # fmt: skip
            return
        values = {**row.values, "plan": plan}
        for name, field in _HEAD.items():
            new = values[name]
            old = row.record[field] if row.record else None
            if new is None or write_value(new) == write_value(old) or new == old:
                continue
            row.head[field] = new.id if name == "plan" else new
            row.changes.append((name, write_value(old.name if name == "plan" and old else old), row.get(name)))

    def _compare_line(self, row):
        """The line of the row, and what of it changes: into row.line_vals."""
        lines = row.record.line_ids.filtered(lambda line: line.product_id == row.product) if row.record else None
        if lines and len(lines) > 1:
            start = row.values["line_start"] or row.record.date_start
            lines = lines.filtered(lambda line: (line.date_start or row.record.date_start) == start)
            if len(lines) != 1:
                row.refuse("line_start", self.env._(
                    "The subscription has several lines of this product: say by the first day of the line which one."
                ))  # fmt: skip
                return
        row.line = lines or None
        fields = {"description": "name", "quantity": "quantity", "line_start": "date_start", "line_end": "date_end"}
        for name, field in fields.items():
            new = row.values[name]
            old = row.line[field] if row.line else None
            if new is None or write_value(new) == write_value(old):
                continue
            row.line_vals[field] = new
            row.changes.append((name, write_value(old), row.get(name)))

    def _check_twice(self, row, taken):
        identity = (self._get_unit(row), row.product.id, row.get("line_start"))
        if identity in taken:
            row.refuse("product", self.env._("Row %(row)s is about the same line: leave one.", row=taken[identity]))
        taken.setdefault(identity, row.row_no)
