from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..usage.usage_schema import ROW_TABLE


class CloudUsageStore(models.AbstractModel):
    """What was fetched of records of this database whose totals grow."""

    _inherit = "cloud.usage.store"

    def _get_fetched_totals(self, source_id, keys):
        """{key: Decimal} of the events `key:...` of a source that count, or will once their import has its number.

        Only of keys that have such events.
        """
        found = self.env.execute_query(
            SQL(
                """
                SELECT split_part(r.external_id, ':', 1) AS key,
                       SUM(r.quantity)::text AS quantity
                  FROM %(row_table)s r
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id AND d.superseded_number = 0
                 WHERE r.source_id = %(source_id)s
                   AND r.scope = 0
                   AND split_part(r.external_id, ':', 1) = ANY(%(keys)s)
              GROUP BY 1
                """,
                row_table=SQL(ROW_TABLE),
                source_id=source_id,
                keys=list(keys),
            )
        )
        return {key: Decimal(quantity) for key, quantity in found}
