from odoo import api, fields, models
from odoo.exceptions import UserError

from ..control.cloud_protected_mixin import TOKEN
from .cloud_change_item import CONTENT

OUTCOMES = [
    ("scheduled", "Waits for its day"),
    ("applied", "Applied"),
    ("parked", "Could not be applied"),
    ("reverted", "Taken back"),
]


class CloudChangeProposal(models.Model):
    """Changes of protected values of one or several records, proposed together and applied together or not at all.

    A draft belongs to the one who makes it. Submitted it is a change request like any other; agreed it is applied in
    the transaction of the last vote, or on the local day it was meant for.
    """

    _name = "cloud.change.proposal"
    _description = "Proposed Change"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _mail_post_access = "read"
    _order = "id desc"

    _protected_fields = frozenset(
        {"company_id", "reason", "effective_date", "is_emergency", "emergency_hours", "confirmed_id", "state"}
    )

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    item_ids = fields.One2many("cloud.change.item", "proposal_id", string="Changes", copy=False)
    item_count = fields.Integer(compute="_compute_name", store=True, string="Number of Changes")
    reason = fields.Text(help="Why. The one who approves reads it.")
    effective_date = fields.Date(
        string="Takes Effect On",
        help="Empty: as soon as it is approved. A later day: applied when that day begins in the company's time zone.",
    )
    outcome = fields.Selection(OUTCOMES, readonly=True, copy=False, index=True, tracking=True)
    problem = fields.Text(readonly=True, copy=False, help="Why it could not be applied.")
    applied_at = fields.Datetime(string="Applied", readonly=True, copy=False)
    is_mine = fields.Boolean(compute="_compute_is_mine")
    refusal_text = fields.Char(
        string="Why Not", compute="_compute_refusal_text", help="What was said to it by whoever did not approve it."
    )

    _outcome_of_approved = models.Constraint(
        "CHECK (outcome IS NULL OR state = 'approved')", "Only what was approved is applied."
    )

    @property
    def _request_kind(self):
        return "values"

    # === COMPUTE === #

    @api.depends("item_ids.record_name", "item_ids.field_label")
    def _compute_name(self):
        for proposal in self:
            items = proposal.item_ids
            first = f"{items[0].record_name}: {items[0].field_label}" if items else self.env._("New change request")
            proposal.item_count = len(items)
            proposal.name = (
                self.env._("%(first)s and %(count)s more", first=first, count=len(items) - 1)
                if len(items) > 1
                else first
            )

    @api.depends_context("uid")
    def _compute_is_mine(self):
        for proposal in self:
            proposal.is_mine = not proposal.create_uid or proposal.create_uid == self.env.user

    @api.depends("state", "request_id.vote_ids.comment")
    def _compute_refusal_text(self):
        for proposal in self:
            last = proposal.request_id.vote_ids.sorted("id")[-1:]
            is_refused = proposal.state in ("draft", "rejected") and last.decision in ("reject", "return")
            proposal.refusal_text = is_refused and f"{last.person_id.name}: {last.comment}"

    # === CRUD === #

    def write(self, vals):
        # Not frozen for the database, which keeps what becomes of an approved change; nor for anybody to set.
        if not {"outcome", "problem", "applied_at"}.isdisjoint(vals):
            raise UserError(self._get_change_sentence())
        return super().write(vals)

    # === ACTIONS === #

    @api.model
    def action_propose_selection(self, model, ids):
        """The screen that proposes changes of records which somebody has chosen in a list."""
        return self.env[model].browse(ids).exists().action_cloud_propose()

    @api.model
    def get_pending_changes(self, model, res_id):
        """What the banner of a form says: {"may_propose", "changes": [{"id", "text"}]} about one record.

        Public, for the web client: asked once when a form with protected fields is opened.
        """
        record = self.env[model].browse(res_id)
        record.check_access("read")
        items = self.env["cloud.change.item"].search(
            [("res_model", "=", model), ("target_id", "=", res_id), ("is_waiting", "=", True)]
        )
        # A field that the person may not read is not told by a proposal about it either.
        items = items.filtered(
            lambda item: not item.field_name or record._has_field_access(record._fields[item.field_name], "read")
        )
        return {
            "may_propose": bool(record._get_proposable_names() and record._get_guarded()) and record._may_propose(),
            "changes": [{"id": item.proposal_id.id, "text": item._get_banner()} for item in items],
        }

    # === BUSINESS: MAKE === #

    @api.model
    def _propose(self, records, vals, **values):
        """Put changes of records, as for `write`, into the person's draft; returns the draft.

        Raises AccessError where the person may not propose them, UserError where nothing would change.
        """
        records._check_may_propose()
        records._check_proposed(vals)
        for name in vals:
            records._check_field_access(records._fields[name], "read")
        draft = self._get_draft(records[:1], values)
        # sudo: lends the right to read the old values; who may propose them was asked above.
        proposed = records.with_company(draft.company_id).sudo()
        items = [
            item
            for record in proposed
            for name, value in vals.items()
            if (item := draft.item_ids._prepare_item_vals(record, name, value))
        ]
        if not items:
            raise UserError(
                self.env._("%(records)s: nothing would change.", records=", ".join(records[:5].mapped("display_name")))
            )
        draft._add_items(items, TOKEN)
        return draft

    @api.model
    def _propose_creation(self, model, vals, **values):
        """Put a record to be made, with values as for `create`, into the person's draft; returns the draft.

        Where there is one that was archived, that it comes back with these values.
        """
        model.check_access("create")
        for name in vals:
            model._check_field_access(model._fields[name], "write")
        if archived := model._get_archived_like(vals):
            return self._propose(archived, {**vals, "active": True}, **values)
        draft = self._get_draft(model, values)
        # sudo: lends the right to name what the new record would say; who may make one was asked above.
        draft._add_items([draft.item_ids._prepare_new_vals(model.with_company(draft.company_id).sudo(), vals)], TOKEN)
        return draft

    @api.model
    def _propose_removal(self, records, **values):
        """Put the deletion of records into the person's draft; returns the draft. Where Odoo archives, that."""
        records.check_access("unlink")
        if records._is_archived_for_good():
            return self._propose(records, {"active": False}, **values)
        draft = self._get_draft(records[:1], values)
        # sudo: lends the right to read all of what would go; who may delete it was asked above.
        proposed = records.with_company(draft.company_id).sudo()
        draft._add_items([draft.item_ids._prepare_removal_vals(record) for record in proposed], TOKEN)
        return draft

    def _get_draft(self, record, values):
        """The draft that a change of this record goes to: the person's newest one of the company, else a new one."""
        self.check_access("create")
        # sudo: lends the right to know whose the record is; that the company is the person's is asked of the draft.
        company = record.sudo().company_id if "company_id" in record._fields and record._name != "res.users" else None
        company = company or self.env.company
        draft = self._get_newest_draft(company) if not values else None
        return draft or self.create({"company_id": company.id, **values})

    @api.model
    def _get_newest_draft(self, company=None):
        """The newest draft of the person, of one company or any; empty where there is none."""
        domain = [("state", "=", "draft"), ("create_uid", "=", self.env.uid)]
        if company:
            domain.append(("company_id", "=", company.id))
        return self.search(domain, order="write_date desc, id desc", limit=1)

    def _add_items(self, vals_list, token):
        """Add proposed values; what was proposed here before for the same field of the same record is replaced."""
        self.ensure_one()
        self._check_token(token)
        self._refuse_if_protected(self._get_change_sentence())
        keys = {(vals["res_model"], vals.get("target_id"), vals.get("field_name")) for vals in vals_list}
        # sudo: the items are made of what was checked; nobody may make one by hand.
        items = self.item_ids.sudo()
        items.filtered(
            lambda item: item.target_id and (item.res_model, item.target_id, item.field_name or None) in keys
        ).unlink()
        items._create_protected([{**vals, "proposal_id": self.id} for vals in vals_list], TOKEN)
        self.invalidate_recordset(["item_ids"])

    # === HOOKS: WHAT IS AGREED === #

    def _get_problems(self):
        problems = super()._get_problems()
        if not self.item_ids:
            return [*problems, self.env._("%(request)s: choose what is to change first.", request=self.name)]
        if self.effective_date and self.effective_date < self._get_local_day(fields.Datetime.now()):
            problems.append(
                self.env._(
                    "%(request)s: it is to take effect on %(day)s, which is past. Choose today or a later day.",
                    request=self.name,
                    day=fields.Date.to_string(self.effective_date),
                )
            )
        return [*problems, *self._get_conflicts()]

    def _get_conflicts(self):
        """Sentences about whose the records are, other requests for the same values, and what was edited meanwhile."""
        others = self.item_ids._get_others()
        problems = [
            self.env._(
                "%(mine)s: %(record)s, %(field)s waits for approval already in %(other)s by %(person)s. Withdraw one "
                "of the two, or wait.",
                mine=self.name,
                record=item.record_name,
                field=item.field_label,
                other=item.proposal_id.name,
                person=item.request_id.requester_person_id.name,
            )
            for item in others
        ]
        problems += [
            self.env._(
                "%(mine)s: %(record)s, %(field)s counts for %(companies)s, so people of that company agree to it. "
                "Choose it as your company, and propose the change there.",
                mine=self.name,
                record=item.record_name,
                field=item.field_label,
                companies=", ".join(companies.mapped("name")),
            )
            for item, companies in self.item_ids._get_foreign().items()
        ]
        moved = self.item_ids._get_moved()
        return problems + [item._get_moved_sentence() for item in moved]

    def _get_local_day(self, now):
        """The day of a moment (UTC) in the time zone of the company."""
        # sudo: lends the right to read the company's time zone.
        tz = self.company_id.sudo().partner_id.tz or "UTC"
        return fields.Datetime.context_timestamp(self.with_context(tz=tz), now).date()

    def _get_content(self):
        day = fields.Date.to_string(self.effective_date) if self.effective_date else None
        return {
            "company": self.company_id.id,
            "reason": self.reason or None,
            "effective_date": day,
            "items": [[item[name] or None for name in CONTENT] for item in self.item_ids.sorted("id")],
        }
