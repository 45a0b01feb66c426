from odoo import models
from odoo.tools import SQL

from ....engine import schedule
from ...catalog.cycle_terms import read_cycle_terms
from ..run_limit import select_limited


class CloudBillingPeriod(models.Model):
    """A period that an end had cut, where that end does not hold any more and nothing of the period is charged.

    It gets its days back, so that they are one charge and one invoice. Once something of it is charged it stays as it
    is: charges refer to it, and the days after it are a period of their own.
    """

    _inherit = "cloud.billing.period"

    # === BUSINESS === #

    def _create_due(self, company, cutoff, limit=None, is_running=False):
        self._rejoin(company, limit)
        return super()._create_due(company, cutoff, limit=limit, is_running=is_running)

    def _rejoin(self, company, limit):
        """Let the last periods of subscriptions end where they would if they were made now."""
        rows = []
        for cut in self._fetch_cut(company, limit):
            cycle = read_cycle_terms(cut).make(cut["subscription_start"])
            now = schedule.period_containing(cycle, cut["subscription_start"], cut["date_start"], cut["life_end"])
            # Of another cycle, agreed since, it would be another period.
            if now.end > cut["date_end"] and (now.full_start, now.full_end) == (cut["full_start"], cut["full_end"]):
                rows.append((cut["id"], now.end, schedule.utc_bounds(cut["date_start"], now.end, cut["tz"])[1]))
        if rows:
            self.env.cr.execute_values(
                """
                UPDATE cloud_billing_period p
                   SET date_end = v.date_end::date, utc_end = v.utc_end::timestamp
                  FROM (VALUES %s) AS v (id, date_end, utc_end)
                 WHERE p.id = v.id
                """,
                rows,
                page_size=len(rows),
            )
            self.invalidate_model(["date_end", "utc_end"])

    def _fetch_cut(self, company, limit):
        """Dicts of the last periods that are shorter than their cycle and their subscription, and not charged."""
        for model in ("cloud.subscription", "cloud.charge", "cloud.billing.period"):
            self.env[model].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT p.id, p.date_start, p.date_end, p.full_start, p.full_end, p.tz,
                   s.date_start AS subscription_start, s.date_end AS life_end,
                   s.cycle_unit, s.cycle_count, s.cycle_kind, s.anchor_day, s.anchor_date
              FROM cloud_billing_period p
              JOIN cloud_subscription s ON s.id = p.subscription_id
             WHERE p.company_id = %(company_id)s
               AND p.state = 'due'
               AND p.date_end < p.full_end
               AND (s.date_end IS NULL OR s.date_end > p.date_end)
               AND %(only)s
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_billing_period later
                                WHERE later.subscription_id = p.subscription_id
                                  AND later.date_start >= p.date_end)
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge c
                                WHERE c.subscription_id = p.subscription_id
                                  AND c.is_live
                                  AND (c.period_id = p.id
                                       -- A true-up of the days that it had.
                                       OR c.kind = 'minimum'
                                      AND c.service_start < p.date_end
                                      AND c.service_end > p.date_start))
          ORDER BY p.id
            """,
                company_id=company.id,
                only=select_limited(limit, SQL("s.id")),
            )
        )
