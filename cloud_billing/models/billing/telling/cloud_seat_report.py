from odoo import fields, models
from odoo.tools import SQL

from ....fields import DecimalField

# Days before the first snapshot are of nobody's counting. Extras are lines beside a price with the same seats.
_QUERY = """
    WITH said AS (
        SELECT DISTINCT ON (r.line_id, r.as_of) r.line_id, r.as_of, r.quantity
          FROM cloud_seat_row r
          JOIN cloud_seat_delivery d ON d.id = r.delivery_id
         WHERE d.state = 'applied'
           AND r.is_applied
      ORDER BY r.line_id, r.as_of, d.applied_number DESC
    ),
    bought AS (
        SELECT line_id,
               as_of AS date_start,
               LEAD(as_of, 1, 'infinity'::date) OVER (PARTITION BY line_id ORDER BY as_of) AS date_end,
               quantity
          FROM said
    ),
    billed AS (
        SELECT c.subscription_line_id AS line_id,
               r.service_start AS date_start,
               r.service_end AS date_end,
               r.quantity,
               r.amount_exact,
               c.corrects_id
          FROM cloud_charge c
          JOIN cloud_rated_line r ON r.charge_id = c.id
         WHERE c.state = 'billed'
           AND c.is_price_credit IS NOT TRUE
           AND c.kind = 'recurring'
           AND LEFT(COALESCE(r.part_key, ''), 6) <> 'extra '
           AND c.subscription_line_id IN (SELECT line_id FROM said)
    ),
    reach AS (
        SELECT s.line_id,
               MIN(s.as_of) AS first_day,
               MAX(s.as_of) AS last_day,
               (SELECT MAX(c.service_end)
                  FROM cloud_charge c
                 WHERE c.subscription_line_id = s.line_id
                   AND c.state = 'billed'
                   AND c.kind = 'recurring'
                   AND c.corrects_id IS NULL) AS billed_until
          FROM said s
      GROUP BY s.line_id
    ),
    span AS (
        SELECT reach.*,
               l.company_id,
               l.customer_id,
               l.subscription_id,
               l.product_id,
               l.seat_source_id AS source_id,
               LEAST(GREATEST((date_trunc('month', last_day) + interval '1 month')::date, billed_until),
                     l.date_end, sub.date_end) AS end_day
          FROM reach
          JOIN cloud_subscription_line l ON l.id = reach.line_id
          JOIN cloud_subscription sub ON sub.id = l.subscription_id
    ),
    month AS (
        SELECT span.*,
               m.month::date AS month,
               GREATEST(m.month::date, first_day) AS day_from,
               LEAST((m.month + interval '1 month')::date, end_day) AS day_to
          FROM span
    CROSS JOIN LATERAL generate_series(date_trunc('month', first_day::timestamp),
                                       end_day::timestamp - interval '1 day', interval '1 month') AS m (month)
    ),
    figure AS (
        SELECT m.*,
               m.day_to - m.day_from AS day_count,
               COALESCE(b.seat_days, 0) AS bought_seat_days,
               COALESCE(b.at_end, 0) AS bought_at_end,
               COALESCE(p.seat_days, 0) AS billed_seat_days,
               COALESCE(p.at_end, 0) AS billed_at_end,
               price.per_seat_day
          FROM month m
     LEFT JOIN LATERAL (
               SELECT SUM(quantity * (LEAST(date_end, m.day_to) - GREATEST(date_start, m.day_from))) AS seat_days,
                      SUM(quantity) FILTER (WHERE date_end >= m.day_to) AS at_end
                 FROM bought
                WHERE line_id = m.line_id AND date_start < m.day_to AND date_end > m.day_from) b ON TRUE
     LEFT JOIN LATERAL (
               SELECT SUM(quantity * (LEAST(date_end, m.day_to) - GREATEST(date_start, m.day_from))) AS seat_days,
                      SUM(quantity) FILTER (WHERE date_end >= m.day_to) AS at_end
                 FROM billed
                WHERE line_id = m.line_id AND date_start < m.day_to AND date_end > m.day_from) p ON TRUE
     LEFT JOIN LATERAL (
               SELECT amount_exact / (quantity * (date_end - date_start)) AS per_seat_day
                 FROM billed
                WHERE line_id = m.line_id AND corrects_id IS NULL AND quantity > 0 AND date_start < m.day_to
             ORDER BY date_start DESC
                LIMIT 1) price ON TRUE
         WHERE m.day_from < m.day_to
    )
    SELECT ROW_NUMBER() OVER (ORDER BY f.line_id, f.month) AS id,
           f.line_id AS subscription_line_id,
           f.company_id,
           f.customer_id,
           f.subscription_id,
           f.product_id,
           f.source_id,
           f.month,
           f.day_from,
           f.day_count,
           f.bought_seat_days,
           f.billed_seat_days,
           f.bought_seat_days - f.billed_seat_days AS difference_seat_days,
           ROUND(f.bought_seat_days / f.day_count, 2) AS bought_average,
           ROUND(f.billed_seat_days / f.day_count, 2) AS billed_average,
           f.bought_at_end,
           f.billed_at_end,
           CASE WHEN f.bought_seat_days = f.billed_seat_days THEN 'agrees'
                WHEN f.billed_until IS NULL OR f.billed_until < f.day_to THEN 'open'
                ELSE 'differs' END AS state,
           customer.currency_id,
           ROUND(ROUND((f.bought_seat_days - f.billed_seat_days) * f.per_seat_day / currency.rounding)
                     * currency.rounding,
                 GREATEST(CEIL(-LOG(currency.rounding)), 0)::int) AS amount_at_stake
      FROM figure f
      JOIN cloud_customer customer ON customer.id = f.customer_id
      JOIN res_currency currency ON currency.id = customer.currency_id
"""


