from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ...engine import schedule
from ...sql_rows import as_table
from ..billing.run_limit import select_limited

_COLUMNS = {
    "component_id": "integer",
    "customer_id": "integer",
    "subscription_id": "integer",
    "subscription_line_id": "integer",
    "product_id": "integer",
    "service_start": "date",
    "service_end": "date",
    "utc_start": "timestamp",
    "utc_end": "timestamp",
    "currency_id": "integer",
}
_READ = (
    "cloud.adjustment",
    "cloud.charge",
    "cloud.charge.component",
    "cloud.bill.run",
    "cloud.customer",
    "cloud.subscription",
)


class CloudAdjustmentDue(models.AbstractModel):
    """Which one-off amounts are due with a run: its own, and those that wait for the next bill of a customer in it.

    Where nobody will get a next bill, because nothing of the customer goes on, the next run takes them.
    """

    _name = "cloud.adjustment.due"
    _description = "One-off Amounts That Fall Due"

    # === BUSINESS === #

    def _make(self, run):
        """Make and rate the charges of what is due with a run; returns how many. Bills are assembled by the caller."""
        rows = self._fetch(run)
        if not rows:
            return 0
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        components = self.env["cloud.charge.component"]._intern_owners(
            "adjustment", "adjustment_id", {row["id"] for row in rows}
        )
        for row in rows:
            row["component_id"] = components[row["id"]]
            row["utc_start"], row["utc_end"] = get_bounds(row["service_start"], row["service_end"], row["tz"])
        made = self._insert(run, rows)
        self.env["cloud.rating"]._rate(self.env["cloud.charge"].browse(made), run.usage_number)
        return len(made)

    def _insert(self, run, rows):
        """Make draft charges; returns the ids of those that nobody else made meanwhile."""
        self.env["cloud.charge"].flush_model()
        made = self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_charge (
                   run_id, company_id, component_id, customer_id, subscription_id, subscription_line_id, product_id,
                   service_start, service_end, utc_start, utc_end, currency_id, full_start, full_end,
                   create_uid, write_uid, kind, state, is_live, is_rated, correction_number, create_date, write_date)
            SELECT %(run_id)s, %(company_id)s, v.*, v.service_start, v.service_end,
                   %(uid)s, %(uid)s, 'adjustment', 'draft', TRUE, FALSE, 0,
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM %(rows)s
                ON CONFLICT DO NOTHING
         RETURNING id
            """,
                run_id=run.id,
                company_id=run.company_id.id,
                uid=self.env.uid,
                rows=as_table("v", _COLUMNS, [tuple(row[name] for name in _COLUMNS) for row in rows]),
            )
        )
        self.env["cloud.charge"].invalidate_model()
        return [charge_id for (charge_id,) in made]

    # === HOOKS === #

    def _fetch(self, run):
        """Dicts of the agreed amounts that are due with a run and have no live charge."""
        for model in _READ:
            self.env[model].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            WITH billed AS (
                     SELECT DISTINCT split_part(owner.parent_path, '/', 1) AS payer
                       FROM cloud_charge c
                       JOIN cloud_customer owner ON owner.id = c.customer_id
                      WHERE c.run_id = %(run_id)s
                        AND c.state = 'draft'
                 ),
                 going_on AS (
                     SELECT DISTINCT split_part(owner.parent_path, '/', 1) AS payer
                       FROM cloud_subscription s
                       JOIN cloud_customer owner ON owner.id = s.customer_id
                      WHERE s.company_id = %(company_id)s
                        AND s.state = ANY(%(running)s)
                 )
          SELECT a.id, a.customer_id, a.subscription_id, a.subscription_line_id, a.product_id, a.service_start,
                 a.service_end, a.currency_id, customer.tz
            FROM cloud_adjustment a
            JOIN cloud_customer customer ON customer.id = a.customer_id
       LEFT JOIN cloud_bill_run own ON own.id = a.run_id
           WHERE a.company_id = %(company_id)s
             AND a.state = 'agreed'
             AND NOT EXISTS (SELECT 1
                               FROM cloud_charge_component component
                               JOIN cloud_charge c ON c.component_id = component.id
                              WHERE component.adjustment_id = a.id
                                AND c.is_live
                                AND c.corrects_id IS NULL)
             AND (a.run_id = %(run_id)s
                  OR COALESCE(own.state IN ('posted', 'cancelled'), TRUE)
                 AND a.service_start <= %(cutoff)s
                 AND %(limited)s
                 AND (split_part(customer.parent_path, '/', 1) IN (SELECT payer FROM billed)
                      OR split_part(customer.parent_path, '/', 1) NOT IN (SELECT payer FROM going_on)))
        ORDER BY a.customer_id, a.id
            """,
                run_id=run.id,
                company_id=run.company_id.id,
                cutoff=run.cutoff_date,
                running=list(schedule.RUNNING),
                limited=select_limited(run._get_limit(), SQL("a.subscription_id"), SQL("a.customer_id")),
            )
        )
