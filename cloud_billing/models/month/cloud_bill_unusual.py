from decimal import Decimal
from statistics import median

from odoo import models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal, to_text
from ..billing.bill.standing_bills import select_standing
from ..usage.usage_schema import ASSIGNMENT_TABLE, ROW_TABLE, SUMMARY_TABLE

_ZERO = Decimal(0)
# Fewer bills have no middle that says anything; more than a year of them is another business.
_MEDIAN_OF_AT_LEAST, _MEDIAN_OF = 3, 12
# A person reads three names; the list behind the reason has all of them.
_NAMED = 3

# The charge of the same component that was billed before a charge `c`: of its last days before this one's.
LAST_CHARGE = """
    LATERAL (SELECT p.*
               FROM cloud_charge p
              WHERE p.component_id = c.component_id
                AND p.is_live
                AND p.state = 'billed'
                AND p.corrects_id IS NULL
                AND p.is_opening IS NOT TRUE
                AND p.service_end <= c.service_start
           ORDER BY p.service_end DESC
              LIMIT 1) p
"""


class CloudBill(models.Model):
    """What is unusual about bills beside their total: a question of the database for each reason, not for each bill."""

    _inherit = "cloud.bill"

    # === HOOKS === #

    def _get_unusual(self, amounts, positions):
        reasons = {bill_id: list(found) for bill_id, found in super()._get_unusual(amounts, positions).items()}
        for found in (
            self._find_missing_usage(),
            self._find_tier_jumps(),
            self._find_ended_contracts(),
            self._find_currency_changes(),
            self._find_unmatched_usage(),
            self._find_far_from_median(amounts),
            self._find_losses(amounts),
        ):
            for bill_id, reason in found:
                reasons.setdefault(bill_id, []).append(reason)
        return reasons

    # === BUSINESS: ONE REASON EACH === #

    def _find_missing_usage(self):
        """(bill id, reason) of streams with usage in what was billed last and with none in what is billed now.

        Of a provider's month the deliveries know; of a customer's own days the index of rows by stream and time does.
        """
        rows = self.env.execute_query(
            SQL(
                f"""
            SELECT c.bill_id, s.id, s.sub_account_name, s.sub_account, s.service, s.sku_name, s.sku
              FROM cloud_charge c
        CROSS JOIN {LAST_CHARGE}
              JOIN {ASSIGNMENT_TABLE} a
                ON a.subscription_line_id = c.subscription_line_id
               AND a.to_number = 0
               AND a.policy = 'bill'
               AND (a.utc_end IS NULL OR a.utc_end > c.utc_start)
               AND (a.utc_start IS NULL OR a.utc_start < p.utc_end)
              JOIN cloud_usage_stream s ON s.id = a.stream_id
             WHERE c.bill_id = ANY(%(ids)s)
               AND c.kind = 'metered'
               AND c.corrects_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM cloud_charge_estimate guess WHERE guess.charge_id = c.id)
               AND {_has_usage("p")}
               AND NOT {_has_usage("c")}
          ORDER BY c.bill_id, s.id
            """,
                ids=list(self.ids),
            )
        )
        found = {}
        for bill_id, stream_id, account_name, account, service, sku_name, sku in rows:
            name = " · ".join(filter(None, (account_name or account, service, sku_name or sku)))
            found.setdefault(bill_id, {})[stream_id] = name
        for bill_id, names in found.items():
            yield (
                bill_id,
                {
                    "code": "usage_missing",
                    "count": len(names),
                    "streams": _tell_names(list(names.values())),
                    "stream_ids": list(names),
                },
            )

    def _find_tier_jumps(self):
        """(bill id, reason) of lines whose usage ended in another tier than the last time."""
        rows = self.env.execute_query(
            SQL(
                f"""
            SELECT c.bill_id, l.name, now_in.tier, last_in.tier
              FROM cloud_charge c
        CROSS JOIN {LAST_CHARGE}
              JOIN cloud_subscription_line l ON l.id = c.subscription_line_id
        CROSS JOIN {_highest_tier("c")} now_in
        CROSS JOIN {_highest_tier("p")} last_in
             WHERE c.bill_id = ANY(%(ids)s)
               AND c.corrects_id IS NULL
               AND now_in.tier <> last_in.tier
          ORDER BY c.bill_id, c.id
            """,
                ids=list(self.ids),
            )
        )
        for bill_id, line, now, last in rows:
            yield bill_id, {"code": "tier_jump", "line": line, "tier": now, "last_tier": last}

    def _find_ended_contracts(self):
        """(bill id, reason) of subscriptions that have ended by the cut-off of the run."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT c.bill_id, s.id, s.name, s.date_end
              FROM cloud_charge c
              JOIN cloud_subscription s ON s.id = c.subscription_id
              JOIN cloud_bill_run r ON r.id = c.run_id
             WHERE c.bill_id = ANY(%s)
               AND s.date_end <= r.cutoff_date
          ORDER BY c.bill_id, s.id
            """,
                list(self.ids),
            )
        )
        for bill_id, subscription_id, name, day in rows:
            yield (
                bill_id,
                {
                    "code": "ended_contract",
                    "subscription": name,
                    "subscription_id": subscription_id,
                    "day": day.isoformat(),
                },
            )

    def _find_currency_changes(self):
        """(bill id, reason) of companies that are billed in another currency than the last time, for the first time.

        A customer pays in one currency for good; whoever changes becomes a second customer, another contact of the
        same company.
        """
        rows = self.env.execute_query(
            SQL(
                """
            SELECT b.id, currency.name
              FROM cloud_bill b
              JOIN cloud_customer k ON k.id = b.customer_id
              JOIN res_partner payer ON payer.id = k.partner_id
        CROSS JOIN LATERAL (SELECT p.currency_id
                              FROM res_partner contact
                              JOIN cloud_customer o ON o.partner_id = contact.id
                              JOIN cloud_bill p ON p.customer_id = o.id
                             WHERE contact.commercial_partner_id = payer.commercial_partner_id
                               AND o.company_id = k.company_id
                               AND %(stands)s
                          ORDER BY p.currency_id = b.currency_id DESC, p.service_end DESC NULLS LAST, p.id DESC
                             LIMIT 1) last
              JOIN res_currency currency ON currency.id = last.currency_id
             WHERE b.id = ANY(%(ids)s)
               AND last.currency_id <> b.currency_id
            """,
                stands=select_standing("p"),
                ids=list(self.ids),
            )
        )
        currencies = {bill.id: bill.currency_id.name for bill in self}
        for bill_id, last in rows:
            yield bill_id, {"code": "currency_change", "last": last, "currency": currencies[bill_id]}

    def _find_unmatched_usage(self):
        """(bill id, reason) of usage that belongs to nobody, in accounts whose other usage is this customer's."""
        rows = self.env.execute_query(
            SQL(
                f"""
            WITH account AS (
                SELECT c.bill_id, s.source_id, s.sub_account
                  FROM cloud_charge c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id AND a.to_number = 0
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
                 WHERE c.bill_id = ANY(%(ids)s)
                   AND s.sub_account <> ''
              GROUP BY c.bill_id, s.source_id, s.sub_account
            )
            SELECT account.bill_id,
                   COALESCE(u.currency, ''),
                   COUNT(*),
                   COALESCE(SUM(u.unmatched_cost), 0)::text,
                   array_agg(u.id ORDER BY u.id)
              FROM account
              JOIN cloud_usage_stream u
                ON u.source_id = account.source_id
               AND u.sub_account = account.sub_account
               AND u.unmatched_rows > 0
          GROUP BY account.bill_id, COALESCE(u.currency, '')
          ORDER BY account.bill_id, COALESCE(u.currency, '')
            """,
                ids=list(self.ids),
            )
        )
        for bill_id, currency, count, cost, stream_ids in rows:
            yield (
                bill_id,
                {
                    "code": "unmatched_usage",
                    "count": count,
                    "cost": cost,
                    "currency": currency,
                    "stream_ids": stream_ids,
                },
            )

    def _find_far_from_median(self, amounts):
        """(bill id, reason) of bills far above the middle of the customer's last ones in this currency."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT b.id, p.amount::text
              FROM cloud_bill b
              JOIN cloud_bill_run br ON br.id = b.run_id
        CROSS JOIN LATERAL (SELECT p.amount
                              FROM cloud_bill p
                              JOIN cloud_bill_run pr ON pr.id = p.run_id
                             WHERE p.customer_id = b.customer_id
                               AND p.currency_id = b.currency_id
                               AND p.grouping_key = b.grouping_key
                               AND %(stands)s
                               AND p.id <> b.id
                               AND (br.is_limited OR pr.is_limited IS NOT TRUE)
                          ORDER BY p.service_end DESC NULLS LAST, p.id DESC
                             LIMIT %(bills)s) p
             WHERE b.id = ANY(%(ids)s)
            """,
                ids=list(self.ids),
                stands=select_standing("p"),
                bills=_MEDIAN_OF,
            )
        )
        past = {}
        for bill_id, amount in rows:
            past.setdefault(bill_id, []).append(parse_decimal(amount or "0"))
        for bill in self:
            times, bills = bill.company_id.cloud_look_median, past.get(bill.id, ())
            if not times or len(bills) < _MEDIAN_OF_AT_LEAST:
                continue
            with exact():
                # Halves of two amounts are exact: one digit more.
                middle, amount = median(bills), amounts.get(bill.id, _ZERO)
                is_far = amount - middle > (bill.company_id.cloud_look_amount or _ZERO) and amount > times * middle
            if is_far:
                yield (
                    bill.id,
                    {
                        "code": "above_median",
                        "median": to_text(middle),
                        "times": to_text(times),
                        "count": len(bills),
                        "currency": bill.currency_id.name,
                    },
                )

    def _find_losses(self, amounts):
        """(bill id, reason) of net bills below the provider's cost behind them, as far as that is known."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT bill_id, SUM(cost_amount)::text
              FROM cloud_rated_line
             WHERE bill_id = ANY(%s)
               AND cost_amount IS NOT NULL
          GROUP BY bill_id
            """,
                list(self.ids),
            )
        )
        bills = {bill.id: bill for bill in self}
        for bill_id, text in rows:
            bill, cost, amount = bills[bill_id], parse_decimal(text), amounts.get(bill_id, _ZERO)
            if bill.tax_basis == "net" and amount < cost:
                yield (
                    bill_id,
                    {
                        "code": "margin_negative",
                        "cost": text,
                        "amount": to_text(amount),
                        "currency": bill.currency_id.name,
                    },
                )


