import logging

from odoo import api, fields, models
from odoo.tools import SQL

from . import key_messages, vault_schema
from .key_store import KeyStoreError, get_store

_logger = logging.getLogger(__name__)


class CloudVaultKey(models.Model):
    """The versions of the key that encrypts the secrets: what is known of them, not the key, which is elsewhere.

    One key for the whole database, whatever its companies. A version is registered when it is first used, with a
    fingerprint that tells the right key file from that of another database.
    """

    _name = "cloud.vault.key"
    _inherit = ["cloud.read.only.mixin"]
    _description = "Version of the Key"
    _auto = False
    _order = "version desc"
    _rec_name = "version"

    version = fields.Integer(readonly=True, aggregator=None)
    fingerprint = fields.Char(readonly=True, help="Tells one key from another. Nobody gets from it to the key.")
    place = fields.Char(
        string="Kept In", readonly=True, help="File, environment variable or command, when it was first used."
    )
    made_at = fields.Datetime(string="First Used", readonly=True)
    saved_at = fields.Datetime(string="Backup Copy", readonly=True, help="When a backup copy was last downloaded.")
    saved_by = fields.Many2one("res.users", string="Downloaded By", readonly=True)
    retired_at = fields.Datetime(
        string="Retired",
        readonly=True,
        help="No secret of this database needs it any more. Backups made before still do: keep it with them.",
    )
    secret_count = fields.Integer(
        string="Secrets", readonly=True, help="How many secrets it protects, of all companies."
    )
    is_current = fields.Boolean(string="Current", readonly=True)
    warning = fields.Char(compute="_compute_warning")

    def init(self):
        vault_schema.create(self.env.cr)

    # === COMPUTE === #

    def _compute_warning(self):
        for key in self:
            key.warning = key.is_current and self._get_warning()

    @api.model
    def _get_warning(self):
        """What is wrong with where the key is kept now, though it can be read; False where nothing is."""
        try:
            store = get_store(self.env.cr.dbname)
        except KeyStoreError as error:
            return key_messages.explain(self.env, error)
        return store.is_open() and self.env._(
            "Other users of this machine can read the key file: give it the mode 600, then rotate the key."
        )

    # === CRUD === #

    def _get_refusal(self):
        return self.env._("Versions of the key come by Rotate, and are not changed by hand.")

    # === BUSINESS: FAILURES === #

    @api.model
    def _note_failure(self, sentence):
        """Record a failure in a transaction of its own, at most once an hour for the same sentence."""
        _logger.warning("%s", sentence)
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr)
            known = env.execute_query(
                SQL(
                    """
                SELECT 1
                  FROM cloud_audit_event
                 WHERE action = 'key_failed'
                   AND reason = %s
                   AND occurred_at > (clock_timestamp() AT TIME ZONE 'UTC') - interval '1 hour'
                 LIMIT 1
                """,
                    sentence,
                )
            )
            if not known:
                env["cloud.audit.event"]._record("key_failed", reason=sentence)