class CloudSeatReport(models.Model):
    """Seats by the vendor's snapshots beside the seats that were billed, by line and calendar month.

    Seats are counted in seat days, so that a change within a month weighs what it is worth. Counted from the first
    snapshot of a line on, up to the month of the last one or to where the line is billed.
    """

    _name = "cloud.seat.report"
    _description = "Bought Against Billed"
    _auto = False
    _order = "month desc, subscription_line_id"
    # Written to the database before it is asked.
    _depends = {
        "cloud.seat.delivery": ["state", "applied_number"],
        "cloud.seat.row": ["line_id", "as_of", "quantity", "is_applied"],
        "cloud.subscription.line": ["date_end", "seat_source_id"],
        "cloud.subscription": ["date_end"],
        "cloud.charge": ["state", "kind", "service_end"],
    }

    month = fields.Date(readonly=True)
    subscription_line_id = fields.Many2one("cloud.subscription.line", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one("cloud.customer", readonly=True)
    subscription_id = fields.Many2one("cloud.subscription", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    source_id = fields.Many2one("cloud.seat.source", readonly=True, help="From which the line takes its seats now.")
    day_from = fields.Date(string="Counted From", readonly=True)
    day_count = fields.Integer(
        string="Days", readonly=True, aggregator=None, help="Days of the month that are counted."
    )
    bought_seat_days = DecimalField(string="Bought Seat Days", readonly=True, help="By the snapshots: seats x days.")
    billed_seat_days = DecimalField(string="Billed Seat Days", readonly=True, help="Invoiced, with corrections.")
    difference_seat_days = DecimalField(
        string="Difference", readonly=True, help="Bought less billed, in seat days: what is above 0 was not billed yet."
    )
    bought_average = DecimalField(
        string="Bought", readonly=True, aggregator=None, help="Seats on an average day of those counted."
    )
    billed_average = DecimalField(
        string="Billed", readonly=True, aggregator=None, help="Seats on an average day of those counted."
    )
    bought_at_end = DecimalField(string="Bought at Month End", readonly=True)
    billed_at_end = DecimalField(string="Billed at Month End", readonly=True)
    state = fields.Selection(
        [("agrees", "Agrees"), ("open", "Not billed yet"), ("differs", "Differs")],
        readonly=True,
        help="Not billed yet: the month, or its end, is still to be billed. Differs: it is billed, with other seats.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_at_stake = DecimalField(
        string="Money at Stake",
        currency_field="currency_id",
        readonly=True,
        help="The difference at what a seat was billed per day last. Empty: nothing was billed of the line.",
    )

    @property
    def _table_query(self):
        return SQL(_QUERY)
