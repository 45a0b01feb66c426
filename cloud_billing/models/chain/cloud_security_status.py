from datetime import timedelta

from odoo import api, fields, models

from ..record.audit_schema import is_ours
from ..vault import key_store
from . import seal_keys

_SCREEN = "cloud_billing.cloud_audit_chain_action"
# Sealed each minute, verified each night: what is older than this has stopped.
_SEAL_WITHIN, _VERIFY_WITHIN = timedelta(minutes=15), timedelta(days=2)


class CloudSecurityStatus(models.AbstractModel):
    """Whether the record is sealed, verified, anchored outside, and out of the server's own reach."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _make_record_check(self, key, title, state, text):
        button = self.env._("Seal and Verification") if state != "ok" else None
        return self._make_check(key, "record", title, state, text, button, _SCREEN if button else None)

    def _check_record_sealed(self, chains, now):
        title = self.env._("Audit trail is sealed")
        try:
            seal_keys.load_all(self.env)
        except key_store.KeyStoreError:
            text = self.env._("The key of the seal cannot be read, so events wait. The screen says where it should be.")
            return self._make_record_check("record_sealed", title, "off", text)
        since = min((chain.waiting_since for chain in chains if chain.waiting_since), default=now)
        if since < now - _SEAL_WITHIN:
            text = self.env._("Events have waited since %(since)s: look at the scheduled action.", since=since)
            return self._make_record_check("record_sealed", title, "off", text)
        return self._make_record_check("record_sealed", title, "ok", self.env._("All but the newest events."))

    def _check_record_verified(self, chains, now):
        title = self.env._("Audit trail was verified")
        bad = chains.filtered(lambda chain: chain.state not in (False, "ok"))
        if bad:
            text = self.env._("The last verification found something: %(chains)s.", chains=_name(bad))
            return self._make_record_check("record_verified", title, "off", text)
        late = chains.filtered(lambda chain: not chain.verified_at or chain.verified_at < now - _VERIFY_WITHIN)
        if late:
            text = self.env._("Not within two days: %(chains)s. Verify now.", chains=_name(late))
            return self._make_record_check("record_verified", title, "warning", text)
        return self._make_record_check("record_verified", title, "ok", self.env._("Within two days, and in order."))

    def _check_record_anchored(self, chains):
        title = self.env._("Audit trail is anchored outside")
        options = key_store.read_options()
        outside = options.get("audit_anchor_file") or options.get("audit_anchor_syslog")
        bare = chains.filtered(lambda chain: not chain.anchor_email)
        if bare and not outside:
            text = self.env._(
                "Whoever writes to the database can cut off the end of the audit trail unseen: %(chains)s. An auditor "
                "names a mail address; or name a file or syslog in odoo.conf (docs/control.md).",
                chains=_name(bare),
            )
            return self._make_record_check("record_anchored", title, "off", text)
        return self._make_record_check("record_anchored", title, "ok", self.env._("Its end is kept each day."))

    def _check_record_owner(self):
        title = self.env._("Audit tables belong to another database role")
        if is_ours(self.env.cr):
            text = self.env._(
                "Who runs SQL as the server can switch their guards off. That is found by verification; another owner "
                "prevents it (docs/control.md, A separate owner of the tables)."
            )
            return self._make_check("record_owner", "record", title, "warning", text)
        text = self.env._("The server can add to them and do nothing else.")
        return self._make_check("record_owner", "record", title, "ok", text)

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        now = fields.Datetime.now()
        chains = self.env["cloud.audit.chain"].search([("company_id", "in", [*self.env.companies.ids, False])])
        return [
            *super()._get_security_checks(),
            self._check_record_sealed(chains, now),
            self._check_record_verified(chains, now),
            self._check_record_anchored(chains),
            self._check_record_owner(),
        ]


def _name(chains):
    return ", ".join(chains.mapped("display_name"))
