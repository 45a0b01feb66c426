from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .cloud_protected_mixin import TOKEN


class CloudChangeRequest(models.Model):
    """How a record is proposed, and who is asked."""

    _inherit = "cloud.change.request"

    # === BUSINESS === #

    @api.model
    def _submit(self, record, kind, content_hash=None, effect=None, reason=None, levels=None):
        """Propose what a record says now; returns the request.

        :param record: one record of a model with the protected mixin
        :param str kind: a value of the field `kind`
        :param str content_hash: of what is proposed; default `record._get_content_hash()`
        :param dict effect: {"title": str, "rows": [{"label", "old", "new"}], "notes": [str]}; texts, in words of the
            trade, in the language of the company's people; numbers by `format_decimal`
        :param int levels: how many other people must agree; default, and never less than, `_get_levels(record)`

        The record becomes what `_prepare_submitted_vals` says. Where nobody else has to agree (setting up, one person)
        the change is applied at once, and the request tells so.
        Raises UserError when the person is not enrolled.
        """
        record.ensure_one()
        # sudo: whether it waits already is told to everyone who may submit it.
        if self.sudo().search_count(
            [("res_model", "=", record._name), ("res_id", "=", record.id), ("state", "=", "pending")], limit=1
        ):
            raise UserError(self.env._("%(record)s waits for approval already.", record=record.display_name))
        required = self._get_levels(record, kind)
        return self._file(
            record,
            {
                **self._prepare_request_vals(record, kind),
                "levels": required if levels is None else max(levels, required),
                "content_hash": content_hash or record._get_content_hash(),
                "effect": effect,
                "reason": reason,
                "effect_amount": self._get_told_amount(record),
            },
            TOKEN,
        )

    def _prepare_request_vals(self, record, kind):
        """The values of a request that follow from its record and from who files it."""
        person = self.env.user._require_cloud_person()
        return {
            "name": record.display_name,
            "company_id": record._get_protection_company().id,
            "kind": kind,
            "res_model": record._name,
            "res_id": record.id,
            "requester_id": self.env.uid,
            "requester_person_id": person.id,
            "maker_person_ids": [Command.set(record._get_makers().ids if person.is_system else [])],
            "submitted_at": fields.Datetime.now(),
        }

    @api.model
    def _file(self, record, vals, token):
        """File a request with these values, and apply it at once where nobody has to agree; returns it."""
        self._check_token(token)
        # sudo: lends the right to file a request; nobody may make one by hand.
        request = self.sudo()._file_again(vals, TOKEN) or self.sudo()._create_protected([vals], TOKEN)
        request = request.sudo(False)
        request.flush_recordset()
        request._freeze_levels(record, TOKEN)
        # sudo: marking the record as submitted is the request's doing, whatever the person may write.
        record.sudo()._write_protected(record._prepare_submitted_vals(request), TOKEN)
        self.env["cloud.audit.event"]._record(
            "submitted", record, detail={"content_hash": vals["content_hash"]}, reason=vals["reason"], request=request
        )
        if request.levels:
            request._notify_approvers()
        else:
            request._apply()
        return request

    def _get_told_amount(self, record):
        """How much money the record moves, for people; None where nobody can say."""
        amount = record._get_effect_amount()
        return amount if amount is not None and amount.is_finite() else None

    def _file_again(self, vals, token):
        """The request that was given back for this rework, in its next round; None where there is none.

        Somebody else's is closed: what a vote was on stays that person's proposal.
        """
        returned = self.search(
            [("state", "=", "returned"), *((name, "=", vals[name]) for name in ("kind", "res_model", "res_id"))]
        )
        again = returned.filtered(lambda request: request.requester_person_id.id == vals["requester_person_id"])[:1]
        (returned - again)._write_protected({"state": "withdrawn"}, token)
        if not again:
            return None
        again._write_protected(
            {
                **vals,
                "state": "pending",
                "round": again.round + 1,
                "version": again.version + 1,
                "decided_at": False,
            },
            token,
        )
        return again

    # === HOOKS === #

    def _freeze_levels(self, record, token):
        """Write down who must agree to this request, before anybody is asked. A later room does."""

    def _notify_approvers(self):
        """Tell those who may vote now. A later room does."""
