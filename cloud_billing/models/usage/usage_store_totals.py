from odoo import models

from ...engine.numbers import parse_decimal
from .usage_counting import CHARGE_END, CHARGE_START, IN_STRETCH, as_of
from .usage_dimensions import get_dimension_sql, is_dimension
from .usage_requests import BASES, MAX_EVENTS, Events, Totals, TotalsRequest
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE

AGGREGATIONS = ("sum", "count", "max")
# Between the names of dimensions on their way into the database; no name holds it.
_SEPARATOR = "\x1f"


class CloudUsageStore(models.AbstractModel):
    """What was used: totals for charges as of a number."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: TOTALS === #

    def _totals(self, company, number, requests):
        """A Totals per request, unit, currency and combination of dimensions that has rows, as of a number.

        A request without rows is absent. The number of statements does not grow with requests, meters or rows. Only
        rows whose policy is to be billed count.
        """
        requests = list(requests)
        for request in requests:
            _check_request(request)
        if not requests:
            return []
        has_dimensions = any(request.dimensions for request in requests)
        dimensions = "counted.dimensions" if has_dimensions else "NULL::text[]"
        self.env.cr.execute(
            f"""
            WITH request AS ({_REQUEST}),
            counted AS ({_get_counted_sql(has_dimensions)}),
            by_stream AS (
                SELECT position, aggregation, stream_id, {dimensions} AS dimensions,
                       CASE aggregation WHEN 'sum' THEN SUM(measured)
                                        WHEN 'max' THEN MAX(measured)
                                        ELSE COUNT(*) END AS measured,
                       SUM(cost_billed) AS cost_billed,
                       SUM(cost_effective) AS cost_effective,
                       SUM(cost_list) AS cost_list,
                       SUM(cost_contracted) AS cost_contracted,
                       COUNT(*) AS row_count
                  FROM counted
              GROUP BY position, aggregation, stream_id{", counted.dimensions" if has_dimensions else ""}
            )
            SELECT b.position,
                   COALESCE(s.unit, ''),
                   COALESCE(s.currency, ''),
                   b.dimensions,
                   (CASE b.aggregation WHEN 'max' THEN MAX(b.measured) ELSE SUM(b.measured) END)::text,
                   SUM(b.cost_billed)::text,
                   SUM(b.cost_effective)::text,
                   SUM(b.cost_list)::text,
                   SUM(b.cost_contracted)::text,
                   SUM(b.row_count)::bigint
              FROM by_stream b
              JOIN cloud_usage_stream s ON s.id = b.stream_id
          GROUP BY b.position, b.aggregation, COALESCE(s.unit, ''), COALESCE(s.currency, ''), b.dimensions
          ORDER BY b.position, COALESCE(s.unit, ''), COALESCE(s.currency, ''), b.dimensions
            """,
            _get_parameters(company, number, requests),
        )
        found = []
        for position, unit, currency, values, *numbers, row_count in self.env.cr.fetchall():
            request = requests[position - 1]
            quantity, *costs = map(_decimal, numbers)
            found.append(
                Totals(
                    request.key,
                    unit,
                    currency,
                    quantity,
                    *costs,
                    row_count,
                    value=quantity,
                    event_count=row_count,
                    dimensions=tuple(zip(request.dimensions, values or (), strict=True)),
                )
            )
        return found

    def _events(self, company, number, requests, limit=MAX_EVENTS):
        """{key of a request: Events} of those that have rows: the value of each row, in the order of service.

        For prices that look at single events. More than `limit` are counted and not listed.
        """
        requests = list(requests)
        for request in requests:
            _check_request(request)
        if not requests:
            return {}
        parameters = {**_get_parameters(company, number, requests), "limit": limit}
        self.env.cr.execute(
            f"""
            WITH request AS ({_REQUEST}),
            counted AS ({_get_counted_sql(False)})
            SELECT position,
                   COUNT(measured),
                   CASE WHEN COUNT(measured) <= %(limit)s
                        THEN array_agg(measured::text ORDER BY service_start, service_end, measured)
                             FILTER (WHERE measured IS NOT NULL) END
              FROM counted
          GROUP BY position
            """,
            parameters,
        )
        return {
            requests[position - 1].key: Events(count, None if count > limit else tuple(map(_decimal, values or ())))
            for position, count, values in self.env.cr.fetchall()
        }

    def _get_requests(self, charges):
        """The TotalsRequest, with the charge's id as key, of each metered charge.

        A charge over a whole month of the provider takes all rows of that month; over a part of it, it is cut at its
        own bounds by the rows' service start.
        """
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            SELECT c.id, c.subscription_line_id, m.aggregation, m.basis, c.billing_month,
                   {CHARGE_START}, {CHARGE_END}, m.id, c.full_start, c.full_end, u.tz
              FROM cloud_charge c
              JOIN cloud_meter m ON m.id = c.meter_id
              JOIN cloud_customer u ON u.id = c.customer_id
             WHERE c.id = ANY(%s)
          ORDER BY c.id
            """,
            [charges.ids],
        )
        return [
            TotalsRequest(*values, full_start=full_start, full_end=full_end, tz=tz)
            for *values, full_start, full_end, tz in self.env.cr.fetchall()
        ]


