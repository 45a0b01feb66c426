from collections.abc import Hashable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from odoo import models

from ...engine.numbers import parse_decimal
from ...engine.schedule import utc_bounds
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE, STATE_VIEW, SUMMARY_TABLE

AGGREGATIONS = ("sum", "count", "max")
BASES = ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted")
STATES = ("billed", "bill", "keep", "hold", "internal", "unmatched")


class TotalsRequest(NamedTuple):
    """What a charge asks for. Bounds are naive UTC, half-open; None: not cut there.

    aggregation: sum, count or max, of the numbers named by basis.   billing_month: first day of the provider's month,
    or None where service_start alone decides; then both bounds are given.
    """

    key: Hashable
    subscription_line_id: int
    aggregation: str
    basis: str
    billing_month: date | None
    utc_start: datetime | None
    utc_end: datetime | None


class Totals(NamedTuple):
    """What the rows of one request, unit and currency add up to.

    quantity: the aggregate of the basis, None when no row carries that number.
    cost_*: sums in `currency`, None when no row has one.
    """

    key: Hashable
    unit: str
    currency: str
    quantity: Decimal | None
    cost_billed: Decimal | None
    cost_effective: Decimal | None
    cost_list: Decimal | None
    cost_contracted: Decimal | None
    row_count: int


def _as_of(number, delivery="d", assignment="a", exception="e"):
    """Conditions: usage, owners and policies as of a number. Their answer for one number never changes."""
    return f"""{delivery}.import_number BETWEEN 1 AND {number}
                   AND ({delivery}.superseded_number = 0 OR {delivery}.superseded_number > {number})
                   AND ({exception}.row_id IS NULL OR {exception}.superseded_number > {number})
                   AND {assignment}.from_number <= {number}
                   AND ({assignment}.to_number = 0 OR {assignment}.to_number > {number})
                   AND {assignment}.policy = 'bill'"""


# A row belongs to the owner of the stretch in which its service starts.
_IN_STRETCH = """(a.utc_start IS NULL OR r.service_start >= a.utc_start)
                   AND (a.utc_end IS NULL OR r.service_start < a.utc_end)"""

# A charge over a whole month of the provider is not cut: the rows of that month may be of service before or after it.
_CHARGE_START = "CASE WHEN c.billing_month IS NULL OR c.service_start > c.billing_month THEN c.utc_start END"
_CHARGE_END = """CASE WHEN c.billing_month IS NULL OR c.service_end < c.billing_month + interval '1 month'
                           THEN c.utc_end END"""


