import logging

from odoo import api, models
from odoo.exceptions import UserError

from . import anchors
from .heads import fetch_chains, fetch_heads
from .seal_schema import NO_COMPANY

_logger = logging.getLogger(__name__)


class CloudAuditAnchor(models.AbstractModel):
    """Keeps the heads of the chains outside: in a file and a syslog that odoo.conf names, and in mails to auditors."""

    _name = "cloud.audit.anchor"
    _description = "Anchors of the Record"

    # === ACTIONS === #

    def _cron_anchor_record(self):
        """Every day: seal, then put the head of each chain where it is kept."""
        try:
            self.env["cloud.audit.sealer"]._seal_waiting(everything=True)
        except UserError as error:
            # What is sealed already is anchored all the same.
            _logger.warning("The record is not sealed: %s", error)
        # The transaction of the schedule began before the seals.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self._anchor()

    # === BUSINESS === #

    @api.model
    def _anchor(self):
        """Keep the heads of all chains; the places, and what is wrong with a place, are in the audit trail."""
        heads = self._fetch_heads()
        if not heads:
            return
        lines = [anchors.format_line(self.env.cr.dbname, head) for head in heads]
        places, problems = [], []
        for keep in (lambda: anchors.append_file(self.env.cr.dbname, lines), lambda: anchors.send_syslog(lines)):
            try:
                place = keep()
            except OSError as error:
                problems.append(f"{error.filename or self.env._('syslog')}: {error.strerror or error}")
            else:
                places += [place] if place else []
        places += self._mail_all(heads)
        for problem in problems:
            _logger.error("An anchor of the record could not be kept: %s", problem)
        # sudo: which of the companies are still there; a chain outlives its company.
        companies = self.env["res.company"].sudo().browse(head.company_id for head in heads if head.company_id).exists()
        for head in heads:
            self.env["cloud.audit.event"]._record(
                "record_anchored",
                detail={"seq": head.seq, "mac": head.mac, "places": places, "problems": problems},
                company=companies & companies.browse(head.company_id),
            )

    @api.model
    def _fetch_heads(self, companies=None):
        """Heads of the chains of these companies and of no company; of all chains where not given."""
        chains = fetch_chains(self.env.cr) if companies is None else {NO_COMPANY, *companies.ids}
        return [
            anchors.Head(chain, seq, mac.hex(), sealed_at)
            for chain, seq, mac, sealed_at in fetch_heads(self.env.cr, chains)
        ]

    def _mail_all(self, heads):
        """Mail each address the heads of its companies and of no company; the addresses."""
        # sudo: lends the right to read the addresses of all companies.
        companies = self.env["res.company"].sudo().search([("cloud_anchor_email", "!=", False)])
        for email, its_companies in companies.grouped("cloud_anchor_email").items():
            wanted = {NO_COMPANY, *its_companies.ids}
            self._mail(email, [head for head in heads if head.company_id in wanted])
        return sorted(set(companies.mapped("cloud_anchor_email")))

    def _mail(self, email, heads, note=""):
        lines = [anchors.format_line(self.env.cr.dbname, head) for head in heads]
        introduction = self.env._(
            "Keep this mail. Each line is the end of a chain of the audit trail. To compare it: Control, Seal and "
            "Verification, Compare With Anchors."
        )
        body = self.env["ir.qweb"]._render(
            "cloud_billing.cloud_audit_anchor_mail", {"introduction": introduction, "note": note, "lines": lines}
        )
        # sudo: lends the right to send a mail of the server's own.
        self.env["mail.mail"].sudo().create(
            {
                "subject": self.env._("Anchor of the audit trail: %(database)s", database=self.env.cr.dbname),
                "email_to": email,
                "body_html": body,
                "auto_delete": False,
            }
        )

    @api.model
    def _get_text(self, companies):
        """The lines of a file with the anchors of these companies."""
        heads = self._fetch_heads(companies)
        return "".join(f"{anchors.format_line(self.env.cr.dbname, head)}\n" for head in heads)
