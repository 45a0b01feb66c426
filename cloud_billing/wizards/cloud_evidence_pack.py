import hashlib
import json
import zipfile

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import Manifest

from ..models.evidence import spooled_file

_REPORT = "cloud_billing.cloud_evidence_report"


class CloudEvidencePack(models.TransientModel):
    """Asks an auditor for a company and a range of days, and makes the evidence of it into one zip.

    Tables as CSV, a page of what is in it as PDF, and a manifest with the SHA-256 of each file. Made while it is
    fetched, a row at a time; nothing of it stays on the server. That it was made is an event, with the digest of the
    manifest.
    """

    _name = "cloud.evidence.pack"
    _description = "Evidence Pack"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_start = fields.Date(
        string="From", required=True, default=lambda self: fields.Date.today().replace(day=1) - relativedelta(months=3)
    )
    date_end = fields.Date(
        string="Until",
        required=True,
        default=lambda self: fields.Date.today().replace(day=1),
        help="The first day that is not in the pack any more. Days are those of UTC.",
    )

    _range = models.Constraint("CHECK (date_end > date_start)", "A range ends after it begins.")

    # === ACTIONS === #

    def action_download(self):
        """The pack; made when it is fetched."""
        self.ensure_one()
        self._check_auditor()
        return {"type": "ir.actions.act_url", "url": f"/cloud_billing/evidence/{self.id}", "target": "download"}

    # === BUSINESS === #

    def _check_auditor(self):
        """Raise AccessError unless an auditor of this very company asks."""
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_auditor")):
            raise AccessError(self.env._("Only auditors make evidence packs."))
        # sudo: lends the right to know of which companies the person is a member.
        if self.company_id not in self.env.user.sudo().company_ids:
            raise UserError(self.env._("Choose a company that you work in."))

    def _make_file(self):
        """(file name, chunks of bytes) of the zip."""
        self.ensure_one()
        self._check_auditor()
        pack = spooled_file.open_file()
        # sudo: who may have the pack was asked above; what is in it is the company's alone.
        company = self.company_id.sudo().with_context(allowed_company_ids=self.company_id.ids)
        with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
            files = []
            for part in self.env["cloud.evidence.part"]._get_parts(company, self.date_start, self.date_end):
                with archive.open(part.name, "w", force_zip64=True) as target:
                    files.append(self.env["cloud.evidence.part"]._write_part(part, target))
            manifest = self._get_manifest(files)
            files.append(self._write_report(archive, manifest))
            content = json.dumps({**manifest, "files": files}, indent=2, ensure_ascii=False).encode()
            archive.writestr("manifest.json", content)
        digest = hashlib.sha256(content).hexdigest()
        self.env["cloud.audit.event"]._record(
            "exported",
            company,
            detail={
                "what": "evidence pack",
                "from": self.date_start,
                "until": self.date_end,
                "manifest_sha256": digest,
            },
        )
        return f"evidence-{self.date_start}-{self.date_end}-{digest[:12]}.zip", spooled_file.serve(pack)

    def _get_manifest(self, files):
        return {
            "company": self.company_id.name,
            "from": str(self.date_start),
            "until": str(self.date_end),
            "made_at_utc": fields.Datetime.to_string(fields.Datetime.now()),
            "made_by": self.env.user.login,
            "database": self.env.cr.dbname,
            "version": Manifest.for_addon("cloud_billing")["version"],
            "files": list(files),
        }

    def _write_report(self, archive, manifest):
        """Write the page that says what is in the pack; its entry in the manifest."""
        # sudo: lends the right to render the page of one's own pack.
        content, _kind = (
            self.env["ir.actions.report"].sudo()._render_qweb_pdf(_REPORT, self.ids, data={"manifest": manifest})
        )
        archive.writestr("summary.pdf", content)
        return {"name": "summary.pdf", "rows": None, "sha256": hashlib.sha256(content).hexdigest()}
