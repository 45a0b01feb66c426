from odoo import models
from odoo.tools import SQL


class CloudSubscriptionLine(models.Model):
    """Days on which fees rest: pauses, and the trial at the beginning."""

    _inherit = "cloud.subscription.line"

    # === HOOKS === #

    def _get_unserved(self, start, end):
        unserved = dict(super()._get_unserved(start, end))
        for line_id, left, right, kind in self._fetch_rests(start, end):
            unserved[line_id] = [*unserved.get(line_id, ()), (left, right, kind)]
        return unserved

    def _fetch_rests(self, start, end):
        """(line id, first day, first day after, pause or trial) of recurring lines, within [start, end)."""
        for model in ("cloud.subscription", "cloud.subscription.line", "cloud.subscription.pause"):
            self.env[model].flush_model()
        return self.env.execute_query(
            SQL(
                """
            SELECT l.id, GREATEST(rest.date_start, %(start)s), LEAST(rest.date_end, %(end)s), rest.kind
              FROM cloud_subscription_line l
              JOIN cloud_subscription s ON s.id = l.subscription_id
              JOIN product_product pp ON pp.id = l.product_id
              JOIN product_template t ON t.id = pp.product_tmpl_id
              JOIN LATERAL (
                       SELECT p.date_start, COALESCE(p.date_end, 'infinity') AS date_end, 'pause' AS kind
                         FROM cloud_subscription_pause p
                        WHERE p.subscription_id = s.id
                        UNION ALL
                       SELECT s.date_start, s.trial_end, 'trial'
                        WHERE s.trial_end IS NOT NULL
                   ) rest
                ON rest.date_start < LEAST(rest.date_end, %(end)s)
               AND rest.date_end > %(start)s
             WHERE l.id = ANY(%(ids)s)
               AND t.cloud_billing_model = 'recurring'
          ORDER BY l.id, 2
            """,
                ids=list(self.ids),
                start=start,
                end=end,
            )
        )
