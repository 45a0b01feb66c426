from odoo import models
from odoo.exceptions import UserError

from .opening_facts import OpeningFacts


class CloudCutover(models.Model):
    """What a file becomes: customers, subscriptions with their lines and prices, and opening facts."""

    _inherit = "cloud.cutover"

    # === BUSINESS === #

    def _apply_file(self, now):
        """Make everything of the file at an instant (naive UTC), once; what is here already is passed over.

        In the transaction of whoever calls, so all of it or nothing. Raises UserError with all problems.
        """
        self.ensure_one()
        rows = self._parse()
        problems = [
            self.env._("Row %(row)s, %(problem)s", row=row.row_no, problem=self._get_problem_text(*problem))
            for row in rows
            for problem in row.problems
        ]
        if problems:
            raise UserError("\n".join(problems))
        self._make(rows, now)
        self.row_ids.unlink()
        vals = [{**self._prepare_row_vals(row), "line_id": row.line_id} for row in rows]
        self.env["cloud.cutover.row"].create(vals)

    def _make(self, rows, now, is_trial=False):
        """Make what is new. is_trial: it is taken back, so no numbers of documents are used up."""
        quiet = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        new = [row for row in rows if not row.subscription]
        if not new:
            return
        quiet._make_customers(new)
        quiet._make_subscriptions(new, is_trial)
        quiet._make_rates(new)
        self._make_instalments(new)
        lines = self.env["cloud.subscription.line"].browse([row.line_id for row in new])
        subscriptions = lines.subscription_id.with_context(tracking_disable=True)
        subscriptions._apply_activation(now)
        facts = {row.line_id: self._get_facts(row) for row in new if row.values["billed_through"]}
        self.env["cloud.opening"]._apply(facts, self)

    def _get_facts(self, row):
        values = row.values
        return OpeningFacts(
            billed_through=values["billed_through"],
            counter=values["counter"],
            counter_since=values["counter_since"],
            allowance_used=values["allowance_used"],
            deferred=values["deferred"],
        )

    def _make_customers(self, rows):
        """Customers and contacts that are not here; a contact with the tax number of the row is taken."""
        missing = {row.values["customer"]: row for row in rows if not row.customer}
        partners = self._find_partners(missing.values())
        new = [row for key, row in missing.items() if key not in partners]
        made = self.env["res.partner"].create(
            [
                {"name": row.values["customer_name"], "vat": row.values["vat"] or False, "company_id": False}
                for row in new
            ]
        )
        partners.update({row.values["customer"]: partner for row, partner in zip(new, made, strict=True)})
        customers = self.env["cloud.customer"].create(
            [
                {
                    "code": key,
                    "name": row.values["customer_name"],
                    "partner_id": partners[key].id,
                    "company_id": self.company_id.id,
                    "currency_id": row.currency.id,
                    "tz": row.values["time_zone"] or self.tz,
                }
                for key, row in missing.items()
            ]
        )
        by_code = {customer.code: customer for customer in customers}
        for row in rows:
            row.customer = row.customer or by_code[row.values["customer"]]

    def _find_partners(self, rows):
        """{customer key: contact} where exactly one contact has the tax number and is no customer yet."""
        numbers = {row.values["vat"] for row in rows if row.values["vat"]}
        found = self.env["res.partner"].search(
            [
                ("vat", "in", sorted(numbers)),
                ("company_id", "in", [False, self.company_id.id]),
                ("parent_id", "=", False),
            ]
        )
        taken = self.env["cloud.customer"].search(
            [("partner_id", "in", found.ids), ("company_id", "=", self.company_id.id)]
        )
        by_number = (found - taken.partner_id).grouped("vat")
        wanted = [row.values["vat"] for row in rows]
        return {
            row.values["customer"]: by_number[row.values["vat"]]
            for row in rows
            if len(by_number.get(row.values["vat"], ())) == 1 and wanted.count(row.values["vat"]) == 1
        }

    def _make_subscriptions(self, rows, is_trial):
        by_key = {}
        for row in rows:
            by_key.setdefault(row.values["subscription"], []).append(row)
        subscriptions = self.env["cloud.subscription"].create(
            [self._prepare_subscription_vals(key, same, is_trial) for key, same in by_key.items()]
        )
        by_place = {(line.subscription_id.former_key, line.former_key): line.id for line in subscriptions.line_ids}
        for row in rows:
            row.line_id = by_place[row.values["subscription"], row.key]

    def _prepare_subscription_vals(self, key, rows, is_trial):
        first, terms = rows[0], rows[0].get_terms()
        ends = [row.values["end"] for row in rows]
        start, end = min(row.values["start"] for row in rows), None if None in ends else max(ends)
        return {
            **({"name": key} if is_trial else {}),
            "former_key": key,
            "customer_id": first.customer.id,
            "plan_id": first.plan.id,
            "user_id": self.create_uid.id,
            "date_start": start,
            "date_end": end,
            "cycle_unit": terms.unit,
            "cycle_count": terms.count,
            "cycle_kind": terms.kind,
            "anchor_day": terms.anchor_day,
            "anchor_date": terms.anchor_date,
            "line_ids": [
                (0, 0, self._prepare_line_vals(row, number, start, end)) for number, row in enumerate(rows, 1)
            ],
        }

    def _prepare_line_vals(self, row, number, start, end):
        values = row.values
        vals = {
            "former_key": row.key,
            "sequence": number * 10,
            "product_id": row.product.id,
            "name": values["description"] or row.product.display_name,
            "quantity": 1 if values["quantity"] is None else values["quantity"],
            "date_start": values["start"] if values["start"] != start else False,
            "date_end": values["end"] if values["end"] != end else False,
        }
        return {**vals, "timing": values["timing"]} if values["timing"] else vals

    def _make_rates(self, rows):
        """Prices of the contract, which hold from the first day of their line; as in any draft nobody else agrees."""
        self.env["cloud.contract.rate"].create(
            [
                {
                    "name": self.name,
                    "subscription_id": line.subscription_id.id,
                    "line_id": line.id,
                    "kind": "price",
                    "origin": "negotiated",
                    "unit_price": row.values["price"],
                    "date_start": row.values["start"],
                }
                for row in rows
                if row.values["price"] is not None
                for line in self.env["cloud.subscription.line"].browse(row.line_id)
            ]
        )

    def _make_instalments(self, rows):
        """The parts that are left of sums, a month apart, under the numbers that they have had."""
        for row in rows:
            if row.values["instalments"] is None:
                continue
            line, left = self.env["cloud.subscription.line"].browse(row.line_id), row.values["instalments_left"]
            line._apply_instalments(
                line._make_equal_parts(row.values["instalment_sum"], row.values["instalment_next"], left),
                total=row.values["instalment_sum"],
                first_number=row.values["instalments"] - left + 1,
            )