def _has_usage(charge):
    """SQL: whether stream `s` has a live row within what a charge covers. charge: its alias."""
    return f"""
        CASE WHEN {charge}.billing_month IS NOT NULL
             THEN EXISTS (SELECT
                            FROM {SUMMARY_TABLE} y
                            JOIN cloud_usage_delivery d ON d.id = y.delivery_id
                           WHERE y.stream_id = s.id
                             AND d.import_number > 0
                             AND d.superseded_number = 0
                             AND d.billing_month = {charge}.billing_month)
             ELSE EXISTS (SELECT
                            FROM {ROW_TABLE} y
                            JOIN cloud_usage_delivery d ON d.id = y.delivery_id
                           WHERE y.stream_id = s.id
                             AND y.service_start >= {charge}.utc_start
                             AND y.service_start < {charge}.utc_end
                             AND d.import_number > 0
                             AND d.superseded_number = 0)
         END
    """


def _highest_tier(charge):
    """SQL: the number of the highest tier that the lines of a charge say they reached; no row where none has tiers."""
    return f"""
        LATERAL (SELECT MAX(number::int) AS tier
                   FROM cloud_rated_line r
             CROSS JOIN jsonb_path_query(r.workings, '$.steps[*].parts[*].tier.number') AS number
                  WHERE r.charge_id = {charge}.id)
    """


def _tell_names(names):
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
