from functools import partial

from odoo import models

from .usage_importer import ClaimLost


class Unconfirmed(Exception):
    """All is read, and rows that are there would change: the differences, for a person who decides."""


class Halted(ClaimLost):
    """Somebody wants the import to stop: whoever reads it lets it go behind the last chunk."""


class CloudUsageImporter(models.AbstractModel):
    """Stops where a person wants it: between two chunks, with what was read in its place."""

    _inherit = "cloud.usage.importer"

    def _check_claim(self, usage_import, token):
        result = super()._check_claim(usage_import, token)
        self.env.cr.execute("SELECT FROM cloud_usage_import_halt WHERE import_id = %s", [usage_import.id])
        if self.env.cr.rowcount:
            raise Halted
        return result

    def _run(self, usage_import, transaction):
        try:
            return super()._run(usage_import, transaction)
        except Halted:
            return transaction(partial(self._settle_halt, usage_import))
        except Unconfirmed as unconfirmed:
            return transaction(partial(usage_import._ask_to_confirm, *unconfirmed.args))

    def _check_differences(self, usage_import):
        if usage_import.must_confirm and usage_import._changes_rows():
            raise Unconfirmed(usage_import.differences)
        return super()._check_differences(usage_import)

    def _sweep(self, now):
        """Besides, cancel what was read by somebody who died before he looked."""
        left = self.env["cloud.usage.import"].search(
            [("halt_ids.kind", "=", "cancel"), "|", ("claim_until", "=", False), ("claim_until", "<", now)]
        )
        for usage_import in left:
            self._in_transaction(partial(self._settle_halt, usage_import))
        return super()._sweep(now)

    def _settle_halt(self, usage_import):
        """Let a paused import go; refuse a cancelled one."""
        usage_import.invalidate_recordset()
        halt = usage_import.halt_ids
        usage_import.write({"claim_token": False, "claim_until": False})
        if halt.kind == "cancel":
            user = halt.create_uid.name
            halt.unlink()
            usage_import._set_refused(self.env._("Cancelled by %(user)s.", user=user))
