from odoo import models

from ...engine.readers.own.condense import COUNT_TAG
from ..usage.usage_schema import ROW_TABLE


class CloudUsageStore(models.AbstractModel):
    """Condensed rows: for how many rows of the files they stand."""

    _inherit = "cloud.usage.store"

    def _count_original_rows(self, imports):
        """{import id: number of rows of its files} of imports whose rows are condensed; a corrected row is one."""
        if not imports:
            return {}
        self.env.cr.execute(
            f"""
            SELECT import_id, SUM(COALESCE((tags->>%s)::bigint, 1))::bigint
              FROM {ROW_TABLE}
             WHERE source_id = ANY(%s)
               AND scope = ANY(%s)
          GROUP BY import_id
            """,
            [COUNT_TAG, imports.source_id.ids, imports.ids],
        )
        return dict(self.env.cr.fetchall())
