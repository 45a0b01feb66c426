import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudAgreedMixin(models.AbstractModel):
    """A record that is written as a draft, agreed by another person, and frozen from then on.

    A model names the `kind` of its change requests in `_request_kind` and has a `company_id` that is stored. It
    implements `_get_content` and `_get_effect_values`, and where an approval does more, `_take_effect`.
    """

    _name = "cloud.agreed.mixin"
    _description = "Agreed Record"
    _inherit = ["cloud.protected.mixin"]
    _approved_states = ("approved",)
    _request_kind = None

    state = fields.Selection(
        [("draft", "Draft"), ("pending", "Waiting for approval"), ("approved", "Approved"), ("rejected", "Rejected")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    company_state = fields.Char(compute="_compute_company_state")
    is_editable = fields.Boolean(compute="_compute_is_editable")
    request_id = fields.Many2one("cloud.change.request", string="Change Request", copy=False, readonly=True)

    # === COMPUTE === #

    @api.depends("company_id.cloud_billing_state")
    def _compute_company_state(self):
        for record in self:
            record.company_state = record._get_protection_company().cloud_billing_state

    @api.depends("state", "company_state")
    def _compute_is_editable(self):
        for record in self:
            record.is_editable = not record._is_protected_now()

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for record in self:
            if record.state not in ("draft", "rejected"):
                raise UserError(
                    self.env._(
                        "%(record)s is approved or waits for approval, so it stays. Withdraw its change request, or"
                        " agree on something else from a later day on.",
                        record=record.display_name,
                    )
                )

    # === ACTIONS === #

    def action_approve_directly(self):
        """Approve without a request, while the company is being set up."""
        self.check_access("write")
        for record in self:
            record._check_submittable()
            if record.company_state != "setup":
                raise UserError(
                    self.env._(
                        "%(company)s is live: submit %(record)s for approval.",
                        company=record._get_protection_company().name,
                        record=record.display_name,
                    )
                )
            record._take_effect(lambda approved, vals: approved.write(vals))

    def action_submit(self):
        """Propose the record: another person looks at its effect and approves it."""
        self.check_access("write")
        for record in self:
            record._check_submittable()
            self.env["cloud.change.request"]._submit(record, self._request_kind, effect=record._get_change_effect())

    def action_back_to_draft(self):
        """A rejected record is edited and submitted again; while a company is set up, so is an approved one."""
        self.write({"state": "draft", "request_id": False})

    def action_open_request(self):
        """The change request by which this was proposed."""
        self.ensure_one()
        return self.request_id.get_formview_action()

    # === BUSINESS === #

    def _check_submittable(self):
        """Raise UserError with everything that stands in the way of an approval."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("%(record)s is not a draft. Make a new one instead.", record=self.display_name))
        problems = self._get_problems()
        if problems:
            raise UserError("\n".join(problems))

    def _apply_change_request(self, request, token):
        problems = self._get_problems()
        if problems:
            raise UserError("\n".join(problems))
        self._take_effect(lambda approved, vals: approved._write_protected(vals, token))

    def _reject_change_request(self, request, token):
        self._write_protected({"state": "rejected" if request.state == "rejected" else "draft"}, token)

    def _get_content_hash(self):
        """SHA-256 of everything that an approval of this record covers."""
        self.ensure_one()
        text = json.dumps(self._get_content(), sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _get_change_effect(self):
        """What a checker sees: what it says, beside what it replaces."""
        self.ensure_one()
        before = self._get_replaced()
        old = before._get_effect_values() if before else {}
        new = self._get_effect_values()
        return {
            "title": self.display_name,
            "rows": [
                {"label": label, "old": old.get(label, ""), "new": new.get(label, "")} for label in {**new, **old}
            ],
            "notes": self._get_effect_notes(),
        }

    # === HOOKS === #

    def _take_effect(self, write):
        """Approve this record, now that nothing stands in the way. write: a function (record, vals).

        Override to do what an approval of it does besides; call super().
        """
        write(self, {"state": "approved"})

    def _get_problems(self):
        """Return what stands in the way of an approval, all at once, as sentences with a remedy."""
        self.ensure_one()
        return []

    def _get_content(self):
        """Return the record as JSON-able values; what is not among them is not covered by an approval."""
        raise NotImplementedError

    def _get_effect_values(self):
        """Return {label: text} of what a checker compares, in words of the trade."""
        raise NotImplementedError

    def _get_effect_notes(self):
        """Return sentences that a checker should read besides."""
        return []

    def _get_replaced(self):
        """Return the record that this one takes the place of, or an empty one."""
        return self.browse()
