from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudUsageImport(models.Model):
    """Shows how far an import in the background is, and stops it for a while.

    A paused import keeps its rows and its turn: later deliveries of its source wait until it goes on or is cancelled,
    because what is known already, and which delivery replaces which, is decided in the order in which they came.
    """

    _inherit = "cloud.usage.import"

    halt_ids = fields.One2many("cloud.usage.import.halt", "import_id", string="Halts")
    is_paused = fields.Boolean(string="Paused", compute="_compute_is_paused")
    # Since when and from where the present worker reads: what the time left is worked out from.
    begun_at = fields.Datetime(readonly=True, copy=False)
    begun_bytes = fields.Float(digits=(20, 0), readonly=True, copy=False)

    # === COMPUTE === #

    @api.depends("halt_ids.kind")
    def _compute_is_paused(self):
        for usage_import in self:
            usage_import.is_paused = "pause" in usage_import.halt_ids.mapped("kind")

    # === ACTIONS === #

    def action_pause(self):
        """Stop reading behind the chunk that is being taken in; what was read stays."""
        imports = self._begin("queued", "staging").filtered(lambda one: not one.halt_ids)
        imports.halt_ids.create([{"import_id": one.id, "kind": "pause"} for one in imports])
        for usage_import in imports:
            usage_import.message_post(body=self.env._("Paused by %(user)s.", user=self.env.user.name))

    def action_resume(self):
        """Go on behind the last chunk, as soon as it is this import's turn."""
        imports = self._begin("queued", "staging")
        if not all(one.is_paused for one in imports):
            raise UserError(self.env._("Only a paused import goes on."))
        imports.halt_ids.unlink()
        for usage_import in imports:
            usage_import.message_post(body=self.env._("Resumed by %(user)s.", user=self.env.user.name))
        self.env["cloud.usage.importer"]._wake_up()

    # === BUSINESS === #

    def get_progress(self):
        """How far an import in the background is, for its form.

        {state, is_paused, is_to_confirm, is_worked_on, waits_for: name of the import before it or None, rows,
        bytes, bytes_read, percent, seconds_left: or None where that cannot be told}
        """
        self.ensure_one()
        self.check_access("read")
        now = fields.Datetime.now()
        is_worked_on = self.state == "staging" and bool(self.claim_until and self.claim_until > now)
        return {
            "state": self.state,
            "is_paused": self.is_paused,
            "is_to_confirm": self.is_to_confirm,
            "is_worked_on": is_worked_on,
            "waits_for": self._get_earlier().name if self.state == "queued" else None,
            "rows": self.rows_read,
            "bytes": self._get_bytes(),
            "bytes_read": self.high_water_bytes,
            "percent": self.progress,
            "seconds_left": self._get_seconds_left(now) if is_worked_on else None,
        }

    def _get_seconds_left(self, now):
        """Seconds until all is read, at the pace of the present worker; None while there is none."""
        read = self.high_water_bytes - self.begun_bytes
        if not self.begun_at or read <= 0:
            return None
        left = self._get_bytes() - self.high_water_bytes
        return round(left * (now - self.begun_at).total_seconds() / read)

    def _get_earlier(self):
        """The import of the same source whose turn is before this one's: being read, or waiting for longer; or none."""
        return self.search(
            [("source_id", "=", self.source_id.id), ("id", "!=", self.id), "|", ("state", "=", "staging"),
             "&", ("state", "=", "queued"), ("id", "<", self.id)],
            order="state desc, id", limit=1,
        )  # fmt: skip

    def _halt(self, now):
        """Cancel these: at once where nobody reads them, else as soon as the reader looks."""
        busy = self.filtered(lambda one: one.state == "staging" and one.claim_until and one.claim_until > now)
        (busy.halt_ids).unlink()
        self.env["cloud.usage.import.halt"].create([{"import_id": one.id, "kind": "cancel"} for one in busy])
        return self - busy
