import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from psycopg2 import Error as DatabaseError
from psycopg2 import IntegrityError, OperationalError

from ..control.cloud_protected_mixin import TOKEN

_logger = logging.getLogger(__name__)

# Making a field changes the server's memory, which rolling back does not.
_UNTRIED_MODELS = ("ir.model", "ir.model.fields")
_REFUSALS = (UserError, ValidationError, IntegrityError)


class CloudChangeProposal(models.Model):
    """How proposed values are submitted and become the values of their records: all in one transaction, or none."""

    _inherit = "cloud.change.proposal"

    # === ACTIONS === #

    def action_submit(self):
        """Propose the draft: tried first, so that what no vote could apply is told to its maker now."""
        self.check_access("write")
        for proposal in self:
            proposal._check_submittable()
            proposal._try_values(TOKEN)
            self.env["cloud.change.request"]._submit(
                proposal, proposal._request_kind, effect=proposal._get_change_effect(), reason=proposal.reason
            )

    def action_apply_again(self):
        """Apply what was agreed and could not be applied, after what stood in the way was put right."""
        self.check_access("write")
        for proposal in self:
            if proposal.outcome != "parked":
                raise UserError(self.env._("%(request)s is not parked.", request=proposal.name))
            # sudo: people agreed on it already; whoever may propose may ask for it again.
            proposal.sudo()._apply_now(fields.Datetime.now(), TOKEN)

    def action_give_up(self):
        """Let go of what was agreed and is not applied yet: it waits for its day, or could not be applied."""
        self.check_access("write")
        for proposal in self:
            if proposal.outcome not in ("scheduled", "parked"):
                raise UserError(self.env._("%(request)s does not wait any more.", request=proposal.name))
            # sudo: the state is no field that a person writes; who may let go of it was asked above.
            proposal.sudo()._end("reverted", TOKEN)
            self.env["cloud.audit.event"]._record("withdrawn", proposal, request=proposal.request_id)

    # === BUSINESS: SUBMIT === #

    def _prepare_submitted_vals(self, request):
        # sudo: the items say with a unique index that no other request waits for the same values.
        self.item_ids.sudo()._write_protected({"is_waiting": True}, TOKEN)
        self.item_ids.flush_recordset()
        return super()._prepare_submitted_vals(request)

    def _try_values(self, token):
        """Apply the values and roll back. Raises what refuses them; keeps what their records make of them."""
        self.ensure_one()
        # sudo: the values are tried as they would be applied, and rolled back.
        items = self.item_ids.sudo()
        if any(item.res_model in _UNTRIED_MODELS for item in items):
            return
        savepoint = self.env.cr.savepoint()
        try:
            items._write_values(token)
            arrived = items._get_arrived()
        finally:
            savepoint.close(rollback=True)
            self._forget_what_was_tried()
        items._keep_arrived(arrived, token)

    def _forget_what_was_tried(self):
        """After values were rolled back: nothing that was read of them counts, nor what the server made of it."""
        self.env.invalidate_all(flush=False)
        # Who may see which field, or what is protected, is remembered for everybody; a rollback does not tell it.
        names = tuple(self.env.registry.cache_invalidated)
        if names:
            self.env.registry.clear_cache(*names)

    # === BUSINESS: APPLY === #

    def _apply_change_request(self, request, token):
        self._write_protected({"state": "approved"}, token)
        now = fields.Datetime.now()
        if self.effective_date and self.effective_date > self._get_local_day(now):
            problems = self._get_conflicts()
            if problems:
                raise UserError("\n".join(problems))
            self._write_protected({"outcome": "scheduled"}, token)
            return
        self._apply_values(now, token)

    def _reject_change_request(self, request, token):
        self.item_ids._write_protected({"is_waiting": False}, token)
        return super()._reject_change_request(request, token)

    def _apply_values(self, now, token):
        """Write what was agreed. Raises UserError where a record was edited since, or where it says something else."""
        self._check_agreed()
        problems = self._get_conflicts()
        if problems:
            raise UserError("\n".join(problems))
        self.item_ids._write_values(token)
        self._check_arrived()
        self._end("applied", token, now)

    def _check_agreed(self):
        """Raise UserError unless people agreed on just this: asked of the request, whoever asks to apply it."""
        request = self.request_id
        if (
            request.state != "applied"
            or (request.res_model, request.res_id) != (self._name, self.id)
            or request.content_hash != self._get_content_hash()
        ):
            raise UserError(self.env._("%(request)s was not agreed by enough people.", request=self.name))

    def _check_arrived(self):
        problems = [
            self.env._(
                "%(record)s: %(field)s would not say what was agreed. Propose it again.",
                record=item.record_name,
                field=item.field_label,
            )
            for item, exact in self.item_ids._get_arrived().items()
            if exact != item._load("new_value")
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _end(self, outcome, token, now=None):
        self.item_ids._write_protected({"is_waiting": False}, token)
        self._write_protected({"outcome": outcome, "problem": False, "applied_at": now or False}, token)

    def _apply_now(self, now, token):
        """Apply what was agreed beforehand: all of it, or nothing and the reason is kept and told.

        Returns whether it was applied. Errors of the connection or of two transactions at once are raised.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._apply_values(now, token)
        except OperationalError:
            raise
        except _REFUSALS as error:
            self._forget_what_was_tried()
            self._park(error, token)
            return False
        detail = {"changes": self.item_count, "agreed": fields.Datetime.to_string(self.request_id.decided_at)}
        self.env["cloud.audit.event"]._record(
            "applied", self, detail=detail, reason=self.reason, request=self.request_id
        )
        return True

    def _park(self, error, token):
        problem = _get_text(self.env, error)
        self._write_protected({"outcome": "parked", "problem": problem}, token)
        self.env["cloud.audit.event"]._record("parked", self, reason=problem, request=self.request_id)
        self.message_post(
            body=self.env._("Agreed, but it could not be applied: %(problem)s", problem=problem),
            partner_ids=self.request_id.requester_id.partner_id.ids,
        )

    # === BUSINESS: SCHEDULE === #

    @api.model
    def _cron_apply_scheduled(self):
        """Apply what was agreed for a day that has begun in its company."""
        now = fields.Datetime.now()
        due = self._get_scheduled(now)
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for proposal in due:
            proposal._apply_now(now, TOKEN)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _get_scheduled(self, now):
        """What waits for a day that has begun at a moment (UTC) where its company is, oldest day first."""
        waiting = self.search([("outcome", "=", "scheduled")], order="effective_date, id")
        return waiting.filtered(lambda proposal: proposal.effective_date <= proposal._get_local_day(now))


def _get_text(env, error):
    """What refused, as a sentence for people."""
    if isinstance(error, DatabaseError):
        return error.diag.message_primary or env._("the database refused it.")
    return str(error)
