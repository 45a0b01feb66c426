import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from .cloud_undo_line_posting import BATCH

_logger = logging.getLogger(__name__)


class CloudUndoPosting(models.AbstractModel):
    """From approved to reversed: batch by batch, each invoice once, whatever is killed in between."""

    _name = "cloud.undo.posting"
    _description = "Reversal of an Undo"

    # === BUSINESS === #

    def _get_waiting(self):
        """The lines that were approved and are still to be reversed."""
        return self.line_ids.filtered(lambda line: line.state == "planned" and line.is_planned)

    def _reverse_or_leave(self):
        """One batch within the caller's transaction; more are left to the scheduled action."""
        waiting = self._get_waiting()
        if len(waiting) <= BATCH:
            waiting._reverse_now()
        else:
            self.env.ref("cloud_billing.cron_reverse_undone")._trigger()

    def _check_agreed(self):
        """Raise unless what is reversed is what people agreed to."""
        self.ensure_one()
        request = self.request_id
        is_applied = request.state == "applied" and (request.res_model, request.res_id) == (self._name, self.id)
        if self.state != "approved" or not is_applied or request.content_hash != self._get_content_hash():
            raise UserError(self.env._("%(undo)s is not what was approved. Make a new undo.", undo=self.name))

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _cron_reverse_undone(self):
        """Reverse what was approved and is not reversed yet; several workers share the invoices."""
        Line, progress = self.env["cloud.undo.line"], self.env["ir.cron"]._commit_progress
        lines = Line.search([("state", "=", "planned"), ("is_planned", "=", True), ("undo_id.state", "=", "approved")])
        progress(remaining=len(lines))
        for undo in lines.undo_id.sorted("id"):
            while claimed := retrying(lambda undo=undo: Line._claim(undo), self.env):
                done = claimed._reverse_claimed(claimed[0].claim_token)
                if not progress(done):
                    return
