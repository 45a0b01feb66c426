from odoo import fields, models
from odoo.exceptions import UserError


class CloudUsageImport(models.Model):
    """An import that collects what is pushed to its source for a while, and gets its number then.

    What it holds was acknowledged to its sender: it is never refused or cancelled, only published; where that fails it
    is paused with the reason, and nothing of it goes away.
    """

    _inherit = "cloud.usage.import"

    state = fields.Selection(
        selection_add=[("collecting", "Collecting"), ("queued",)], ondelete={"collecting": "cascade"}
    )
    is_push = fields.Boolean(string="Pushed", readonly=True, copy=False)
    collect_until = fields.Datetime(
        readonly=True, copy=False, help="Batches are added until then; after it the import gets its number."
    )
    batch_ids = fields.One2many("cloud.push.batch", "import_id", string="Batches")
    correction_count = fields.Integer(
        string="Corrected Events", readonly=True, copy=False, help="Events that replace what their key said before."
    )
    cancelled_count = fields.Integer(
        string="Cancelled", readonly=True, copy=False, help="Events that their sender took back."
    )

    # What is pushed to a source goes into one import at a time.
    _one_collecting_per_source = models.UniqueIndex(
        "(source_id) WHERE state = 'collecting'", "Another import of this source collects what is pushed."
    )

    # === CRUD === #

    def _get_written_by_import(self):
        return super()._get_written_by_import() | {"is_push", "collect_until", "correction_count", "cancelled_count"}

    # === ACTIONS === #

    def action_cancel(self):
        """Stop an import; not one whose events were acknowledged to their sender."""
        if pushed := self.filtered("is_push"):
            raise UserError(
                self.env._(
                    "%(name)s holds events that their sender was told are here, so it cannot be cancelled. Let it be "
                    "imported, and undo it then.",
                    name=pushed[0].name,
                )
            )
        return super().action_cancel()

    def action_count_now(self):
        """Let an import that collects get its number now; what is pushed later goes into the next one."""
        self._begin("collecting")._end_collecting()

    def action_open_batches(self):
        """The requests that brought what this import holds."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_push_batch_action")
        return {**action, "domain": [("import_id", "=", self.id)]}

    # === BUSINESS === #

    def _end_collecting(self):
        """Add no more batches. The importer adds up what came: in a transaction that sees what this one waited for."""
        # Ending them wakes the scheduled action up, which would call itself for ever where there is none.
        if not self:
            return
        self.write({"state": "queued", "is_read": True})
        self.env.flush_all()
        self.env["cloud.usage.importer"]._wake_up()

    def _add_up_batches(self):
        """Take the counts of the batches over, once no other one can be added."""
        self.env.cr.execute(
            """
            UPDATE cloud_usage_import i
               SET rows_read = b.accepted + b.known + b.quarantined,
                   rows_accepted = b.accepted,
                   rows_known = b.known,
                   rows_quarantined = b.quarantined,
                   correction_count = b.corrections,
                   cancelled_count = b.cancelled
              FROM (SELECT COALESCE(SUM(accepted_count), 0) AS accepted,
                           COALESCE(SUM(known_count), 0) AS known,
                           COALESCE(SUM(quarantined_count), 0) AS quarantined,
                           COALESCE(SUM(correction_count), 0) AS corrections,
                           COALESCE(SUM(cancelled_count), 0) AS cancelled
                      FROM cloud_push_batch
                     WHERE import_id = %s) b
             WHERE i.id = %s
            """,
            [self.id, self.id],
        )
        self.invalidate_recordset(flush=False)

    def _brings_nothing(self):
        return super()._brings_nothing() and not self.cancelled_count

    def _set_refused(self, message, differences=False):
        """Keep acknowledged events whatever happens: pause with the reason, until a person lets it go on."""
        if not self.is_push:
            return super()._set_refused(message, differences)
        self.write({"state": "queued", "claim_token": False, "claim_until": False, "attempts": 0, "error": message})
        if not self.halt_ids:
            self.env["cloud.usage.import.halt"].create({"import_id": self.id, "kind": "pause"})
        return self.message_post(
            body=self.env._("Paused: %(reason)s Its events are kept. Resume it once that is mended.", reason=message)
        )

    def _check_undo(self):
        if self.is_push and (self.correction_count or self.cancelled_count):
            raise UserError(
                self.env._(
                    "%(name)s holds corrections and cancellations, which ended former rows. Push what is right.",
                    name=self.name,
                )
            )
        return super()._check_undo()

    def _get_report(self):
        report = super()._get_report()
        if self.cancelled_count or self.correction_count:
            report += " " + self.env._(
                "%(corrections)s events correct former ones, %(cancelled)s were cancelled.",
                corrections=self.correction_count,
                cancelled=self.cancelled_count,
            )
        return report
