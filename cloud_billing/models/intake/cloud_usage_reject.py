from odoo import models

from ..usage.usage_schema import ROW_TABLE


class CloudUsageReject(models.Model):
    """What becomes of rows that could not be read when their file is read again."""

    _inherit = "cloud.usage.reject"

    def _set_read_again(self, former, again):
        """Note on the open rejects of an import that their rows came in with another one, read from the same files."""
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            UPDATE cloud_usage_reject q
               SET state = 'corrected',
                   resolution = %(name)s,
                   resolved_import_id = %(again_id)s
              FROM {ROW_TABLE} r
              JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             WHERE d.import_id = %(again_id)s
               AND r.scope = 0
               AND q.import_id = %(former_id)s
               AND q.kind = 'rejected'
               AND q.state = 'open'
               AND q.file_sequence = r.file_sequence
               AND q.row_no = r.row_no
            """,
            {"name": again.name, "again_id": again.id, "former_id": former.id},
        )
        self.invalidate_model()
