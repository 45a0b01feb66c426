import json

from odoo import models

from ...engine.schedule import utc_bounds
from .usage_counting import CHARGE_END, CHARGE_START, IN_STRETCH, IS_RECURRING, as_of, passes_filters
from .usage_dimensions import get_dimension_sql
from .usage_levels_sql import CHARGE_REQUEST, IS_COUNTED, get_levels_sql
from .usage_reads import EVERYTHING
from .usage_schema import ASSIGNMENT_TABLE, ROW_TABLE


class CloudUsageStore(models.AbstractModel):
    """The rows behind an amount, each with its file and row."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: THE ROWS BEHIND === #

    def _rows_behind(self, record, offset=0, limit=80, combinations=None):
        """A page of the usage rows that a charge or a rated line counted, oldest service first, as dicts.

        Numbers are exact text. `change` is 'counted' for an original, or 'carried' for a row from before it whose level
        still held; for a correction 'added' and 'gone', the rows in which it differs from what was billed before it.
        Costs are in it: what customers see is the caller's to choose.

        combinations: of dimension values, tuples of ((name, value), ...) with the same names in the same order; only
        rows that have one of them are given. None for all rows.
        """
        line = record if record._name == "cloud.rated.line" else None
        charge = line.charge_id if line else record
        for model in ("cloud.charge", "cloud.meter", "cloud.meter.filter", "cloud.customer"):
            self.env[model].flush_model()
        self.env.cr.execute(
            f"""
            WITH charge AS (
                SELECT c.id, c.subscription_line_id, c.usage_number, c.billing_month, c.meter_id, c.company_id,
                       COALESCE((SELECT MAX(b.usage_number)
                                   FROM cloud_charge b
                                  WHERE c.corrects_id IN (b.id, b.corrects_id)
                                    AND b.id <> c.id
                                    AND b.usage_number < c.usage_number), 0) AS before_number,
                       GREATEST({CHARGE_START}, %(start)s) AS utc_start,
                       LEAST({CHARGE_END}, %(end)s) AS utc_end,
                       {IS_RECURRING} AS is_recurring
                  FROM cloud_charge c
                  JOIN cloud_meter m ON m.id = c.meter_id
                 WHERE c.id = %(charge_id)s
            ),
            signed AS (
                SELECT r.id, r.row_key, r.payload_hash, TRUE AS is_event,
                       SUM(CASE WHEN {as_of("c.usage_number")} THEN 1 ELSE 0 END
                           - CASE WHEN {as_of("c.before_number")} THEN 1 ELSE 0 END) AS n
                  FROM charge c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE NOT c.is_recurring
                   AND {IN_STRETCH}
                   AND (c.billing_month IS NULL OR r.billing_month = c.billing_month)
                   AND (c.utc_start IS NULL OR r.service_start >= c.utc_start)
                   AND (c.utc_end IS NULL OR r.service_start < c.utc_end)
                   AND {passes_filters("c.meter_id")}
              GROUP BY r.id
            ),
            request AS (
                SELECT v.n AS position, v.as_of, v.n, {CHARGE_REQUEST}, g.utc_start, g.utc_end,
                       COALESCE(g.utc_start, c.utc_start) AS level_start, COALESCE(g.utc_end, c.utc_end) AS level_end
                  FROM charge g
                  JOIN cloud_charge c ON c.id = g.id
                  JOIN cloud_meter m ON m.id = c.meter_id
                  JOIN cloud_customer u ON u.id = c.customer_id
            CROSS JOIN LATERAL (VALUES (g.usage_number, 1), (g.before_number, -1)) AS v (as_of, n)
                 WHERE g.is_recurring
            ),
            {get_levels_sql("q.as_of", EVERYTHING, ", q.as_of, q.n")},
            behind AS (
                SELECT * FROM signed
                 UNION ALL
                SELECT id, row_key, payload_hash, bool_and(is_event), SUM(n)
                  FROM level
                 WHERE {IS_COUNTED}
              GROUP BY id, row_key, payload_hash
            ),
            paired AS (
                SELECT id, n, is_event,
                       ROW_NUMBER() OVER (PARTITION BY row_key, payload_hash, n ORDER BY id) AS nth,
                       COUNT(*) FILTER (WHERE n < 0) OVER (PARTITION BY row_key, payload_hash) AS gone,
                       COUNT(*) FILTER (WHERE n > 0) OVER (PARTITION BY row_key, payload_hash) AS added
                  FROM behind
                 WHERE n <> 0
            )
            SELECT r.id, i.name AS import_name, f.name AS file_name, r.row_no, r.external_id,
                   r.service_start, r.service_end, r.billing_month,
                   s.provider, s.provider_account, s.sub_account, s.service, s.sku, s.sku_name, s.region, s.charge_kind,
                   r.resource, r.tags, r.quantity::text AS quantity, s.unit, s.currency,
                   r.cost_billed::text AS cost_billed, r.cost_effective::text AS cost_effective,
                   r.cost_list::text AS cost_list, r.cost_contracted::text AS cost_contracted,
                   CASE WHEN n.n < 0 THEN 'gone'
                        WHEN %(is_correction)s THEN 'added'
                        WHEN n.is_event THEN 'counted'
                        ELSE 'carried' END AS change
              FROM paired n
              JOIN {ROW_TABLE} r ON r.id = n.id
              JOIN cloud_usage_stream s ON s.id = r.stream_id
              JOIN cloud_usage_import i ON i.id = r.import_id
         LEFT JOIN cloud_usage_file f ON f.import_id = r.import_id AND f.sequence = r.file_sequence
             WHERE n.nth > CASE WHEN n.n > 0 THEN n.gone ELSE n.added END
               AND (%(dimensions)s::text[] IS NULL
                    OR ARRAY(SELECT COALESCE({get_dimension_sql("d.name")}, '')
                               FROM unnest(%(dimensions)s::text[]) WITH ORDINALITY d (name, place)
                           ORDER BY d.place)
                       IN (SELECT ARRAY(SELECT jsonb_array_elements_text(v.value))
                             FROM jsonb_array_elements(%(combinations)s::jsonb) v))
          ORDER BY r.service_start, r.id
            OFFSET %(offset)s LIMIT %(limit)s
            """,
            {
                "charge_id": charge.id,
                "company_id": charge.company_id.id,
                "is_correction": bool(charge.corrects_id),
                "offset": offset,
                "limit": limit,
                "dimensions": None if combinations is None else [name for name, _value in combinations[0]],
                "combinations": json.dumps([[value for _name, value in one] for one in combinations or ()]),
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
