import ast
import io
import tempfile

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.evidence.cloud_audit_event import COLUMNS
from ..models.evidence.digest_csv import DigestCsv

# Above this the file is made on the disk of the server.
IN_MEMORY = 8 * 2**20
CHUNK = 64 * 2**10


class CloudAuditFile(models.TransientModel):
    """Asks which events go into a file. The file is made when it is fetched, and that it was fetched is an event."""

    _name = "cloud.audit.file"
    _description = "File of Audit Events"

    domain = fields.Char(string="Which", default="[]", required=True, readonly=True)
    company_ids = fields.Many2many(
        "res.company", string="Companies", required=True, readonly=True, default=lambda self: self.env.companies
    )
    count = fields.Integer(string="Events", compute="_compute_count")

    # === COMPUTE === #

    @api.depends("domain")
    def _compute_count(self):
        for wizard in self:
            wizard.count = wizard._get_events().search_count(wizard._get_domain())

    # === ACTIONS === #

    def action_download(self):
        """The file; made anew when it is fetched."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/cloud_billing/audit_file/{self.id}", "target": "download"}

    # === BUSINESS === #

    @api.model
    def _open(self, domain):
        """The window for the events of a search domain."""
        wizard = self.create({"domain": str(list(domain or []))})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export Events"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_events(self):
        # Those of the window: fetched over HTTP the person's other companies would be in the file too.
        return self.env["cloud.audit.event"].with_context(allowed_company_ids=self.company_ids.ids)

    def _get_domain(self):
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(self.env["cloud.audit.event"])
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter cannot be read: choose it again.")) from error
        return domain

    def _make_file(self):
        """(file name, chunks of bytes). The head tells the filter, the count and the digest of what follows it."""
        self.ensure_one()
        events = self._get_events()
        events.check_access("read")
        body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when it was served
        rows = DigestCsv(body, COLUMNS)
        for row in events._iterate_rows(self._get_domain()):
            rows.write(row)
        facts = {"Events": self.count, "Rows": rows.count, "SHA-256": rows.digest}
        head = io.BytesIO()
        names = DigestCsv(head, ("Audit events", ", ".join(self.company_ids.mapped("name"))))
        for fact in {"Filter": "all" if self.domain == "[]" else self.domain, **facts}.items():
            names.write(fact)
        events._record("exported", detail={**facts, "filter": self.domain}, model="cloud.audit.event")
        return f"audit-{rows.digest[:12]}.csv", _serve(head.getvalue() + b"\r\n", body)


def _serve(head, body):
    yield head
    with body:
        body.seek(0)
        while chunk := body.read(CHUNK):
            yield chunk
