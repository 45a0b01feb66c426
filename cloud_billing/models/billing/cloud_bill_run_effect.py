from decimal import Decimal

from odoo import models

from ...engine.numbers import exact, parse_decimal

_ZERO = Decimal(0)
# Enough for a checker to read; the bills themselves are one click away.
_NAMED = 20


class CloudBillRunEffect(models.AbstractModel):
    """What a checker sees of a run: its effect in figures, beside the last bills of the same customers."""

    _name = "cloud.bill.run.effect"
    _description = "Effect of a Bill Run"

    # === BUSINESS === #

    def _get_effect_totals(self, bills):
        """{currency: bills, amount, cost and margin}. A gross amount has tax in it, so it has no margin here."""
        totals = {}
        with exact():
            for bill in bills:
                row = totals.setdefault(bill.currency_id, {"bills": 0, "amount": _ZERO, "priced": _ZERO, "cost": _ZERO})
                row["bills"] += 1
                row["amount"] += bill.amount
                if bill.tax_basis == "net" and bill.cost_amount is not None:
                    row["priced"] += bill.amount
                    row["cost"] += bill.cost_amount
        return totals

    def _get_effect_bridge(self, bills):
        """{currency: previous + new - lost + changed = now, and how many customers}; previous is the last bills."""
        bridge = {}

        def row_of(currency):
            amounts = dict.fromkeys(("previous", "new", "lost", "changed", "now"), _ZERO)
            return bridge.setdefault(currency, {**amounts, "new_count": 0, "lost_count": 0, "changed_count": 0})

        with exact():
            for bill in bills:
                row = row_of(bill.currency_id)
                row["now"] += bill.amount
                if bill.previous_amount is None:
                    row["new"] += bill.amount
                    row["new_count"] += 1
                else:
                    row["previous"] += bill.previous_amount
                    row["changed"] += bill.amount - bill.previous_amount
                    row["changed_count"] += bill.amount != bill.previous_amount
            for currency_id, amount, count in self._fetch_lost():
                row = row_of(self.env["res.currency"].browse(currency_id))
                row["previous"] += parse_decimal(amount)
                row["lost"] += parse_decimal(amount)
                row["lost_count"] += count
        return bridge

    def _fetch_lost(self):
        """(currency id, amount, count) of customers with a bill of a month ago and none since.

        A month ago: a cut-off 45 to 15 days before this one, so that neither an anniversary nor a run some days
        early or late makes a customer look lost.
        """
        self.env.cr.execute(
            """
            SELECT p.currency_id, SUM(p.amount)::text, COUNT(*)
              FROM cloud_bill p
              JOIN cloud_bill_run r ON r.id = p.run_id
             WHERE p.company_id = %(company_id)s
               AND p.state IN ('posted', 'zero')
               AND r.cutoff_date > %(cutoff)s::date - 45
               AND r.cutoff_date <= %(cutoff)s::date - 15
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_bill n
                                 JOIN cloud_bill_run nr ON nr.id = n.run_id
                                WHERE n.customer_id = p.customer_id
                                  AND n.currency_id = p.currency_id
                                  AND n.state NOT IN ('cancelled', 'excluded')
                                  AND (nr.id = %(run_id)s OR nr.cutoff_date > %(cutoff)s::date - 15))
          GROUP BY p.currency_id
          ORDER BY p.currency_id
            """,
            {"company_id": self.company_id.id, "cutoff": self.cutoff_date, "run_id": self.id},
        )
        return self.env.cr.fetchall()

    def _get_effect_tie_out(self):
        """{currency code: {state: billed cost}} of all live usage; `this_run` is a part of what is to bill."""
        store = self.env["cloud.usage.store"]
        costs = {}
        for state, (_rows, by_currency) in store._get_states(self.company_id).items():
            for currency, cost in by_currency.items():
                costs.setdefault(currency, {})[state] = cost
        charges = self.env["cloud.charge"].search(
            [("run_id", "=", self.id), ("kind", "=", "metered"), ("corrects_id", "=", False), ("is_live", "=", True)]
        )
        with exact():
            for totals in store._totals(self.company_id, self.usage_number, store._get_requests(charges)):
                row = costs.setdefault(totals.currency, {})
                row["this_run"] = row.get("this_run", _ZERO) + (totals.cost_billed or _ZERO)
        return costs

    # === HOOKS === #

    def _get_effect(self):
        """Return what the checker sees: {"title", "rows": [{"label", "old", "new"}], "notes": [texts]}.

        To add a figure: extend rows or notes of what super() returns.
        """
        self.ensure_one()
        bills = self._get_sealed_candidates()
        invoiced = bills._get_invoiced()
        return {
            "title": self.env._(
                "%(run)s: %(count)s invoices dated %(date)s, for what is due up to %(cutoff)s",
                run=self.name,
                count=len(invoiced),
                date=self._get_date_text(self.invoice_date),
                cutoff=self._get_date_text(self.cutoff_date),
            ),
            "rows": [*self._get_amount_rows(bills), *self._get_tie_out_rows()],
            "notes": self._get_effect_notes(bills),
        }

    def _get_amount_rows(self, bills):
        rows = []
        Bill = self.env["cloud.bill"]
        totals = self._get_effect_totals(bills)
        for currency, row in sorted(self._get_effect_bridge(bills).items(), key=lambda pair: pair[0].name):

            def text(amount, currency=currency):
                return f"{Bill._format_amount(amount, currency)} {currency.name}"

            rows.append(
                {
                    "label": self.env._("Total (was: the last bills of these customers)"),
                    "old": text(row["previous"]),
                    "new": text(row["now"]),
                }
            )
            for key, label in (
                ("new", self.env._("New customers")),
                ("lost", self.env._("Lost customers")),
                ("changed", self.env._("Changed bills")),
            ):
                amount = -row[key] if key == "lost" else row[key]
                rows.append(
                    {
                        "label": self.env._("%(what)s: %(count)s", what=label, count=row[f"{key}_count"]),
                        "old": "",
                        "new": text(amount),
                    }
                )
            total = totals.get(currency)
            if total and total["priced"]:
                rows.append(
                    {
                        "label": self.env._("Margin of the net bills whose cost is known"),
                        "old": self.env._("cost %(cost)s", cost=text(total["cost"])),
                        "new": text(total["priced"] - total["cost"]),
                    }
                )
        return rows

    def _get_tie_out_rows(self):
        """What the provider billed, by what became of it: nothing may be missing."""
        labels = {
            "billed": self.env._("billed before"),
            "bill": self.env._("to bill, of which this run: %(cost)s"),
            "keep": self.env._("kept by us"),
            "hold": self.env._("held"),
            "internal": self.env._("cost centres"),
            "unmatched": self.env._("unmatched"),
            "uncounted": self.env._("left out by the filters of meters"),
        }
        rows = []
        for code, costs in sorted(self._get_effect_tie_out().items()):
            currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
            with exact():
                total = sum((cost for state, cost in costs.items() if state != "this_run"), _ZERO)
            mine = self._tell_cost(costs.get("this_run", _ZERO), code, currency)
            rows.append(
                {
                    "label": self.env._("Provider's cost, all usage"),
                    "old": "",
                    "new": self._tell_cost(total, code, currency),
                }
            )
            for state, label in labels.items():
                if costs.get(state):
                    rows.append(
                        {
                            "label": "– " + (label % {"cost": mine} if state == "bill" else label),
                            "old": "",
                            "new": self._tell_cost(costs[state], code, currency),
                        }
                    )
        return rows

    def _tell_cost(self, cost, code, currency):
        return f"{self.env['cloud.bill']._format_amount(cost, currency)} {code}"

    def _get_effect_notes(self, bills):
        released = bills.filtered("is_released").grouped(lambda bill: (bill.released_by_id, bill.release_note))
        notes = [
            self.env._(
                "%(count)s released by %(person)s, “%(note)s”: %(names)s",
                count=len(some),
                person=person.name,
                note=note or "",
                names=self._name_bills(some)[1],
            )
            for (person, note), some in released.items()
        ]
        excluded = self.bill_ids.filtered(lambda bill: bill.state == "excluded")
        nothing = bills - bills._get_invoiced()
        credit_notes = bills.filtered(lambda bill: bill.amount < 0)
        for some, sentence in (
            (credit_notes, self.env._("%(count)s become credit notes: %(names)s")),
            (nothing, self.env._("%(count)s have nothing to invoice: %(names)s")),
            (excluded, self.env._("%(count)s excluded, due again with the next run: %(names)s")),
        ):
            if some:
                notes.append(sentence % {"count": len(some), "names": self._name_bills(some)[1]})
        corrections = self.env["cloud.charge"].search_count(
            [("run_id", "=", self.id), ("corrects_id", "!=", False), ("state", "=", "draft")]
        )
        if corrections:
            notes.append(
                self.env._("%(count)s corrections of what was billed before are part of it.", count=corrections)
            )
        if self.env["cloud.usage.store"]._last_number(self.company_id) != self.usage_number:
            notes.append(self.env._("Usage came in since the run was rated; it is billed with the next one."))
        return notes

    def _name_bills(self, bills):
        """(bills, their customers and amounts as text)."""
        texts = []
        for bill in bills[:_NAMED]:
            texts.append(
                f"{bill.customer_id.name} {bill._format_amount(bill.amount, bill.currency_id)} {bill.currency_id.name}"
            )
        if len(bills) > _NAMED:
            texts.append("...")
        return bills, "; ".join(texts)
