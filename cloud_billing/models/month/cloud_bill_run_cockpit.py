from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal, to_text

# Before so much is done nobody can say how long the rest takes.
_TELLING = 0.02


class CloudBillRun(models.Model):
    """The cockpit of a run: how far it is, its bills by what they wait for with counts and money, its times."""

    _inherit = "cloud.bill.run"

    # === ACTIONS === #

    def get_cockpit(self):
        """What the cockpit shows of a run, as the screen asks for it; reads only, a constant number of statements.

        Returns {"state", "can_act", "progress", "buckets", "periods", "times", "touches"}: see the methods of these
        names. Amounts are [{"currency", "amount"}] with exact texts; domains are of bills or of periods.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "state": self.state,
            "can_act": self.has_access("write"),
            "progress": self._get_progress(fields.Datetime.now()),
            "buckets": self._get_buckets(),
            # What people give back falls due on no day.
            "periods": [] if self.is_price_credit else self._get_period_states(),
            "times": [] if self.is_price_credit else self._get_times(),
            "touches": self._get_touches(),
        }

    def action_view_release(self, reason_code=None):
        """Ask which bills are released at once; a reason of the cockpit is chosen already."""
        self.ensure_one()
        return self.env["cloud.bill.release"]._open(self, reason_code)

    def action_export_bills(self):
        """Download the bills of the run with the totals of each currency."""
        self.ensure_one()
        return self.bill_ids.filtered(lambda bill: bill.state != "cancelled").action_export()

    # === BUSINESS: PROGRESS === #

    def _get_progress(self, now):
        """{done, whole, percent, seconds_left} of a run that is being rated or posted, else None.

        seconds_left: as the work went on until now; None while too little is done to say.
        """
        if self.state == "rating":
            charges = self.env["cloud.charge"]
            counts = dict(charges._read_group([("run_id", "=", self.id)], ["is_rated"], ["__count"]))
            done, whole, started = counts.get(True, 0), sum(counts.values()), self.rating_started_at
        elif self.state == "posting":
            sealed = [("run_id", "=", self.id), ("content_hash", "!=", False)]
            counts = dict(self.env["cloud.bill"]._read_group(sealed, ["state"], ["__count"]))
            whole = sum(counts.values())
            done, started = whole - counts.get("ready", 0), self.posting_started_at
        else:
            return None
        share = done / whole if whole else 1.0
        elapsed = (now - started).total_seconds() if started else 0
        return {
            "done": done,
            "whole": whole,
            "percent": round(100 * share, 1),
            "seconds_left": round(elapsed * (1 - share) / share) if share > _TELLING else None,
        }

    # === BUSINESS: BUCKETS === #

    def _get_buckets(self):
        """[{key, label, count, amounts, domain, reasons}] in the order of attention; empty buckets are left out,
        but for the three of a review.

        reasons: [{code, label, count, amounts, domain}], the most frequent first. A bill with two reasons counts under
        both, so they need not add up to the bucket; what only asks for a look is not told of a blocked bill.
        """
        labels = dict(self.env["cloud.bill"]._fields["state"]._description_selection(self.env))
        rows = self._fetch_buckets()
        reasons = self._get_bucket_reasons()
        buckets = []
        for key in ("blocked", "look", "ready", "parked", "posted", "zero", "excluded"):
            found = [row for row in rows if row["state"] == key]
            if not found and not (self.state == "review" and key in ("blocked", "look", "ready")):
                continue
            buckets.append(
                {
                    "key": key,
                    "label": labels[key],
                    "count": sum(row["bills"] for row in found),
                    "released": sum(row["released"] for row in found),
                    "amounts": [{"currency": row["currency"], "amount": row["amount"]} for row in found],
                    "domain": [("run_id", "=", self.id), ("state", "=", key)],
                    "reasons": reasons.get(key, []),
                }
            )
        return buckets

    def _fetch_buckets(self):
        self.env["cloud.bill"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT b.state,
                   currency.name AS currency,
                   COUNT(*) AS bills,
                   COUNT(*) FILTER (WHERE b.is_released) AS released,
                   COALESCE(SUM(b.amount), 0)::text AS amount
              FROM cloud_bill b
              JOIN res_currency currency ON currency.id = b.currency_id
             WHERE b.run_id = %s
          GROUP BY b.state, currency.name
          ORDER BY b.state, currency.name
            """,
                self.id,
            )
        )

    def _get_bucket_reasons(self):
        """{"look" or "blocked": the reasons of that bucket}."""
        Reason = self.env["cloud.bill.reason"]
        counted = {}
        for row in self._fetch_reasons():
            code = Reason._get_label_code(row["code"])
            if row["state"] == "blocked" and not Reason._is_blocking(row["code"]):
                continue
            entry = counted.setdefault((row["state"], code), {})
            for bill_id, currency, amount in zip(row["bill_ids"], row["currencies"], row["amounts"], strict=True):
                entry[bill_id] = currency, amount
        buckets = {}
        for (state, code), bills in sorted(counted.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            buckets.setdefault(state, []).append(
                {
                    "code": code,
                    "label": Reason._get_label(code),
                    "count": len(bills),
                    "amounts": self._add_up(bills.values()),
                    "domain": [("run_id", "=", self.id), ("state", "=", state), ("reason_code", "=", code)],
                }
            )
        return buckets

    def _add_up(self, pairs):
        """[{currency, amount}] of (currency code, amount as text) pairs."""
        sums = {}
        with exact():
            for currency, amount in pairs:
                sums[currency] = sums.get(currency, Decimal(0)) + parse_decimal(amount)
        return [{"currency": currency, "amount": to_text(amount)} for currency, amount in sorted(sums.items())]

    def _fetch_reasons(self):
        """Rows (state, code, bill ids, currencies, amounts as text) of bills that wait, each bill once per code."""
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT b.state,
                   reason.code,
                   array_agg(b.id ORDER BY b.id) AS bill_ids,
                   array_agg(currency.name ORDER BY b.id) AS currencies,
                   array_agg(COALESCE(b.amount, 0)::text ORDER BY b.id) AS amounts
              FROM cloud_bill b
              JOIN res_currency currency ON currency.id = b.currency_id
        CROSS JOIN LATERAL (SELECT DISTINCT item ->> 'code' AS code FROM jsonb_array_elements(b.reasons) item) reason
             WHERE b.run_id = %s
               AND b.state IN ('look', 'blocked')
               AND jsonb_typeof(b.reasons) = 'array'
          GROUP BY b.state, reason.code
            """,
                self.id,
            )
        )

    # === BUSINESS: PERIODS AND ATTENTION === #

    def _get_period_states(self):
        """[{key, label, count, domain}] of billing periods: billed, and what the others wait for."""
        Period = self.env["cloud.billing.period"]
        due = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "due"),
            ("date_end", "<=", self.cutoff_date),
        ]
        rows = self._fetch_periods()
        labels = {
            "billed": self.env._("billed"),
            "ready": {
                "review": self.env._("wait for the run to be submitted"),
                "to_approve": self.env._("wait for approval"),
                "approved": self.env._("wait to be posted"),
                "posting": self.env._("are being posted"),
            }.get(self.state, self.env._("are in the run")),
            "look": self.env._("wait for somebody to look at their bill"),
            "blocked": self.env._("wait for what blocks their bill"),
            "parked": self.env._("wait: their bill could not be posted"),
            "rating": self.env._("are being rated"),
        }
        periods = [
            {"key": key, "label": label, "count": len(rows[key]), "domain": [("id", "in", rows[key])]}
            for key, label in labels.items()
            if rows.get(key)
        ]
        if count := Period.search_count(due):
            periods.append({"key": "due", "label": self.env._("are due and in no run"), "count": count, "domain": due})
        return periods

    def _fetch_periods(self):
        """{what the periods of this run wait for, or "billed": their ids}."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT CASE WHEN b.id IS NULL THEN 'rating'
                        WHEN b.state IN ('posted', 'zero') THEN 'billed'
                        ELSE b.state
                    END,
                   array_agg(DISTINCT c.period_id)
              FROM cloud_charge c
         LEFT JOIN cloud_bill b ON b.id = c.bill_id
             WHERE c.run_id = %s
               AND c.is_live
               AND c.period_id IS NOT NULL
          GROUP BY 1
            """,
                self.id,
            )
        )
        return dict(rows)

    def _get_touches(self):
        """{count, per_hundred, last_per_hundred}: interventions of people, and for each hundred invoices.

        per_hundred: None where there is no invoice, last_per_hundred where there is no run before.
        """
        last = self._get_run_before()
        return {
            "count": self._count_touches(),
            "per_hundred": self._get_touches_per_hundred(),
            "last_per_hundred": last._get_touches_per_hundred() if last else None,
        }

    def _get_touches_per_hundred(self):
        invoices = self.env["cloud.bill"].search_count(
            [("run_id", "=", self.id), ("state", "not in", ("zero", "excluded", "cancelled"))]
        )
        return round(100 * self._count_touches() / invoices, 1) if invoices else None