class CloudUsageStore(models.AbstractModel):
    """What was used: totals for charges, what changed since they were billed, the rows behind, the proof of states."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: TOTALS === #

    def _totals(self, company, number, requests):
        """A Totals per request, unit and currency that has rows, as of a number; a request without rows is absent.

        One statement for any number of TotalsRequests. Only rows whose policy is to be billed count.
        """
        requests = list(requests)
        for request in requests:
            _check_request(request)
        if not requests:
            return []
        columns = list(zip(*requests, strict=True))
        self.env.cr.execute(
            f"""
            WITH request AS (
                SELECT *
                  FROM unnest(%(line_ids)s::int[], %(aggregations)s::text[], %(bases)s::text[], %(months)s::date[],
                              %(starts)s::timestamp[], %(ends)s::timestamp[])
                       WITH ORDINALITY AS q (line_id, aggregation, basis, billing_month, utc_start, utc_end, position)
            ),
            counted AS (
                SELECT q.position, q.aggregation, r.stream_id,
                       CASE q.basis WHEN 'quantity' THEN r.quantity
                                    WHEN 'cost_billed' THEN r.cost_billed
                                    WHEN 'cost_effective' THEN r.cost_effective
                                    WHEN 'cost_list' THEN r.cost_list
                                    ELSE r.cost_contracted END AS measured,
                       r.cost_billed, r.cost_effective, r.cost_list, r.cost_contracted
                  FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id
                 WHERE a.company_id = %(company_id)s
                   AND {_as_of("%(number)s")}
                   AND {_IN_STRETCH}
                   AND (q.billing_month IS NULL OR r.billing_month = q.billing_month)
                   AND (q.utc_start IS NULL OR r.service_start >= q.utc_start)
                   AND (q.utc_end IS NULL OR r.service_start < q.utc_end)
            ),
            by_stream AS (
                SELECT position, aggregation, stream_id,
                       CASE aggregation WHEN 'sum' THEN SUM(measured)
                                        WHEN 'max' THEN MAX(measured)
                                        ELSE COUNT(*) END AS measured,
                       SUM(cost_billed) AS cost_billed,
                       SUM(cost_effective) AS cost_effective,
                       SUM(cost_list) AS cost_list,
                       SUM(cost_contracted) AS cost_contracted,
                       COUNT(*) AS row_count
                  FROM counted
              GROUP BY position, aggregation, stream_id
            )
            SELECT b.position,
                   COALESCE(s.unit, ''),
                   COALESCE(s.currency, ''),
                   (CASE b.aggregation WHEN 'max' THEN MAX(b.measured) ELSE SUM(b.measured) END)::text,
                   SUM(b.cost_billed)::text,
                   SUM(b.cost_effective)::text,
                   SUM(b.cost_list)::text,
                   SUM(b.cost_contracted)::text,
                   SUM(b.row_count)::bigint
              FROM by_stream b
              JOIN cloud_usage_stream s ON s.id = b.stream_id
          GROUP BY b.position, b.aggregation, COALESCE(s.unit, ''), COALESCE(s.currency, '')
          ORDER BY b.position, COALESCE(s.unit, ''), COALESCE(s.currency, '')
            """,
            {
                "line_ids": list(columns[1]),
                "aggregations": list(columns[2]),
                "bases": list(columns[3]),
                "months": list(columns[4]),
                "starts": list(columns[5]),
                "ends": list(columns[6]),
                "company_id": company.id,
                "number": number,
            },
        )
        return [
            Totals(requests[position - 1].key, unit, currency, *map(_decimal, numbers), row_count)
            for position, unit, currency, *numbers, row_count in self.env.cr.fetchall()
        ]

    def _get_requests(self, charges):
        """The TotalsRequest, with the charge's id as key, of each metered charge.

        A charge over a whole month of the provider takes all rows of that month; over a part of it, it is cut at its
        own bounds by the rows' service start.
        """
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            SELECT c.id, c.subscription_line_id, m.aggregation, m.basis, c.billing_month,
                   {_CHARGE_START}, {_CHARGE_END}
              FROM cloud_charge c
              JOIN cloud_meter m ON m.id = c.meter_id
             WHERE c.id = ANY(%s)
          ORDER BY c.id
            """,
            [charges.ids],
        )
        return [TotalsRequest(*values) for values in self.env.cr.fetchall()]

    # === BUSINESS: WHAT CHANGED === #

    def _changed_charges(self, company, number, charges):
        """Those of the metered charges that count other rows as of `number` than as of their own usage number.

        Late, restated, undone and remapped usage alike. Rows are read only of streams that were delivered, undone or
        remapped in between, and compared by content: a month delivered again with the same rows changes nothing.
        """
        if not charges:
            return charges
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            WITH charge AS (
                SELECT c.id, c.subscription_line_id, c.usage_number, c.billing_month,
                       {_CHARGE_START} AS utc_start,
                       {_CHARGE_END} AS utc_end
                  FROM cloud_charge c
                 WHERE c.id = ANY(%(charge_ids)s)
                   AND c.company_id = %(company_id)s
                   AND c.meter_id IS NOT NULL
                   AND c.usage_number < %(number)s
            ),
            candidate AS (
                SELECT c.*, a.stream_id
                  FROM charge c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                 WHERE a.from_number <= %(number)s
                   AND (a.to_number = 0 OR a.to_number > c.usage_number)
                   AND (a.from_number > c.usage_number
                        OR a.to_number BETWEEN c.usage_number + 1 AND %(number)s
                        OR EXISTS (SELECT FROM {SUMMARY_TABLE} s
                                     JOIN cloud_usage_delivery d ON d.id = s.delivery_id
                                    WHERE s.stream_id = a.stream_id
                                      AND (d.billing_month IS NULL OR c.billing_month IS NULL
                                           OR d.billing_month = c.billing_month)
                                      AND (c.utc_start IS NULL OR s.last_service_start >= c.utc_start)
                                      AND (c.utc_end IS NULL OR s.first_service_start < c.utc_end)
                                      AND (d.import_number BETWEEN c.usage_number + 1 AND %(number)s
                                           OR d.superseded_number BETWEEN c.usage_number + 1 AND %(number)s))
                        OR EXISTS (SELECT FROM {EXCEPTION_TABLE} e
                                     JOIN {ROW_TABLE} r ON r.id = e.row_id
                                    WHERE r.stream_id = a.stream_id
                                      AND e.superseded_number BETWEEN c.usage_number + 1 AND %(number)s))
              GROUP BY c.id, c.subscription_line_id, c.usage_number, c.billing_month, c.utc_start, c.utc_end,
                       a.stream_id
            ),
            counted AS (
                SELECT c.id, r.row_key, r.payload_hash,
                       CASE WHEN {_as_of("%(number)s")} THEN 1 ELSE 0 END
                       - CASE WHEN {_as_of("c.usage_number")} THEN 1 ELSE 0 END AS n
                  FROM candidate c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                                           AND a.stream_id = c.stream_id
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id
                 WHERE {_IN_STRETCH}
                   AND (c.billing_month IS NULL OR r.billing_month = c.billing_month)
                   AND (c.utc_start IS NULL OR r.service_start >= c.utc_start)
                   AND (c.utc_end IS NULL OR r.service_start < c.utc_end)
            )
            SELECT DISTINCT id
              FROM (SELECT id FROM counted WHERE n <> 0 GROUP BY id, row_key, payload_hash HAVING SUM(n) <> 0) x
            """,
            {"charge_ids": charges.ids, "company_id": company.id, "number": number},
        )
        changed = {charge_id for (charge_id,) in self.env.cr.fetchall()}
        return charges.filtered(lambda charge: charge.id in changed)

    # === BUSINESS: THE ROWS BEHIND === #

    def _rows_behind(self, record, offset=0, limit=80):
        """A page of the usage rows that a charge or a rated line counted, oldest service first, as dicts.

        Numbers are exact text. `change` is 'counted' for an original; for a correction 'added' and 'gone', the rows in
        which it differs from what was billed before it. Costs are in it: what customers see is the caller's to choose.
        """
        line = record if record._name == "cloud.rated.line" else None
        charge = line.charge_id if line else record
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            WITH charge AS (
                SELECT c.id, c.subscription_line_id, c.usage_number, c.billing_month,
                       COALESCE((SELECT MAX(b.usage_number)
                                   FROM cloud_charge b
                                  WHERE c.corrects_id IN (b.id, b.corrects_id)
                                    AND b.id <> c.id
                                    AND b.usage_number < c.usage_number), 0) AS before_number,
                       GREATEST({_CHARGE_START}, %(start)s) AS utc_start,
                       LEAST({_CHARGE_END}, %(end)s) AS utc_end
                  FROM cloud_charge c
                 WHERE c.id = %(charge_id)s
            ),
            signed AS (
                SELECT r.id, r.row_key, r.payload_hash,
                       SUM(CASE WHEN {_as_of("c.usage_number")} THEN 1 ELSE 0 END
                           - CASE WHEN {_as_of("c.before_number")} THEN 1 ELSE 0 END) AS n
                  FROM charge c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id
                 WHERE {_IN_STRETCH}
                   AND (c.billing_month IS NULL OR r.billing_month = c.billing_month)
                   AND (c.utc_start IS NULL OR r.service_start >= c.utc_start)
                   AND (c.utc_end IS NULL OR r.service_start < c.utc_end)
              GROUP BY r.id
            ),
            counted AS (
                SELECT id, n,
                       ROW_NUMBER() OVER (PARTITION BY row_key, payload_hash, n ORDER BY id) AS nth,
                       COUNT(*) FILTER (WHERE n < 0) OVER (PARTITION BY row_key, payload_hash) AS gone,
                       COUNT(*) FILTER (WHERE n > 0) OVER (PARTITION BY row_key, payload_hash) AS added
                  FROM signed
                 WHERE n <> 0
            )
            SELECT r.id, i.name AS import_name, f.name AS file_name, r.row_no, r.external_id,
                   r.service_start, r.service_end, r.billing_month,
                   s.provider, s.provider_account, s.sub_account, s.service, s.sku, s.sku_name, s.region, s.charge_kind,
                   r.resource, r.quantity::text AS quantity, s.unit, s.currency,
                   r.cost_billed::text AS cost_billed, r.cost_effective::text AS cost_effective,
                   r.cost_list::text AS cost_list, r.cost_contracted::text AS cost_contracted,
                   CASE WHEN n.n < 0 THEN 'gone' WHEN %(is_correction)s THEN 'added' ELSE 'counted' END AS change
              FROM counted n
              JOIN {ROW_TABLE} r ON r.id = n.id
              JOIN cloud_usage_stream s ON s.id = r.stream_id
              JOIN cloud_usage_import i ON i.id = r.import_id
         LEFT JOIN cloud_usage_file f ON f.import_id = r.import_id AND f.sequence = r.file_sequence
             WHERE n.nth > CASE WHEN n.n > 0 THEN n.gone ELSE n.added END
          ORDER BY r.service_start, r.id
            OFFSET %(offset)s LIMIT %(limit)s
            """,
            {
                "charge_id": charge.id,
                "is_correction": bool(charge.corrects_id),
                "offset": offset,
                "limit": limit,
                **self._get_line_bounds(line),
            },
        )
        return self.env.cr.dictfetchall()

    def _get_line_bounds(self, line):
        """UTC bounds of a rated line that is a segment of its charge; None where it is all of it."""
        charge = line.charge_id if line else None
        if not line or (line.service_start, line.service_end) == (charge.service_start, charge.service_end):
            return {"start": None, "end": None}
        start, end = utc_bounds(line.service_start, line.service_end, charge.customer_id.tz)
        return {
            "start": start if line.service_start > charge.service_start else None,
            "end": end if line.service_end < charge.service_end else None,
        }

    # === BUSINESS: THE PROOF OF STATES === #

    def _get_states(self, company):
        """{state: (rows, {currency: billed cost})} of all live rows of a company; every state of STATES is there."""
        self.env.cr.execute(
            f"""
            SELECT v.state, COALESCE(s.currency, ''), COUNT(*), SUM(v.cost_billed)::text
              FROM {STATE_VIEW} v
              JOIN cloud_usage_stream s ON s.id = v.stream_id
             WHERE v.company_id = %s
          GROUP BY v.state, COALESCE(s.currency, '')
            """,
            [company.id],
        )
        states = {state: [0, {}] for state in STATES}
        for state, currency, row_count, cost in self.env.cr.fetchall():
            states[state][0] += row_count
            states[state][1][currency] = _decimal(cost) or Decimal(0)
        return {state: tuple(values) for state, values in states.items()}

    def _prove_states(self, company):
        """Whether every live row of a company is in exactly one state: {} when it is, else what differs.

        Rows, the sum of their ids and their billed cost must be the same counted by state as counted directly.
        """
        self.env.cr.execute(
            f"""
            SELECT COUNT(*), SUM(r.id)::text, SUM(r.cost_billed)::text
              FROM {ROW_TABLE} r
              JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             WHERE d.company_id = %(company_id)s
               AND d.import_number > 0
               AND d.superseded_number = 0
               AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = r.id AND e.kind = 'superseded')
         UNION ALL
            SELECT COUNT(*), SUM(v.id)::text, SUM(v.cost_billed)::text
              FROM {STATE_VIEW} v
             WHERE v.company_id = %(company_id)s
               AND v.state IN %(states)s
         UNION ALL
            SELECT SUM(s.row_count) - (SELECT COUNT(*)
                                         FROM {EXCEPTION_TABLE} e
                                         JOIN {ROW_TABLE} r ON r.id = e.row_id
                                         JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                                        WHERE d.company_id = %(company_id)s
                                          AND d.superseded_number = 0
                                          AND e.kind = 'superseded'),
                   NULL, NULL
              FROM {SUMMARY_TABLE} s
              JOIN cloud_usage_delivery d ON d.id = s.delivery_id
             WHERE d.company_id = %(company_id)s
               AND d.import_number > 0
               AND d.superseded_number = 0
            """,
            {"company_id": company.id, "states": STATES},
        )
        live, by_state, (summarised, _ids, _cost) = self.env.cr.fetchall()
        differences = {
            name: (first, second)
            for name, first, second in zip(("rows", "ids", "cost_billed"), live, by_state, strict=True)
            if first != second
        }
        if int(summarised or 0) != live[0]:
            differences["summaries"] = (live[0], int(summarised or 0))
        return differences


def _check_request(request):
    if request.aggregation not in AGGREGATIONS or request.basis not in BASES:
        raise ValueError(f"not an aggregation and a basis of usage: {request!r}")
    if request.billing_month is None and (request.utc_start is None or request.utc_end is None):
        raise ValueError(f"without a billing month both bounds are needed: {request!r}")


def _decimal(text):
    return None if text is None else parse_decimal(text)
