from odoo import models

from ...csv_cells import write_value
from ..masterdata.sheet import Column
from .match_sql import DIMENSIONS

_OWNERS = ("customer_id", "product_id", "subscription_line_id", "analytic_account_id")
_PLAIN = {"until": "date_end", "note": "note"}


class CloudSheetMapping(models.AbstractModel):
    """The mapping table as a table of a spreadsheet: a row per rule, found again by what it matches and its first day.

    What is written of usage without an owner is the same table with the owner left empty: a person fills that in and
    uploads it. Rows without an owner are passed over.
    """

    _name = "cloud.sheet.mapping"
    _description = "Mapping Table"
    _inherit = ["cloud.sheet.layout"]

    # === HOOKS === #

    def _get_columns(self):
        return (
            Column("source"),
            *(Column(name) for name in DIMENSIONS),
            Column("charge_kind"),
            Column("from", "date"),
            Column("until", "date"),
            Column("customer"),
            Column("product"),
            Column("subscription"),
            Column("cost_centre"),
            Column("note"),
            *(Column(name, is_told=True) for name in self._get_told()),
        )

    def _get_told(self):
        """Columns about usage without an owner, for whoever fills in the owner."""
        costs = ("cost_without_owner", "currency") if self.env["cloud.field.access"]._may_see_costs() else ()
        return ("account_name", "streams", *costs, "first_usage", "last_usage", "suggestion", "confidence", "why")

    def _compare(self, company, rows):
        facts = self._fetch_facts(company, rows)
        taken = {}
        for row in rows:
            row.name = " · ".join(filter(None, (row.get(name) for name in (*DIMENSIONS, "source"))))
            if not any(row.get(name) for name in ("customer", "subscription", "cost_centre")):
                row.outcome = "skipped"
                continue
            place = self._read_place(company, row, facts)
            owner = self._read_owner(row, facts)
            if row.outcome != "refused":
                self._compare_rule(row, place, owner, facts["rules"])
                self._check_twice(row, taken)

    def _read_place(self, company, row, facts):
        """Values of what the rule of a row matches."""
        place = {"company_id": company.id, **{name: row.get(name) or False for name in DIMENSIONS}}
        if row.get("source"):
            place["source_id"] = self._get_named(row, "source", facts).id
        if row.get("charge_kind"):
            kinds = self.env["cloud.usage.match.rule"]._fields["charge_kind"].get_values(self.env)
            if row.get("charge_kind") not in kinds:
                row.refuse("charge_kind", self.env._("Write one of: %(kinds)s.", kinds=", ".join(kinds)))
            place["charge_kind"] = row.get("charge_kind")
        return place

    def _read_owner(self, row, facts):
        """Values of the owner that a row names."""
        owner = dict.fromkeys(_OWNERS, False)
        named = [name for name in ("customer", "subscription", "cost_centre") if row.get(name)]
        if "cost_centre" in named and len(named) > 1:
            row.refuse("cost_centre", self.env._("Name a customer or a cost centre, not both."))
            return owner
        product = self._get_named(row, "product", facts) if row.get("product") else None
        if "cost_centre" in named:
            owner["analytic_account_id"] = self._get_named(row, "cost_centre", facts).id
        elif "subscription" in named:
            subscription = self._get_named(row, "subscription", facts)
            if subscription:
                owner["subscription_line_id"] = self._choose_line(row, subscription, product).id
        else:
            owner["customer_id"] = self._get_named(row, "customer", facts).id
            owner["product_id"] = product.id if product else False
        return owner

    def _choose_line(self, row, subscription, product):
        """The metered line of a subscription that a row names, by the product where it names one."""
        lines = subscription.line_ids.filtered(
            lambda line: line.meter_id and (not product or line.product_id == product)
        )
        if len(lines) != 1:
            row.refuse(
                "subscription",
                self.env._(
                    "%(subscription)s has %(count)s metered lines that this may be: name the product of one of them.",
                    subscription=subscription.name,
                    count=len(lines),
                ),
            )
        return lines[:1]

    def _compare_rule(self, row, place, owner, rules):
        """Find the rule of a row and what of it changes."""
        Rule = self.env["cloud.usage.match.rule"]
        probe = Rule.new(place)
        start = row.values["from"]
        row.record = next(
            (rule for rule in rules.get(probe.scope_hash, ()) if (rule.date_start or None) == start), None
        )
        row.place = (probe.scope_hash, start)
        values = {**owner, **{field: row.values[name] or False for name, field in _PLAIN.items()}}
        if not row.record:
            row.outcome = "new"
            row.vals = {**place, "date_start": start, **values}
            return
        row.vals = {
            field: value
            for field, value in values.items()
            if write_value(self._get_raw(row.record, field)) != write_value(value)
        }
        if row.vals.keys() & set(_OWNERS):
            row.changes.append(("owner", row.record.owner_text, Rule.new({**place, **owner}).owner_text))
        row.changes += [
            (name, write_value(row.record[field]), row.get(name)) for name, field in _PLAIN.items() if field in row.vals
        ]
        row.outcome = "changed" if row.vals else "same"

    def _get_raw(self, rule, field):
        return rule[field].id if field in _OWNERS else rule[field]

    def _check_twice(self, row, taken):
        if row.place in taken:
            row.refuse("", self.env._("Row %(row)s is about the same usage: leave one.", row=taken[row.place]))
        taken.setdefault(row.place, row.row_no)

    def _apply(self, company, rows):
        Rule = self.env["cloud.usage.match.rule"]
        # What ends goes before what begins, so that one may follow the other on the same day.
        for row in rows:
            if row.record:
                row.record.write(row.vals)
        made = Rule.create([row.vals for row in rows if not row.record])
        changed = made | Rule.union(*(row.record for row in rows if row.record))
        if changed:
            self.env["cloud.usage.matcher"]._fill(company, rules=changed)
