import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..vault import key_messages
from ..vault.key_store import KeyStoreError
from . import anchors, seal_keys, verify
from .finding_sentences import explain
from .seal_schema import NO_COMPANY

_logger = logging.getLogger(__name__)

_ACTIVITY = "mail.mail_activity_data_warning"
RESULTS = [
    ("ok", "In order"),
    ("doubt", "To look at"),
    ("broken", "Altered"),
    ("no_key", "Cannot be verified"),
]
_RESULT = {
    "verified_at", "company_id", "user_id", "state", "sealed_count", "waiting_count", "anchor_count", "head",
    "findings", "finding_count", "first_event_id", "problem",
}  # fmt: skip


class CloudAuditVerification(models.Model):
    """One look at one chain from its first seal to its last: when, by whom, and what came of it.

    What it says is a convenience for people. The proof is to verify again, best from the command line.
    """

    _name = "cloud.audit.verification"
    _description = "Verification of the Record"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "verified_at"

    verified_at = fields.Datetime(string="When", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="cascade", help="Empty: the events that belong to no company."
    )
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    state = fields.Selection(RESULTS, string="Result", required=True, readonly=True)
    sealed_count = fields.Integer(string="Sealed Events", readonly=True, aggregator=None)
    waiting_count = fields.Integer(string="Not Yet Sealed", readonly=True, aggregator=None)
    anchor_count = fields.Integer(
        string="Anchors Compared", readonly=True, aggregator=None, help="Anchors kept outside the database that agree."
    )
    head = fields.Char(string="Last Seal", readonly=True)
    findings = fields.Json(string="Findings (Data)", readonly=True)
    finding_count = fields.Integer(string="Findings", readonly=True, aggregator=None)
    first_event_id = fields.Integer(string="First Bad Event", readonly=True, aggregator=None)
    result_text = fields.Text(string="What Is Wrong", compute="_compute_result_text")
    problem = fields.Char(readonly=True, help="Why it could not be verified.")

    # === COMPUTE === #

    @api.depends("verified_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for verification in self:
            verification.display_name = format_datetime(self.env, verification.verified_at)

    @api.depends("findings", "finding_count", "problem")
    def _compute_result_text(self):
        for verification in self:
            told = verification.findings or []
            lines = self._explain(told)
            if verification.finding_count > len(told):
                lines.append(self.env._("%(count)s more findings.", count=verification.finding_count - len(told)))
            if verification.problem:
                lines.append(verification.problem)
            verification.result_text = "\n".join(lines)

    # === CRUD === #

    def write(self, vals):
        """Only what mail keeps on a record: a result is never changed."""
        if _RESULT & vals.keys():
            raise UserError(self.env._("The result of a verification is never changed: verify again."))
        return super().write(vals)

    # === ACTIONS === #

    def action_open_first_event(self):
        """The first event that something is wrong with."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.audit.event",
            "res_id": self.first_event_id,
            "view_mode": "form",
            "name": self.env._("First Bad Event"),
        }

    def _cron_verify_record(self):
        """Every night: all chains. Auditors hear of what is not in order."""
        verifications = self._verify(fields.Datetime.now())
        verifications.filtered(lambda verification: verification.state != "ok")._alert()

    # === BUSINESS === #

    @api.model
    def _verify(self, now, companies=None, kept=None):
        """Seal what waits, follow the chains and keep what came of it; one record per chain.

        now: naive UTC.   companies: their chains and that of no company; all chains where not given.
        kept: {chain: {seq: set of MACs}} of anchors that the person brought, beside those of the anchor file.
        """
        problem = self._seal()
        checks, reading_problem = self._check(companies, kept)
        problem = problem or reading_problem
        # sudo: which companies there are, all of them; a chain outlives its company.
        known = set(self.env["res.company"].sudo().search([]).ids)  # pylint: disable=no-search-all
        # sudo: lends the right to keep what was found; nobody writes results by hand.
        verifications = self.sudo().create(
            [
                self._prepare_vals(check, now, problem, known)
                for check in checks.values()
                if check.company_id in known or check.count or check.waiting_count or check.findings
            ]
        )
        self.env["cloud.audit.event"]._record(
            "record_verified",
            verifications,
            detail=lambda verification: {
                "result": verification.state,
                "sealed": verification.sealed_count,
                "last_seal": verification.head,
                "findings": verification.finding_count,
            },
        )
        return verifications.sudo(False)

    def _seal(self):
        """Seal everything; the sentence of what is in the way, None where nothing is."""
        try:
            self.env["cloud.audit.sealer"]._seal_waiting(everything=True)
        except UserError as error:
            return str(error)
        return None

    def _check(self, companies, kept):
        """({chain: ChainCheck}, sentence of a key or an anchor file that cannot be read)."""
        known, filed, problem = self._load_outside()
        only = None if companies is None else {NO_COMPANY, *companies.ids}
        # The transaction of the person began before what waited was sealed.
        with self.env.registry.cursor() as cr:
            return verify.check_all(cr, known, anchors.merge(filed, kept or {}), only), problem

    @api.model
    def _check_for_print(self, texts):
        """The same on this cursor, for the command line: nothing is sealed or kept. texts: of files with anchors."""
        known, filed, problem = self._load_outside()
        kept = anchors.merge(filed, anchors.parse(texts))
        return verify.check_all(self.env.cr, known, kept), problem

    @api.model
    def _explain(self, findings):
        """The sentences of findings."""
        return [explain(self.env, finding) for finding in findings]

    def _load_outside(self):
        """What is not in the database: (keys, anchors of the file, sentence of what cannot be read)."""
        problem, known, filed = None, {}, {}
        try:
            known = seal_keys.load_all(self.env)
        except KeyStoreError as error:
            problem = key_messages.explain(self.env, error)
        try:
            filed = anchors.read_file(self.env.cr.dbname)
        except OSError as error:
            problem = problem or self.env._(
                "The anchor file %(path)s cannot be read: %(reason)s.",
                path=anchors.get_file(self.env.cr.dbname),
                reason=error.strerror,
            )
        return known, filed, problem

    def _prepare_vals(self, check, now, problem, known):
        first = next((finding["event_id"] for finding in check.findings if finding["event_id"]), 0)
        state = check.get_state()
        return {
            "verified_at": now,
            "company_id": check.company_id if check.company_id in known else False,
            "user_id": self.env.uid,
            "state": "no_key" if problem and state != "broken" else state,
            "sealed_count": check.count,
            "waiting_count": check.waiting_count,
            "anchor_count": check.anchor_count,
            "head": f"{check.seq}:{check.mac.hex()}" if check.seq else False,
            "findings": check.findings,
            "finding_count": check.finding_count,
            "first_event_id": first,
            "problem": problem,
        }

    def _alert(self):
        """Tell the auditors: an activity on each result, and a mail."""
        for verification in self:
            auditors = verification._get_auditors()
            summary = self.env._("The record is not in order: %(result)s", result=verification._get_state_label())
            for user in auditors:
                verification.activity_schedule(
                    _ACTIVITY, summary=summary, note=verification.result_text, user_id=user.id
                )
            verification.message_notify(
                partner_ids=auditors.partner_id.ids,
                subject=summary,
                body=verification.result_text,
                email_layout_xmlid="mail.mail_notification_light",
            )
            _logger.error("%s\n%s", summary, verification.result_text)

    def _get_state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _get_auditors(self):
        """Users with the auditor's role in the company; without any, the billing administrators."""
        for name in ("group_auditor", "group_administrator"):
            users = self.env.ref(f"cloud_billing.{name}")._get_cloud_members(self.company_id)
            if users:
                return users
        return self.env["res.users"]

    def _check_may_verify(self):
        roles = self.env.ref("cloud_billing.group_auditor") | self.env.ref("cloud_billing.group_administrator")
        if not self.env.user._has_role_now(roles):
            raise AccessError(self.env._("Only auditors and billing administrators verify the record."))
