import gzip
import json
import os
from datetime import datetime
from pathlib import Path

from odoo import api, models
from odoo.tools import SQL, config

from ..record.audit_schema import EVENT_TABLE
from .seal_schema import SEAL_TABLE

_PAGE = 5000


class CloudAuditExport(models.AbstractModel):
    """The whole audit trail as a file beside Odoo's attachments: what is left of it where the add-on goes."""

    _name = "cloud.audit.export"
    _description = "Export of the Whole Record"

    @api.model
    def _save(self, now):
        """Write events with their seals, one JSON object per line, compressed; the Path of the file.

        now: datetime, a part of the file's name. Raises OSError where it cannot be written.
        """
        folder = Path(config["data_dir"], "cloud_billing")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{self.env.cr.dbname}-audit-{now:%Y%m%d-%H%M%S}.jsonl.gz"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8") as file:
                for row in self._read_rows():
                    file.write(json.dumps(row, ensure_ascii=False, default=_as_text) + "\n")
            raw.flush()
            os.fsync(raw.fileno())
        return path

    def _read_rows(self):
        """All events in their order, a page at a time: dicts of the columns, with those of the seal or None."""
        last = 0
        while True:
            rows = self.env.execute_query_dict(
                SQL(
                    """
                SELECT e.*, to_jsonb(s) AS seal
                  FROM (SELECT * FROM %s e WHERE e.id > %s ORDER BY e.id LIMIT %s) e
             LEFT JOIN %s s ON s.event_id = e.id
              ORDER BY e.id
                    """,
                    SQL(EVENT_TABLE),
                    last,
                    _PAGE,
                    SQL(SEAL_TABLE),
                )
            )
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1]["id"]


def _as_text(value):
    return value.isoformat() if isinstance(value, datetime) else bytes(value).hex()