_REQUEST = """
                SELECT position, line_id, aggregation, basis, billing_month, utc_start, utc_end, meter_id,
                       string_to_array(dimensions, %(separator)s) AS dimensions
                  FROM unnest(%(line_ids)s::int[], %(aggregations)s::text[], %(bases)s::text[], %(months)s::date[],
                              %(starts)s::timestamp[], %(ends)s::timestamp[], %(meter_ids)s::int[],
                              %(dimensions)s::text[])
                       WITH ORDINALITY AS q (line_id, aggregation, basis, billing_month, utc_start, utc_end, meter_id,
                                             dimensions, position)
"""


def _get_counted_sql(has_dimensions):
    """The rows that each request counts."""
    stream = "JOIN cloud_usage_stream s ON s.id = a.stream_id" if has_dimensions else ""
    dimensions = (
        f"""ARRAY(SELECT COALESCE({get_dimension_sql("x.name")}, '')
                               FROM unnest(q.dimensions) WITH ORDINALITY AS x (name, nth)
                           ORDER BY nth) AS dimensions,"""
        if has_dimensions
        else ""
    )
    return f"""
                SELECT q.position, q.aggregation, r.stream_id, r.service_start, r.service_end, {dimensions}
                       CASE q.basis WHEN 'quantity' THEN r.quantity
                                    WHEN 'cost_billed' THEN r.cost_billed
                                    WHEN 'cost_effective' THEN r.cost_effective
                                    WHEN 'cost_list' THEN r.cost_list
                                    ELSE r.cost_contracted END AS measured,
                       r.cost_billed, r.cost_effective, r.cost_list, r.cost_contracted
                  FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  {stream}
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id
                 WHERE a.company_id = %(company_id)s
                   AND {as_of("%(number)s")}
                   AND {IN_STRETCH}
                   AND (q.billing_month IS NULL OR r.billing_month = q.billing_month)
                   AND (q.utc_start IS NULL OR r.service_start >= q.utc_start)
                   AND (q.utc_end IS NULL OR r.service_start < q.utc_end)
    """


def _get_parameters(company, number, requests):
    return {
        "line_ids": [request.subscription_line_id for request in requests],
        "aggregations": [request.aggregation for request in requests],
        "bases": [request.basis for request in requests],
        "months": [request.billing_month for request in requests],
        "starts": [request.utc_start for request in requests],
        "ends": [request.utc_end for request in requests],
        "meter_ids": [request.meter_id for request in requests],
        "dimensions": [_SEPARATOR.join(request.dimensions) for request in requests],
        "separator": _SEPARATOR,
        "company_id": company.id,
        "number": number,
    }


def _check_request(request):
    if request.aggregation not in AGGREGATIONS or request.basis not in BASES:
        raise ValueError(f"not an aggregation and a basis of usage: {request!r}")
    if request.billing_month is None and (request.utc_start is None or request.utc_end is None):
        raise ValueError(f"without a billing month both bounds are needed: {request!r}")
    if not all(map(is_dimension, request.dimensions)):
        raise ValueError(f"not dimensions of usage: {request!r}")


def _decimal(text):
    return None if text is None else parse_decimal(text)
