from odoo import api, fields, models
from odoo.addons.base.models.res_users import check_identity
from odoo.exceptions import AccessError, UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from . import envelope, keys, vault_schema
from .key_store import KeyStoreError, get_store

BATCH = 200
_SECRETS = SQL(vault_schema.SECRET_TABLE)
_KEYS = SQL(vault_schema.KEY_TABLE)


class CloudVaultKey(models.Model):
    """What billing administrators do with the key: a backup copy, a new version, a new beginning where it is lost."""

    _inherit = "cloud.vault.key"

    # === ACTIONS === #
    # Each asks for the password again, as Odoo does before anything that matters for security.

    @check_identity
    def action_download_copy(self):
        """The key file, to be kept apart from the backups of the database."""
        self._check_administrator()
        return {"type": "ir.actions.act_url", "url": "/cloud_billing/vault/key", "target": "self"}

    @check_identity
    def action_rotate(self):
        """Make a new version of the key and encrypt the data keys of all secrets with it."""
        self._check_administrator()
        return self._rotate()

    @check_identity
    def action_forget_all(self):
        """Delete all secrets, where the key is lost."""
        self._check_administrator()
        return self._forget_all()

    # === BUSINESS: ROTATION === #

    def _rotate(self):
        """See action_rotate. Secrets stay readable meanwhile; what is not done at once the schedule does."""
        known = keys.fetch_fingerprints(self.env)
        if not known:
            raise UserError(self.env._("There is no key yet: it is made when the first secret is set."))
        newest = max(known)
        try:
            store = get_store(self.env.cr.dbname)
            found = store.add(newest) if store.can_make else store.load_anew()
            keys.check(store, found, {newest: known[newest]})
            if max(found) <= newest:
                raise KeyStoreError("no_newer", place=store.place, version=newest)
        except KeyStoreError as error:
            raise keys.refuse(self.env, error) from None
        version = max(found)
        keys.register(self.env, store, version, found[version])
        self.env["cloud.audit.event"]._record("key_rotated", detail={"old": newest, "new": version})
        # sudo: lends the right to start the schedule.
        self.env.ref("cloud_billing.cron_rewrap_secrets").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Version %(version)s of the key is in use. The secrets are taken over in the background; "
                    "download a backup copy of the key now.",
                    version=version,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _cron_rewrap_secrets(self):
        """Take all secrets over to the current version, in batches that are committed; then retire the others."""
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=self._count_behind())
        while count := retrying(self._rewrap_batch, self.env):
            if not progress(count):
                return
        retrying(self._retire, self.env)

    def _rewrap_batch(self):
        """Wrap the data keys of one batch with the current version; how many they were. The values stay as they are."""
        known = keys.fetch_fingerprints(self.env)
        if not known:
            return 0
        newest = max(known)
        rows = self.env.execute_query(
            SQL(
                """
            SELECT id, company_id, res_model, res_id, name, key_version, wrapped_key
              FROM %s
             WHERE key_version < %s
          ORDER BY id
             LIMIT %s
               FOR UPDATE
            """,
                _SECRETS,
                newest,
                BATCH,
            )
        )
        if not rows:
            return 0
        found = keys.read(self.env, {newest, *(row[5] for row in rows)})
        wrapped = []
        for secret_id, *place, version, wrapped_key in rows:
            try:
                data_key = envelope.unwrap(wrapped_key, found[version], version, place)
            except envelope.EnvelopeError:
                # It opens with no version; its user is told so by _reveal. What opens is taken over all the same.
                wrapped.append(SQL("(%s, %s)", secret_id, bytes(wrapped_key)))
            else:
                wrapped.append(SQL("(%s, %s)", secret_id, envelope.wrap(data_key, found[newest], newest, place)))
        self.env.execute_query(
            SQL(
                """
            UPDATE %s s
               SET key_version = %s, wrapped_key = w.wrapped_key
              FROM (VALUES %s) AS w (id, wrapped_key)
             WHERE s.id = w.id
         RETURNING s.id
            """,
                _SECRETS,
                newest,
                SQL(", ").join(wrapped),
            )
        )
        self.env["cloud.secret"].invalidate_model()
        return len(rows)

    def _retire(self):
        """Retire the versions that no secret needs any more."""
        retired = self.env.execute_query(
            SQL(
                """
            UPDATE %s k
               SET retired_at = %s
             WHERE retired_at IS NULL
               AND version < (SELECT MAX(version) FROM %s)
               AND NOT EXISTS (SELECT 1 FROM %s s WHERE s.key_version = k.version)
         RETURNING version
            """,
                _KEYS,
                fields.Datetime.now(),
                _KEYS,
                _SECRETS,
            )
        )
        self.invalidate_model()
        for (version,) in retired:
            self.env["cloud.audit.event"]._record("key_retired", detail={"version": version})

    def _count_behind(self):
        [(count,)] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM %s WHERE key_version < (SELECT MAX(version) FROM %s)", _SECRETS, _KEYS)
        )
        return count

    # === BUSINESS: COPY === #

    def _note_copy(self):
        """A person has just downloaded the key file: all versions known now have a copy."""
        self.env.execute_query(
            SQL(
                "UPDATE %s SET saved_at = %s, saved_by = %s RETURNING version",
                _KEYS,
                fields.Datetime.now(),
                self.env.uid,
            )
        )
        self.invalidate_model()
        self.env["cloud.audit.event"]._record(
            "key_copied", detail={"versions": sorted(keys.fetch_fingerprints(self.env))}
        )

    @api.model
    def _is_copy_wanted(self):
        """Whether a version that secrets need is in a key file, and nobody has downloaded a copy of it."""
        try:
            is_file = get_store(self.env.cr.dbname).can_make
        except KeyStoreError:
            return False
        # sudo: lends the right to know that a copy is missing.
        return is_file and bool(
            self.sudo().search_count([("saved_at", "=", False), ("retired_at", "=", False)], limit=1)
        )

    # === BUSINESS: A LOST KEY === #

    def _forget_all(self):
        """See action_forget_all. Refused as long as the key can be read: then secrets are removed one by one."""
        known = keys.fetch_fingerprints(self.env)
        try:
            store = get_store(self.env.cr.dbname)
            keys.check(store, store.load(), known)
        except KeyStoreError as error:
            problem = error.code
        else:
            raise UserError(
                self.env._(
                    "The key can be read, so nothing is lost. Remove secrets on the records that they belong to."
                )
            )
        # In the order in which a secret refers to its key.
        dropped = self.env.execute_query(SQL("DELETE FROM %s RETURNING id", _SECRETS))
        self.env.execute_query(SQL("DELETE FROM %s RETURNING version", _KEYS))
        self.env.invalidate_all()
        self.env["cloud.audit.event"]._record("secrets_forgotten", detail={"secrets": len(dropped), "why": problem})

    def _check_administrator(self):
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator does this with the key of the secrets."))
