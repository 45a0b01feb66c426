from odoo import fields, models
from odoo.exceptions import UserError


class CloudTakenBackMixin(models.AbstractModel):
    """An agreed record that can be taken back as a whole while nothing stands on it: what was agreed stays to be seen.

    A model names the `kind` of the requests that take it back in `_undo_kind` and implements `_get_undo_problems` and
    `_undo`.
    """

    _name = "cloud.taken.back.mixin"
    _description = "Agreed Record That Can Be Taken Back"
    _inherit = ["cloud.agreed.mixin"]
    _undo_kind = None

    undone_on = fields.Date(readonly=True, copy=False, help="The day on which it was taken back.")

    # === BUSINESS === #

    def _submit_undo(self):
        """Propose to take it back: another person agrees, as with what it says."""
        self._check_undo(fields.Datetime.now())
        self.env["cloud.change.request"]._submit(self, self._undo_kind, effect=self._get_undo_effect())

    def _check_undo(self, now):
        """Raise UserError with everything that stands in the way of taking it back."""
        problems = self._get_undo_problems(now)
        if problems:
            raise UserError("\n".join(problems))

    def _get_undo_effect(self):
        effect = self._get_change_effect()
        return {**effect, "rows": [{**row, "old": row["new"], "new": ""} for row in effect["rows"]]}

    def _prepare_submitted_vals(self, request):
        # It stays approved until others have agreed that it goes.
        return {"request_id": request.id} if self._is_undone_by(request) else super()._prepare_submitted_vals(request)

    def _apply_change_request(self, request, token):
        if not self._is_undone_by(request):
            super()._apply_change_request(request, token)
            return
        now = fields.Datetime.now()
        self._check_undo(now)
        self._undo(now, lambda undone, vals: undone._write_protected(vals, token))

    def _reject_change_request(self, request, token):
        # What was to be taken back stays as it is.
        return None if self._is_undone_by(request) else super()._reject_change_request(request, token)

    def _is_undone_by(self, request):
        return request.kind == self._undo_kind

    # === HOOKS === #

    def _get_undo_problems(self, now):
        """Return what stands in the way of taking it back, as sentences with a remedy. now: naive UTC."""
        raise NotImplementedError

    def _undo(self, now, write):
        """Take it back, `undone_on` included. write: a function (records, vals)."""
        raise NotImplementedError
