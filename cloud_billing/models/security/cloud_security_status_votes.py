from odoo import api, models


class CloudSecurityStatus(models.AbstractModel):
    """Approvals: whether votes take a second factor, and whether each of them is on record."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_vote_factor(self):
        domain = [("cloud_second_factor", "=", False), ("cloud_billing_state", "=", "live")]
        companies = self.env["res.company"].search(domain)
        title = self.env._("Second factor of votes")
        if not companies:
            text = self.env._("Whoever votes confirms it with a code of an authenticator, or with a passkey.")
            return self._make_check("vote_factor", "login", title, "ok", text)
        text = self.env._(
            "%(companies)s: a password is enough to approve. Switch on Votes Take a Second Factor, once every approver "
            "has enrolled one.",
            companies=self._name_some(companies.mapped("name")),
        )
        return self._make_check(
            "vote_factor", "login", title, "warning", text,
            self.env._("Settings"), "cloud_billing.cloud_settings_action",
        )  # fmt: skip

    def _check_votes_on_record(self):
        votes = self.env["cloud.change.request"]._find_unrecorded()
        title = self.env._("Votes on record")
        if not votes:
            text = self.env._("Of each vote the audit trail tells.")
            return self._make_check("votes_on_record", "record", title, "ok", text)
        text = self.env._(
            "%(requests)s: votes of which the audit trail does not tell, so nobody gave them at a screen. Somebody has "
            "written them into the database: look at what was applied, and verify the seal.",
            requests=self._name_some(votes.request_id.mapped("name")),
        )
        action = {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "cloud.change.vote",
            "views": [(False, "list")],
            "domain": [("id", "in", votes.ids)],
        }
        return self._make_check("votes_on_record", "record", title, "off", text, self.env._("See Which"), action)

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [*super()._get_security_checks(), self._check_vote_factor(), self._check_votes_on_record()]
