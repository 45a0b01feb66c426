from odoo import api, fields, models

from ..vault import key_messages, keys
from ..vault.key_store import KeyStoreError
from . import seal_keys, seal_schema
from .cloud_audit_verification import RESULTS


class CloudAuditChain(models.Model):
    """Where the chain of each company stands, and of the events that belong to no company: a window for auditors."""

    _name = "cloud.audit.chain"
    _description = "Seal and Verification"
    _inherit = ["cloud.read.only.mixin"]
    _auto = False
    _order = "company_id"

    company_id = fields.Many2one("res.company", readonly=True)
    sealed_count = fields.Integer(string="Sealed Events", readonly=True, aggregator=None)
    head = fields.Char(string="Last Seal", readonly=True, help="The end of the chain: what an anchor keeps.")
    sealed_at = fields.Datetime(string="Sealed Up To", readonly=True)
    waiting_count = fields.Integer(string="Not Yet Sealed", readonly=True, aggregator=None)
    waiting_since = fields.Datetime(readonly=True, help="Events are sealed each minute. Older ones wait for a key.")
    verified_at = fields.Datetime(string="Last Verification", compute="_compute_verification")
    state = fields.Selection(RESULTS, string="Result", compute="_compute_verification")
    result_text = fields.Text(string="What Is Wrong", compute="_compute_verification")
    anchor_email = fields.Char(string="Anchors Go To", compute="_compute_anchor_email")
    problem = fields.Char(compute="_compute_problem")

    def init(self):
        seal_schema.create(self.env)

    # === COMPUTE === #

    @api.depends("company_id")
    def _compute_display_name(self):
        for chain in self:
            chain.display_name = chain.company_id.display_name or self.env._("Events of no company")

    def _compute_verification(self):
        Verification = self.env["cloud.audit.verification"]
        # One statement for any number: the newest id of each chain.
        found = Verification._read_group(
            [("company_id", "in", [*self.company_id.ids, False])], ["company_id"], ["id:max"]
        )
        newest = {company: Verification.browse(verification_id) for company, verification_id in found}
        for chain in self:
            verification = newest.get(chain.company_id, Verification)
            chain.verified_at = verification.verified_at
            chain.state = verification.state
            chain.result_text = verification.result_text

    def _compute_anchor_email(self):
        for chain in self:
            # sudo: lends the right to read where the anchors go, to whoever may see the chain.
            chain.anchor_email = (chain.company_id or self.env.company).sudo().cloud_anchor_email

    def _compute_problem(self):
        try:
            seal_keys.load_all(self.env)
            problem = False
        except KeyStoreError as error:
            # Before the first key there is none to miss: the sealer makes it. Later the file is lost.
            is_first = error.code == "no_file" and not keys.fetch_fingerprints(self.env)
            problem = False if is_first else key_messages.explain(self.env, error)
        for chain in self:
            chain.problem = problem

    # === ACTIONS === #

    def action_seal(self):
        """Seal what waits now, and not within a minute."""
        self.env["cloud.audit.verification"]._check_may_verify()
        count = self.env["cloud.audit.sealer"]._seal_waiting()
        return self._notify(self.env._("Events that were sealed: %(count)s.", count=count), "success")

    def action_verify(self):
        """Follow the chains of the companies that the person works in."""
        Verification = self.env["cloud.audit.verification"]
        Verification._check_may_verify()
        verifications = Verification._verify(fields.Datetime.now(), companies=self.env.companies)
        bad = verifications.filtered(lambda verification: verification.state != "ok")
        if not bad:
            count = sum(verifications.mapped("sealed_count"))
            return self._notify(self.env._("The record is in order: %(count)s sealed events.", count=count), "success")
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.audit.verification",
            "name": self.env._("Not in Order"),
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", bad.ids)],
        }

    def action_open_verifications(self):
        """All verifications of this chain."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_audit_verification_action")
        return {**action, "domain": [("company_id", "=", self.company_id.id)]}

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    # === HOOKS === #

    def _get_refusal(self):
        return self.env._("The chains are written by the sealer alone.")
