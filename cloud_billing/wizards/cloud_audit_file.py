import io

from odoo import api, fields, models

from ..models.evidence import spooled_file
from ..models.evidence.cloud_audit_event import COLUMNS
from ..models.evidence.digest_csv import DigestCsv


class CloudAuditFile(models.TransientModel):
    """Asks which events go into a file. The file is made when it is fetched, and that it was fetched is an event."""

    _name = "cloud.audit.file"
    _description = "File of Audit Events"
    _inherit = ["cloud.list.file.mixin"]
    _listed = "cloud.audit.event"
    _route = "/cloud_billing/audit_file"

    domain = fields.Char(readonly=True)
    count = fields.Integer(string="Events", compute="_compute_count")

    # === COMPUTE === #

    @api.depends("domain")
    def _compute_count(self):
        for wizard in self:
            wizard.count = wizard._get_listed().search_count(wizard._get_domain())

    # === BUSINESS === #

    def _make_file(self):
        """(file name, chunks of bytes). The head tells the filter, the count and the digest of what follows it."""
        self.ensure_one()
        events = self._get_listed()
        events.check_access("read")
        body = spooled_file.open_file()
        rows = DigestCsv(body, COLUMNS)
        for row in events._iterate_rows(self._get_domain()):
            rows.write(row)
        facts = {"Events": self.count, "Rows": rows.count, "SHA-256": rows.digest}
        head = io.BytesIO()
        names = DigestCsv(head, ("Audit events", ", ".join(self.company_ids.mapped("name"))))
        for fact in {"Filter": "all" if self.domain == "[]" else self.domain, **facts}.items():
            names.write(fact)
        events._record("exported", detail={**facts, "filter": self.domain}, model="cloud.audit.event")
        return f"audit-{rows.digest[:12]}.csv", spooled_file.serve(body, head.getvalue() + b"\r\n")

    # === HOOKS === #

    def _get_title(self):
        return self.env._("Export Events")
