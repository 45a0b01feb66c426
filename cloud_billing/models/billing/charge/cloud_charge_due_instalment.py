from odoo import models
from odoo.tools import SQL

from ..run_limit import select_limited


class CloudChargeDue(models.AbstractModel):
    """Instalments that fall due: each on its own day, whatever the billing periods and the state of the contract are.

    What was agreed to be paid is owed also while a subscription is paused and after it has ended, until somebody stops
    or settles it.
    """

    _inherit = "cloud.charge.due"

    # === BUSINESS === #

    def _fetch(self, companies, cutoff, period_ids, limit=None):
        rows = super()._fetch(companies, cutoff, period_ids, limit)
        for model in ("cloud.instalment", "cloud.charge.component"):
            self.env[model].flush_model()
        return [*rows, *self.env.execute_query_dict(self._select_instalments(companies, cutoff, period_ids, limit))]

    # === HOOKS === #

    def _get_components(self, rows):
        parts = {row["instalment_id"]: row["line_id"] for row in rows if row["kind"] == "instalment"}
        if not parts:
            return super()._get_components(rows)
        known = self.env["cloud.charge.component"]._intern_instalments(parts)
        others = iter(super()._get_components([row for row in rows if row["kind"] != "instalment"]))
        return [known[row["instalment_id"]] if row["kind"] == "instalment" else next(others) for row in rows]

    def _select_instalments(self, companies, cutoff, period_ids=None, limit=None) -> SQL:
        """One row per part that is due and not charged; in the period in which its day lies, where there is one."""
        return SQL(
            """
            SELECT p.id AS period_id, l.id AS line_id, s.id AS subscription_id, s.customer_id, customer.tz,
                   CASE WHEN plan.is_converted THEN customer.currency_id ELSE plan.currency_id END AS currency_id,
                   l.product_id, 'instalment' AS kind, NULL::integer AS meter_id,
                   i.date_due AS service_start, i.date_due + 1 AS service_end,
                   i.date_due AS full_start, i.date_due + 1 AS full_end,
                   'none' AS proration, NULL::date AS billing_month, TRUE AS is_advance, i.id AS instalment_id,
                   NULL AS ranges
              FROM cloud_instalment i
              JOIN cloud_subscription_line l ON l.id = i.line_id
              JOIN cloud_subscription s ON s.id = l.subscription_id
              JOIN cloud_customer customer ON customer.id = s.customer_id
              JOIN cloud_price_plan plan ON plan.id = s.plan_id
         LEFT JOIN cloud_billing_period p
                ON p.subscription_id = s.id
               AND p.date_start <= i.date_due
               AND p.date_end > i.date_due
             WHERE i.company_id = ANY(%(company_ids)s)
               AND i.date_due <= %(cutoff)s
               AND i.cancelled_date IS NULL
               AND s.state <> 'draft'
               AND %(only)s
               AND %(limited)s
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge_component component
                                 JOIN cloud_charge c ON c.component_id = component.id
                                WHERE component.instalment_id = i.id
                                  AND c.is_live
                                  AND c.corrects_id IS NULL)
          ORDER BY s.customer_id, l.id, i.date_due, i.number
            """,
            company_ids=list(companies.ids),
            cutoff=cutoff,
            only=SQL("p.id = ANY(%s)", list(period_ids)) if period_ids is not None else SQL("TRUE"),
            limited=select_limited(limit, SQL("s.id")),
        )
