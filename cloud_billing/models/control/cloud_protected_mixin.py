from odoo import api, models
from odoo.exceptions import UserError

from . import approval_schema

# Whoever holds this very object may write protected values. Only `cloud.change.request` passes it on, as an argument,
# to the record whose change was agreed; it is compared with `is`. It must never become an attribute, a context value or
# an entry of a dict: a server action reads all of these, but no name of this module.
TOKEN = object()


class CloudProtectedMixin(models.AbstractModel):
    """Refuses direct writes of protected values for everyone: superuser, sudo, import, RPC and server actions too.

    A model says what is protected by these attributes, or overrides the hooks:

    `_protected_fields`   names of the fields that are frozen while `_is_protected_now()`, or "*" for all it stores
    `_editable_states`    values of its field `state` in which it is free
    `_approved_states`    values of `state` that, while the company is live, only an approved change request gives
    `_protected_parent`   name of the many2one to the record that it is a part of and that decides for it (a price
                          rule is protected when its version is)

    A model whose records are submitted themselves has `state` and `request_id` and implements `_get_content_hash`,
    `_apply_change_request`, `_reject_change_request` and, where it does not become `pending`,
    `_prepare_submitted_vals`.

    What is refused here is refused once more by triggers (`approval_schema`), for raw SQL. What neither stops: code
    that is installed in the server, and the owner of the database, who can drop a trigger.
    """

    _name = "cloud.protected.mixin"
    _description = "Protected Record"

    _protected_fields = "*"
    _editable_states = ("draft", "rejected")
    _approved_states = ()
    _protected_parent = None

    def init(self):
        result = super().init()
        if not self._abstract:
            approval_schema.guard(self.env.cr, self)
        return result

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_creation(vals)
        records = super().create(vals_list)
        # Once more after the fact, whatever else has filled values in; a refusal rolls back.
        records._refuse_if_protected(records._get_change_sentence())
        if self._approved_states:
            records.filtered(lambda record: record.state in self._approved_states)._record_approved_alone()
        return records

    def write(self, vals):
        if not self._get_protected_names().isdisjoint(vals):
            self._refuse_if_protected(self._get_change_sentence())
        self._refuse_new_parent(vals)
        alone = self._entering_approved(vals)
        result = super().write(vals)
        alone._record_approved_alone()
        return result

    def unlink(self):
        self._refuse_if_protected(self._get_change_sentence())
        return super().unlink()

    def _write_protected(self, vals, token):
        """Write protected values of records whose change was agreed. For `_apply_change_request` and its like.

        Goes past the `write` of the model itself: nothing that reacts there to a person's edit happens here.
        Raises UserError without the token.
        """
        self._check_token(token)
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _create_protected(self, vals_list, token):
        """Create records that nobody may make by hand. Raises UserError without the token."""
        self._check_token(token)
        return super().create(vals_list)  # pylint: disable=super-method-mismatch

    # === CHECKS === #

    def _check_token(self, token):
        if token is not TOKEN:
            raise UserError(self._get_change_sentence())

    @api.model
    def _get_protected_names(self):
        """The names of the fields that are frozen while a record is protected."""
        if self._protected_fields != "*":
            return frozenset(self._protected_fields)
        return frozenset(field.name for field in self._fields.values() if is_own_column(field))

    @api.model
    def _refuse_creation(self, vals):
        """Raise UserError where a record with these values would be a part of, or itself be, what was approved."""
        # Defaults, which the context may set, are judged like values.
        names = {"state", self._protected_parent}.intersection(self._fields).difference(vals)
        vals = {**(self.default_get(list(names)) if names else {}), **vals}
        self._refuse_new_parent(vals)
        if vals.get("state") in self._approved_states:
            self.new(vals)._refuse_approval()

    def _refuse_if_protected(self, sentence):
        protected = self.filtered(lambda record: record._is_protected_now())
        if protected:
            raise UserError(self._get_refusal(protected, sentence))

    def _refuse_new_parent(self, vals):
        """A draft's line must not be moved into something that was approved."""
        parent = self._protected_parent
        if parent and vals.get(parent):
            self.env[self._fields[parent].comodel_name].browse(vals[parent])._refuse_if_protected(
                self._get_change_sentence()
            )

    def _entering_approved(self, vals):
        """The records that `vals` would approve. Raises UserError where that takes a second person."""
        if vals.get("state") not in self._approved_states:
            return self.browse()
        entering = self.filtered(lambda record: record.state not in self._approved_states)
        entering._refuse_approval()
        return entering

    def _refuse_approval(self):
        """Raise UserError where these records take a second person to be approved."""
        live = self.filtered(lambda record: record._get_protection_company().cloud_billing_state == "live")
        if live:
            raise UserError(self._get_refusal(live, self._get_approval_sentence()))

    def _record_approved_alone(self):
        if self:
            self.env["cloud.audit.event"]._record("approved_alone", self, detail=lambda record: {"state": record.state})

    def _get_refusal(self, records, sentence):
        """All records that stand in the way by name, then what to do."""
        names = ", ".join(records[:5].mapped("display_name")) + (" ..." if len(records) > 5 else "")
        return self.env._("%(records)s: %(sentence)s", records=names, sentence=sentence)

    # === HOOKS === #

    def _is_protected_now(self):
        """Whether the protected values of this one record are frozen.

        Default: as its parent, where `_protected_parent` names one; else once it has left `_editable_states` in a
        company that is live (with two people or one). Override for another rule; return a boolean.
        """
        self.ensure_one()
        if self._protected_parent:
            return self[self._protected_parent]._is_protected_now()
        return self._get_protection_company().cloud_billing_state != "setup" and self.state not in self._editable_states

    def _get_protection_company(self):
        """The company whose state decides. Override where the record has no `company_id`."""
        # sudo: lends the right to read the state of the company, also where the person works in another one.
        return self.sudo().company_id

    def _get_change_sentence(self):
        """What a person who is refused a change does instead."""
        return self.env._(
            "this was approved or waits for approval, so it is not changed directly. Make a new version or a "
            "correction and submit it for approval."
        )

    def _get_approval_sentence(self):
        """What a person who would approve directly does instead."""
        return self.env._("the company is live, so another person approves. Submit it for approval.")

    def _get_makers(self):
        """The people who worked on the record, asked when a scheduled action submits it. Override to add its parts."""
        # sudo: lends the right to read who wrote the record.
        record = self.sudo()
        return (record.create_uid | record.write_uid).cloud_person_id.filtered(lambda person: not person.is_system)

    def _get_content_hash(self):
        """SHA-256 of everything that an approval covers. Asked at every vote: it must be what was submitted."""
        raise NotImplementedError

    def _prepare_submitted_vals(self, request):
        """What a record becomes when it is submitted. Override where its states are called otherwise."""
        return {"state": "pending", "request_id": request.id}

    def _apply_change_request(self, request, token):
        """Do what the request says, now that enough people agreed; in the transaction of the last vote.

        Protected values are written by `self._write_protected(vals, token)`; the token is passed on to nothing else.
        The record comes with sudo, as the voter's rights are to vote. Raise UserError to refuse: then nothing happened.
        """
        raise NotImplementedError

    def _reject_change_request(self, request, token):
        """The request was rejected or withdrawn (`request.state`). Make the record editable again with the token."""
        raise NotImplementedError


def is_own_column(field):
    """Whether the field is a column that people or code write, not one that Odoo fills or computes."""
    return bool(
        field.store
        and field.column_type
        and field.name not in models.MAGIC_COLUMNS
        and not (field.compute and field.readonly)
    )


def is_worked_out(field):
    """Whether the field is a column that Odoo computes and nobody edits: what is written into it would stay there."""
    return bool(
        field.store
        and field.column_type
        and field.compute
        and field.readonly
        and not field.inverse
        and field.name not in models.MAGIC_COLUMNS
    )
