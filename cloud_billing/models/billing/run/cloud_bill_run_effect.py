from decimal import Decimal

from odoo import models
from odoo.tools import SQL, split_every

from ....engine.numbers import exact, parse_decimal, round_to
from ...usage.usage_schema import SUMMARY_TABLE

_ZERO = Decimal(0)
# Enough for a checker to read; the bills themselves are one click away.
_NAMED = 20
# Charges whose usage is counted at once.
_COUNTED = 2000


class CloudBillRunEffect(models.AbstractModel):
    """What a checker sees of a run: its effect in figures, beside the last bills of the same customers."""

    _name = "cloud.bill.run.effect"
    _description = "Effect of a Bill Run"

    # === BUSINESS === #

    def _get_effect_totals(self, bills):
        """{currency: bills, amount, cost and margin}. A gross amount has tax in it, so it has no margin here."""
        totals = {}
        with exact():
            # sudo: lends the right to read costs into the effect, whose margin is told only to who may see costs.
            for bill in bills.sudo():
                row = totals.setdefault(bill.currency_id, {"bills": 0, "amount": _ZERO, "priced": _ZERO, "cost": _ZERO})
                row["bills"] += 1
                row["amount"] += bill.amount
                if bill.tax_basis == "net" and bill.cost_amount is not None:
                    row["priced"] += bill.amount
                    row["cost"] += bill.cost_amount
        return totals

    def _get_effect_tie_out(self):
        """({currency code: {state: billed cost}}, {state: rows}) of all live usage; `this_run` is a part of what is to
        bill.
        """
        store = self.env["cloud.usage.store"]
        costs, row_counts = {}, {}
        for state, (row_count, by_currency) in store._get_states(self.company_id).items():
            row_counts[state] = row_count
            for currency, cost in by_currency.items():
                costs.setdefault(currency, {})[state] = cost
        charges = self.env["cloud.charge"].search(
            [("run_id", "=", self.id), ("kind", "=", "metered"), ("corrects_id", "=", False), ("is_live", "=", True)]
        )
        with exact():
            for some in split_every(_COUNTED, charges.ids, charges.browse):
                for totals in store._totals(self.company_id, self.usage_number, store._get_requests(some)):
                    row = costs.setdefault(totals.currency, {})
                    row["this_run"] = row.get("this_run", _ZERO) + (totals.cost_billed or _ZERO)
        return costs, row_counts

    # === HOOKS === #

    def _get_effect(self):
        """Return what the checker sees: {"title", "rows": [{"label", "old", "new"}], "notes": [texts]}.

        Rows of the margin and of what became of usage say so: `part` = "margin", "usage". To add a figure: extend rows
        or notes of super().
        """
        self.ensure_one()
        bills = self._get_sealed_candidates()
        invoiced = bills._get_invoiced()
        return {
            "title": self.env._(
                "%(run)s: invoices dated %(date)s, for what is due up to %(cutoff)s (%(count)s in all)",
                run=self.name,
                count=len(invoiced),
                date=self._get_date_text(self.invoice_date),
                cutoff=self._get_date_text(self.cutoff_date),
            ),
            "rows": [
                *self._get_amount_rows(bills),
                *({**row, "part": "usage", "is_cost": True} for row in self._get_tie_out_rows()),
            ],
            "notes": self._get_effect_notes(bills),
        }

    def _get_amount_rows(self, bills):
        """What is billed and what is left of it, per currency; rows as in `_get_effect`."""
        rows = []
        for currency, total in sorted(self._get_effect_totals(bills).items(), key=lambda pair: pair[0].name):
            rows += [*self._get_total_rows(currency, total), *self._get_margin_rows(currency, total)]
        return rows

    def _get_total_rows(self, currency, total):
        """Return the rows of what is billed in a currency. total: of `_get_effect_totals`."""
        return [{"label": self.env._("Total"), "old": "", "new": self._tell_amount(total["amount"], currency)}]

    def _get_margin_rows(self, currency, total):
        if not total["priced"]:
            return []
        with exact():
            margin = total["priced"] - total["cost"]
        return [
            {
                "label": self.env._("Margin of the net bills whose cost is known"),
                "part": "margin",
                "is_cost": True,
                "old": self.env._("cost %(cost)s", cost=self._tell_rounded(total["cost"], currency)),
                "new": self._tell_rounded(margin, currency),
            }
        ]

    def _tell_amount(self, amount, currency):
        return f"{self.env['cloud.bill']._format_amount(amount, currency)} {currency.name}"

    def _tell_rounded(self, amount, currency):
        """A cost, which has every digit of the provider's rows, as money of its currency."""
        return self._tell_amount(round_to(amount, Decimal(repr(currency.rounding))), currency)

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
        costs_by_currency, row_counts = self._get_effect_tie_out()
        controls = self._fetch_control_totals()
        for code, costs in sorted(costs_by_currency.items()):
            currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
            with exact():
                total = sum((cost for state, cost in costs.items() if state != "this_run"), _ZERO)
            mine = self._tell_cost(costs.get("this_run", _ZERO), code, currency)
            rows.append(
                {
                    "label": self.env._("Provider's cost, all usage"),
                    "old": self.env._(
                        "deliveries %(cost)s", cost=self._tell_cost(controls.get(code, _ZERO), code, currency)
                    ),
                    "new": self._tell_cost(total, code, currency),
                }
            )
            for state, label in labels.items():
                if costs.get(state):
                    rows.append(
                        {
                            "label": "– " + (label % {"cost": mine} if state == "bill" else label),
                            "old": self.env._("%(count)s rows", count=row_counts[state])
                            if len(costs_by_currency) == 1
                            else "",
                            "new": self._tell_cost(costs[state], code, currency),
                        }
                    )
        return rows

    def _fetch_control_totals(self):
        """{currency code: billed cost} that the live deliveries came with, as they were counted when they were read."""
        rows = self.env.execute_query(
            SQL(
                f"""
            SELECT COALESCE(s.currency, ''), COALESCE(SUM(y.cost_billed), 0)::text
              FROM {SUMMARY_TABLE} y
              JOIN cloud_usage_delivery d ON d.id = y.delivery_id
              JOIN cloud_usage_stream s ON s.id = y.stream_id
             WHERE d.company_id = %s
               AND d.import_number > 0
               AND d.superseded_number = 0
          GROUP BY COALESCE(s.currency, '')
            """,
                self.company_id.id,
            )
        )
        return {currency: parse_decimal(cost) for currency, cost in rows}

    def _tell_cost(self, cost, code, currency):
        return f"{self.env['cloud.bill']._format_amount(cost, currency)} {code}"

    def _get_effect_notes(self, bills):
        """Sentences besides the rows. Who released what, and why, is a part of the page: what people decided."""
        notes = []
        excluded = bills.search([("run_id", "=", self.id), ("state", "=", "excluded")])
        nothing = bills - bills._get_invoiced()
        credit_notes = bills.filtered(lambda bill: bill.amount < 0)
        for some, sentence in (
            (credit_notes, self.env._("%(count)s become credit notes: %(names)s")),
            (nothing, self.env._("%(count)s have nothing to invoice: %(names)s")),
            (excluded, self.env._("%(count)s excluded, due again with the next run: %(names)s")),
        ):
            if some:
                notes.append(sentence % {"count": len(some), "names": self._name_bills(some)})
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
        """Their customers and amounts as text."""
        texts = []
        for bill in bills[:_NAMED]:
            texts.append(
                f"{bill.customer_id.name} {bill._format_amount(bill.amount, bill.currency_id)} {bill.currency_id.name}"
            )
        if len(bills) > _NAMED:
            texts.append("...")
        return "; ".join(texts)
