from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.connectors.secret import Secret
from ..control.open_record import open_record
from . import envelope, keys, vault_schema

MAX_LENGTH = 64 * 1024
_TABLE = SQL(vault_schema.SECRET_TABLE)


class CloudSecret(models.Model):
    """What may be seen of a secret: whose it is, a fingerprint, who set it and when. The value is written, never read.

    The model is a window on a table that SQL owns; the columns with the encrypted value are not in it. Values go in by
    `_put` and come out by `_reveal`, as `Secret`s, which code of the server alone can open.
    """

    _name = "cloud.secret"
    _inherit = ["cloud.read.only.mixin"]
    _description = "Secret"
    _auto = False
    _order = "res_model, res_id, name"
    _rec_name = "label"

    company_id = fields.Many2one("res.company", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record ID", readonly=True)
    owner_name = fields.Char(string="Of", compute="_compute_owner_name", help="The record that the secret belongs to.")
    name = fields.Char(string="Technical Name", readonly=True)
    label = fields.Char(string="Secret", readonly=True)
    fingerprint = fields.Char(
        readonly=True,
        help="The same value shows the same fingerprint within a company. Nobody gets from it to the value.",
    )
    set_by = fields.Many2one("res.users", readonly=True)
    set_at = fields.Datetime(readonly=True)
    key_version = fields.Integer(string="Version of the Key", readonly=True, aggregator=None)

    def init(self):
        vault_schema.create(self.env.cr)

    # === COMPUTE === #

    @api.depends("res_model", "res_id")
    def _compute_owner_name(self):
        for res_model, secrets in self.grouped("res_model").items():
            # sudo: lends the right to read what a record is called to who may see that it has a secret.
            Model = self.env[res_model].sudo() if res_model in self.env else None
            owners = Model.browse(secrets.mapped("res_id")).exists() if Model is not None else []
            names = {owner.id: owner.display_name for owner in owners}
            for secret in secrets:
                secret.owner_name = names.get(secret.res_id)

    # === ACTIONS === #

    def action_open_owner(self):
        """The record that the secret belongs to, where it is typed anew."""
        self.ensure_one()
        self.check_access("read")
        return open_record(self.env, self.res_model, self.res_id, self.owner_name)

    def action_rotate_key(self):
        """Make a new version of the key that all secrets are encrypted with; it asks for the password there."""
        return self.env["cloud.vault.key"].action_rotate()

    # === CRUD === #

    def _get_refusal(self):
        return self.env._("Secrets are set and removed on the record that they belong to.")

    # === BUSINESS: PUT AND DROP === #

    @api.model
    def _put(self, owner, name, value, label=None):
        """Set or replace one secret of a saved record with a company. The caller has checked who may.

        name: of the secret within its owner.   label: what people read; the name without one.
        Raises UserError where the value is empty or too long, or the key cannot be had.
        """
        owner.ensure_one()
        # Hidden in the logs before anything can fail.
        secret = Secret(value or "")
        if not secret or len(value) > MAX_LENGTH:
            raise UserError(
                self.env._(
                    "%(name)s of %(owner)s: a secret has between one and %(most)s characters.",
                    name=label or name,
                    owner=owner.display_name,
                    most=MAX_LENGTH,
                )
            )
        key, version = keys.take_current(self.env)
        company = owner.company_id
        wrapped_key, ciphertext = envelope.seal(value, key, version, self._get_place(owner, name))
        fingerprint = envelope.get_fingerprint(value, key, company.id)
        self._flush_owner(owner)
        [(secret_id,)] = self.env.execute_query(
            SQL(
                """
            INSERT INTO %s (company_id, res_model, res_id, name, label, fingerprint, set_at, set_by,
                            key_version, wrapped_key, ciphertext)
                 VALUES %s
            ON CONFLICT (res_model, res_id, name) DO UPDATE
                    SET company_id = excluded.company_id, label = excluded.label, fingerprint = excluded.fingerprint,
                        set_at = excluded.set_at, set_by = excluded.set_by, key_version = excluded.key_version,
                        wrapped_key = excluded.wrapped_key, ciphertext = excluded.ciphertext
              RETURNING id
            """,
                _TABLE,
                (
                    company.id,
                    owner._name,
                    owner.id,
                    name,
                    label or name,
                    fingerprint,
                    fields.Datetime.now(),
                    self.env.uid,
                    version,
                    wrapped_key,
                    ciphertext,
                ),
            )
        )
        self.invalidate_model()
        self._note("secret_set", [secret_id])

    @api.model
    def _drop(self, owners, names=None):
        """Delete secrets of records of one model, all of them without names. The records may be gone already."""
        condition = self._get_condition(owners, names)
        found = self.env.execute_query(SQL("SELECT id FROM %s WHERE %s ORDER BY id", _TABLE, condition))
        self._note("secret_dropped", [secret_id for (secret_id,) in found])
        self.env.execute_query(SQL("DELETE FROM %s WHERE %s RETURNING id", _TABLE, condition))
        self.invalidate_model()

    # === BUSINESS: REVEAL === #

    @api.model
    def _reveal(self, owner, names=None):
        """{name: Secret} of a record, of all its secrets without names; what was never set is absent.

        For code that uses them at once, never for an answer to anybody. Raises UserError, with the remedy, where the
        key cannot be had or a value does not open.
        """
        owner.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, name, label, key_version, wrapped_key, ciphertext FROM %s WHERE %s",
                _TABLE,
                self._get_condition(owner, names),
            )
        )
        if not rows:
            return {}
        known = keys.read(self.env, {row[3] for row in rows})
        secrets = {}
        for _id, name, label, version, wrapped_key, ciphertext in rows:
            try:
                value = envelope.open_sealed(
                    wrapped_key, ciphertext, known[version], version, self._get_place(owner, name)
                )
            except envelope.EnvelopeError:
                sentence = self.env._(
                    "%(label)s of %(owner)s cannot be read: what is stored was not set for this record, or was changed "
                    "in the database. Type it again.",
                    label=label,
                    owner=owner.display_name,
                )
                self.env["cloud.vault.key"]._note_failure(sentence)
                raise UserError(sentence) from None
            secrets[name] = Secret(value)
        self._note_use([row[0] for row in rows])
        return secrets

    @api.model
    def _describe(self, owners):
        """What a form may show of records of one model: {id: {name: {"fingerprint", "set_by", "set_at"}}}."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT s.res_id, s.name, s.fingerprint, p.name, s.set_at
              FROM %s s
         LEFT JOIN res_users u ON u.id = s.set_by
         LEFT JOIN res_partner p ON p.id = u.partner_id
             WHERE s.res_model = %s
               AND s.res_id = ANY(%s)
            """,
                _TABLE,
                owners._name,
                owners.ids,
            )
        )
        described = {owner_id: {} for owner_id in owners.ids}
        for owner_id, name, fingerprint, set_by, set_at in rows:
            described[owner_id][name] = {
                "fingerprint": fingerprint,
                "set_by": set_by or "",
                "set_at": fields.Datetime.to_string(set_at),
            }
        return described

    def _get_condition(self, owners, names):
        is_named = SQL("TRUE") if names is None else SQL("name = ANY(%s)", list(names))
        return SQL("res_model = %s AND res_id = ANY(%s) AND %s", owners._name, owners.ids, is_named)

    def _get_place(self, owner, name):
        """What a ciphertext belongs to: it opens for this company, record and name alone."""
        return (owner.company_id.id, owner._name, owner.id, name)

    def _flush_owner(self, owner):
        """The company of a new owner is in the database before its secret is."""
        owner.flush_recordset(["company_id"])

    # === BUSINESS: RECORD === #

    def _note(self, action, secret_ids):
        # sudo: lends the right to read names for the audit trail.
        self.env["cloud.audit.event"]._record(
            action,
            self.sudo().browse(secret_ids),
            detail=lambda secret: {
                "owner": secret.owner_name or f"{secret.res_model} {secret.res_id}",
                "name": secret.name,
                "fingerprint": secret.fingerprint,
                "key_version": secret.key_version,
            },
        )

    def _note_use(self, secret_ids):
        """Record that secrets were used: at most once an hour per secret and login, so that uses by the second do not
        drown the rest."""
        known = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT res_id
              FROM cloud_audit_event
             WHERE res_model = %s
               AND res_id = ANY(%s)
               AND action = 'secret_used'
               AND user_id = %s
               AND occurred_at > (clock_timestamp() AT TIME ZONE 'UTC') - interval '1 hour'
            """,
                self._name,
                secret_ids,
                self.env.uid,
            )
        )
        fresh = [secret_id for secret_id in secret_ids if (secret_id,) not in set(known)]
        if fresh:
            self._note("secret_used", fresh)
