from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ...engine.schedule import OVER, RUNNING
from ..usage.usage_schema import ROW_TABLE

# Lines whose prices are looked for at a time: memory stays bounded.
_BATCH = 2000


class CloudSubscription(models.Model):
    """What an account manager looks for in many subscriptions: prices that are missing, usage that stays away."""

    _inherit = "cloud.subscription"

    is_price_missing = fields.Boolean(
        string="Price Missing",
        compute="_compute_is_price_missing",
        search="_search_is_price_missing",
        help="A line has no price today, or more than one: it could not be billed.",
    )
    is_unused_last_month = fields.Boolean(
        string="No Usage Last Month",
        compute="_compute_is_unused_last_month",
        search="_search_is_unused_last_month",
        help="It ran in the last calendar month (UTC) with metered products, and no usage of it was delivered.",
    )

    # === COMPUTE === #

    @api.depends("price_warning")
    def _compute_is_price_missing(self):
        for subscription in self:
            subscription.is_price_missing = bool(subscription.price_warning)

    def _search_is_price_missing(self, operator, value):
        if operator != "in":
            return NotImplemented
        missing = self.browse()
        for ids in split_every(_BATCH, self._get_doubtful_line_ids()):
            # sudo: the rules of records decide on what the search finds in the end, not on what it is made of.
            lines = self.env["cloud.subscription.line"].sudo().browse(ids)
            missing |= lines._get_unpriced(fields.Date.context_today(self)).subscription_id
        return [("id", "in" if True in value else "not in", missing.ids)]

    def _compute_is_unused_last_month(self):
        unused = self.search(Domain("id", "in", self._origin.ids) & Domain("is_unused_last_month", "=", True))
        for subscription in self:
            subscription.is_unused_last_month = subscription._origin in unused

    def _search_is_unused_last_month(self, operator, value):
        if operator != "in":
            return NotImplemented
        end = fields.Date.start_of(fields.Datetime.now().date(), "month")
        start = fields.Date.subtract(end, months=1)
        metered = Domain("line_ids.product_id.cloud_billing_model", "=", "metered")
        ran = Domain("state", "in", RUNNING) & Domain("date_start", "<", end)
        used = Domain("id", "in", self._get_used_ids(start, end))
        domain = metered & ran & ~used
        return domain if True in value else ~domain

    # === BUSINESS === #

    @api.model
    def _get_doubtful_line_ids(self):
        """Ids of the lines that run or will, less those that surely have a price: most, and one statement says so.

        Sure is what every approved version of the plan has a price for, to everyone, without dates and conditions, when
        the first of them began before the line did: whichever version holds for it, there is one.
        """
        for model in (
            "cloud.subscription",
            "cloud.subscription.line",
            "cloud.price.plan.version",
            "cloud.price.rule",
            "cloud.price.condition",
        ):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            WITH holding AS (
                     SELECT DISTINCT ON (plan_id, date_start) id, plan_id, date_start
                       FROM cloud_price_plan_version
                      WHERE state = 'approved'
                   ORDER BY plan_id, date_start, revision DESC
                 ),
                 version AS (
                     SELECT plan_id, COUNT(*) AS versions, MIN(date_start) AS since
                       FROM holding
                   GROUP BY plan_id
                 ),
                 offered AS (
                     SELECT v.plan_id, r.product_id, COUNT(DISTINCT v.id) AS versions
                       FROM holding v
                       JOIN cloud_price_rule r ON r.version_id = v.id
                      WHERE r.role = 'price'
                        AND r.product_id IS NOT NULL
                        AND num_nonnulls(r.customer_id, r.rate_class_id, r.subscription_id, r.subscription_line_id,
                                         r.date_start, r.date_end) = 0
                        AND NOT EXISTS (SELECT FROM cloud_price_condition c WHERE c.rule_id = r.id)
                   GROUP BY v.plan_id, r.product_id
                 )
          SELECT l.id
            FROM cloud_subscription_line l
            JOIN cloud_subscription s ON s.id = l.subscription_id
       LEFT JOIN version ON version.plan_id = s.plan_id AND version.since <= COALESCE(l.date_start, s.date_start)
       LEFT JOIN offered ON offered.plan_id = version.plan_id
                        AND offered.product_id = l.product_id
                        AND offered.versions = version.versions
           WHERE s.state <> ALL(%(over)s)
             AND offered.plan_id IS NULL
        ORDER BY l.id
            """,
                over=list(OVER),
            )
        )
        return [line_id for (line_id,) in rows]

    @api.model
    def _get_used_ids(self, start, end):
        """Ids of subscriptions with a live usage row in the UTC days [start, end); one look in an index a stream."""
        for model in ("cloud.usage.mapping", "cloud.subscription.line", "cloud.usage.delivery"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT l.subscription_id
              FROM cloud_usage_mapping m
              JOIN cloud_subscription_line l ON l.id = m.subscription_line_id
             WHERE EXISTS (SELECT FROM %(rows)s r
                             JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                            WHERE r.stream_id = m.stream_id
                              AND r.service_start >= GREATEST(%(start)s, m.utc_start)
                              AND r.service_start < LEAST(%(end)s, m.utc_end)
                              AND d.import_number > 0
                              AND d.superseded_number = 0)
            """,
                rows=SQL(ROW_TABLE),
                start=fields.Datetime.to_datetime(start),
                end=fields.Datetime.to_datetime(end),
            )
        )
        return [subscription_id for (subscription_id,) in rows]
