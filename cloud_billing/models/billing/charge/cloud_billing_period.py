from functools import lru_cache

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ....engine import schedule
from ...catalog.cycle_terms import read_cycle_terms
from ..run_limit import select_limited

# Rows of one INSERT. A subscription has some dozen periods at most when it is billed for the first time.
_PAGE = 5000


class CloudBillingPeriod(models.Model):
    """One subscription's interval: what the schedule identifies and scheduled actions close."""

    _name = "cloud.billing.period"
    _description = "Billing Period"
    _order = "date_start desc, id desc"

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True, help="First day after the period.")
    # Of the customer's time zone when the period was made; a later change of zone moves nothing old.
    utc_start = fields.Datetime(required=True)
    utc_end = fields.Datetime(required=True)
    tz = fields.Char(string="Time Zone", help="The customer's when the period was made.")
    full_start = fields.Date(required=True, help="Start of the whole cycle that this period may be a part of.")
    full_end = fields.Date(required=True, help="First day after the whole cycle.")
    state = fields.Selection(
        [("due", "Due"), ("rated", "In a run"), ("billed", "Billed")],
        default="due",
        required=True,
        index=True,
        help="Due: something of it was not charged yet. In a run: all of it is charged, not all of it is posted.",
    )
    run_id = fields.Many2one(
        "cloud.bill.run",
        string="Last Run",
        ondelete="set null",
        index=True,
        help="The last run that charged a part of it.",
    )
    charge_ids = fields.One2many("cloud.charge", "period_id", string="Charges")

    _start_uniq = models.UniqueIndex("(subscription_id, date_start)", "The period is there already.")
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A period ends after it starts.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&)",
        "Periods of one subscription do not overlap.",
    )

    # === COMPUTE === #

    @api.depends("subscription_id", "date_start", "date_end")
    def _compute_display_name(self):
        for period in self:
            period.display_name = self.env._(
                "%(subscription)s, %(start)s to %(end)s",
                subscription=period.subscription_id.name,
                start=format_date(self.env, period.date_start),
                end=format_date(self.env, fields.Date.subtract(period.date_end, days=1)),
            )

    # === ACTIONS === #

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_charge_action")
        return {**action, "domain": [("period_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _create_due(self, company, cutoff, limit=None, is_running=False):
        """Make every period of the company's subscriptions that falls due on or before a local day.

        A period falls due with its first fee in advance, on its first day; else on the first day after it. Periods
        continue from the last one there is, so they tile whatever was changed on the subscription since. Returns how
        many were made; a period that is there already, or is made by somebody else meanwhile, is made once.
        limit: of `cloud.bill.run._get_limit`. is_running: those too that have begun by that day and are not due yet.
        Raises UserError naming the subscription whose cycle or time zone cannot be.
        """
        rows = []
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        for subscription in self._get_open_subscriptions(company, cutoff, limit):
            try:
                for period in _continue_periods(subscription, cutoff, is_running):
                    utc_start, utc_end = get_bounds(period.start, period.end, subscription["tz"])
                    rows.append(
                        (
                            subscription["id"],
                            company.id,
                            subscription["customer_id"],
                            period.start,
                            period.end,
                            utc_start,
                            utc_end,
                            subscription["tz"],
                            period.full_start,
                            period.full_end,
                            self.env.uid,
                            self.env.uid,
                        )
                    )
            except schedule.ScheduleError as error:
                raise UserError(
                    self.env._(
                        "The periods of subscription %(name)s cannot be made: %(reason)s. Correct its start, its anchor"
                        " day or the customer's time zone, then try again.",
                        name=subscription["name"],
                        reason=error,
                    )
                ) from error
        return self._insert(rows)

    def _get_open_subscriptions(self, company, cutoff, limit=None):
        """Dicts of the subscriptions that may have a period due: cycle, dates, the end of the last period."""
        for model in ("cloud.subscription", "cloud.subscription.line", "cloud.customer", "cloud.billing.period"):
            self.env[model].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT s.id,
                   s.name,
                   s.customer_id,
                   s.date_start,
                   s.date_end,
                   s.cycle_unit,
                   s.cycle_count,
                   s.cycle_kind,
                   s.anchor_day,
                   s.anchor_date,
                   c.tz,
                   -- Before the day from which we bill there is no period of ours, nor half of one.
                   COALESCE((SELECT MAX(p.date_end) FROM cloud_billing_period p WHERE p.subscription_id = s.id),
                            s.billed_from) AS last_end,
                   EXISTS (SELECT 1
                             FROM cloud_subscription_line l
                            WHERE l.subscription_id = s.id
                              AND l.timing = 'advance') AS has_advance
              FROM cloud_subscription s
              JOIN cloud_customer c ON c.id = s.customer_id
             WHERE s.company_id = %(company_id)s
               AND s.state <> 'draft'
               AND s.date_start <= %(cutoff)s
               AND %(only)s
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_billing_period p
                                WHERE p.subscription_id = s.id
                                  AND p.date_end >= COALESCE(s.date_end, %(cutoff)s + 1))
          ORDER BY s.id
            """,
                company_id=company.id,
                cutoff=cutoff,
                only=select_limited(limit, SQL("s.id")),
            )
        )

    def _insert(self, rows):
        """Insert periods, each once; returns how many were new."""
        if not rows:
            return 0
        made = self.env.cr.execute_values(
            """
            INSERT INTO cloud_billing_period (
                   subscription_id, company_id, customer_id, date_start, date_end,
                   utc_start, utc_end, tz, full_start, full_end, create_uid, write_uid, state, create_date, write_date)
            VALUES %s
                ON CONFLICT DO NOTHING
         RETURNING id
            """,
            rows,
            template="(" + "%s, " * 12 + "'due', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
            page_size=_PAGE,
            fetch=True,
        )
        self.invalidate_model()
        return len(made)

    def _set_run(self, run):
        """Note the run that charged a part of these periods last, and bring their states up to date."""
        # sudo: periods change by billing only; no role may write them.
        self.sudo().write({"run_id": run.id})
        self._refresh_states()

    def _refresh_states(self):
        """Set each period's state by its charges: due while something is uncharged, billed when all of it is posted.

        What is uncharged is asked of the same query that charges it, up to the period's end.
        """
        if not self:
            return
        self.env["cloud.charge"].flush_model()
        self.flush_model()
        open_ids = self.env["cloud.charge.due"]._get_uncharged_periods(self)
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_billing_period p
               SET state = CASE
                       WHEN p.id = ANY(%(open_ids)s) THEN 'due'
                       WHEN EXISTS (SELECT 1 FROM cloud_charge c
                                     WHERE c.period_id = p.id AND c.is_live AND c.state = 'draft') THEN 'rated'
                       ELSE 'billed'
                   END
             WHERE p.id = ANY(%(ids)s)
            """,
                open_ids=list(open_ids),
                ids=list(self.ids),
            )
        )
        self.invalidate_recordset(["state"])


def _continue_periods(subscription, cutoff, is_running):
    """The periods of a subscription after its last one that are due, or have begun, up to the cut-off; an iterator."""
    start, end = subscription["date_start"], subscription["date_end"]
    cycle = read_cycle_terms(subscription).make(start)
    day = max(subscription["last_end"] or start, start)
    while day <= cutoff and (end is None or day < end):
        period = schedule.period_containing(cycle, start, day, end)
        # The cycle may have been changed since the last period: what follows begins where that one ended.
        period = schedule.Period(max(period.start, day), period.end, period.index, period.full_start, period.full_end)
        due = period.start if subscription["has_advance"] or is_running else period.end
        if due > cutoff:
            return
        yield period
        day = period.end
