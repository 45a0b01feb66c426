import os
import stat
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..vault.key_store import FileStore, KeyStoreError, get_store

_SOON = timedelta(days=14)
_YEAR = timedelta(days=365)
_UNUSED = timedelta(days=90)


class CloudSecurityStatus(models.AbstractModel):
    """Keys of programs that call us, secrets of systems that we call, and the key that encrypts those."""

    _inherit = "cloud.security.status"

    # === BUSINESS: API KEYS === #

    def _check_api_keys(self):
        """Keys without an end, keys that end soon, and keys that nobody has used for 90 days."""
        now = fields.Datetime.now()
        keys = self.env["res.users.apikeys"].search([("user_id.active", "=", True)])
        endless = keys.filtered(lambda key: not key.expiration_date)
        ending = keys.filtered(lambda key: key.expiration_date and now <= key.expiration_date <= now + _SOON)
        unused = keys & self._fetch_unused_keys(now - _UNUSED)
        title = self.env._("API keys end")
        parts = []
        if endless:
            parts.append(
                self.env._(
                    "Without an end: %(keys)s. Whoever finds such a key may use it for ever. Make a new one that ends, "
                    "and remove it.",
                    keys=self._name_keys(endless),
                )
            )
        if ending:
            parts.append(
                self.env._(
                    "End within 14 days: %(keys)s. Make a new key before, and give it to the system that uses it.",
                    keys=self._name_keys(ending),
                )
            )
        if unused:
            parts.append(
                self.env._(
                    "Not used for 90 days: %(keys)s. Remove what nobody needs any more.", keys=self._name_keys(unused)
                )
            )
        if not parts:
            text = self.env._("%(count)s keys, each used, with an end that is not near.", count=len(keys))
            return self._make_check("api_keys", "keys", title, "ok", text)
        button = self._get_users_of(endless | ending | unused)
        return self._make_check("api_keys", "keys", title, "warning", "\n".join(parts), *button)

    @api.model
    def _fetch_unused_keys(self, since):
        """Keys that are older than `since` and not used after it, by the audit trail; none where that is younger."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key.id
                  FROM res_users_apikeys key
                 WHERE key.create_date < %(since)s
                   AND EXISTS (SELECT FROM cloud_audit_event WHERE occurred_at < %(since)s)
                   AND NOT EXISTS (
                           SELECT
                             FROM cloud_audit_event event
                            WHERE event.res_model = 'res.users.apikeys'
                              AND event.res_id = key.id
                              AND event.action = 'api_key_used'
                              AND event.occurred_at >= %(since)s
                       )
                """,
                since=since,
            )
        )
        return self.env["res.users.apikeys"].browse([key_id for (key_id,) in rows])

    def _name_keys(self, keys):
        return self._name_some(f"{key.name} ({key.user_id.login})" for key in keys)

    def _get_users_of(self, keys):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Owners of Keys"),
            "res_model": "res.users",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", keys.user_id.ids)],
        }
        return self.env._("Owners"), action

    # === BUSINESS: SECRETS === #

    def _check_key_copy(self):
        title = self.env._("Backup copy of the key")
        keys = {"button": self.env._("Key"), "action": "cloud_billing.cloud_vault_key_action"}
        if self.env["cloud.vault.key"]._is_copy_wanted():
            text = self.env._(
                "The key file of the secrets has no backup copy. Without the file every password of another system "
                "has to be typed again. Download it and keep it apart from the backups of the database."
            )
            return self._make_check("key_copy", "keys", title, "off", text, **keys)
        text = self.env._("Downloaded, kept by another system, or no secret needs a key yet.")
        return self._make_check("key_copy", "keys", title, "ok", text)

    def _check_key_file(self):
        """Whether others on the server may read the key file."""
        title = self.env._("Key file is the server's alone")
        try:
            store = get_store(self.env.cr.dbname)
        except KeyStoreError:
            store = None
        mode = _get_mode(store.path) if isinstance(store, FileStore) else None
        if mode is None or not mode & (stat.S_IRWXG | stat.S_IRWXO):
            text = self.env._("Nobody but the server's own user may read it, or there is no file.")
            return self._make_check("key_file", "keys", title, "ok", text)
        text = self.env._(
            "Other users of the server may read %(path)s, and with it every secret in a copy of the database. On the "
            "server: chmod 600 %(path)s",
            path=store.path,
        )
        return self._make_check("key_file", "keys", title, "off", text)

    def _check_old_secrets(self):
        count = self.env["cloud.secret"].search_count([("set_at", "<", fields.Datetime.now() - _YEAR)])
        title = self.env._("Age of secrets")
        if not count:
            text = self.env._("No password or token of another system is older than a year.")
            return self._make_check("old_secrets", "keys", title, "ok", text)
        text = self.env._(
            "%(count)s passwords or tokens of other systems are older than a year. Make new ones there, and type them "
            "here.",
            count=count,
        )
        return self._make_check(
            "old_secrets", "keys", title, "warning", text, self.env._("Secrets"), "cloud_billing.cloud_secret_action"
        )

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [
            *super()._get_security_checks(),
            self._check_api_keys(),
            self._check_key_copy(),
            self._check_key_file(),
            self._check_old_secrets(),
        ]


def _get_mode(path):
    try:
        return os.stat(path).st_mode
    except OSError:
        return None
