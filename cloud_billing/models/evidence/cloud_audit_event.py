import json

from odoo import models
from odoo.fields import Domain

BATCH = 2000
COLUMNS = (
    "number", "when_utc", "company", "what", "person", "login", "from", "address", "model", "record_id", "record",
    "field", "old", "new", "details", "reason", "change_request",
)  # fmt: skip


class CloudAuditEvent(models.Model):
    """Events as rows of a file: one per value that changed, one for an event without."""

    _inherit = "cloud.audit.event"

    def _iterate_rows(self, domain):
        """Rows of COLUMNS of the events of a search domain that the person may read, oldest first, batch by batch."""
        domain, last = Domain(domain or []), 0
        while events := self.search(domain & Domain("id", ">", last), order="id", limit=BATCH):
            last = events[-1].id
            yield from (row for event in events for row in event._get_rows())
            events.invalidate_recordset()

    def _get_rows(self):
        changes = self.changes or [{}]
        detail = json.dumps(self.detail, ensure_ascii=False, sort_keys=True) if self.detail else None
        # sudo: lends the right to name the company of an event that may be read.
        company = self.sudo().company_id.name
        head = (
            self.id,
            self.occurred_at.isoformat(sep=" "),
            company,
            self.action,
            self.person_name,
            self.user_login,
            self.origin,
            self.address,
            self.res_model,
            self.res_id or None,
            self.res_name,
        )
        tail = (detail, self.reason, self.request_id or None)
        return [(*head, one.get("field"), one.get("old"), one.get("new"), *tail) for one in changes]
