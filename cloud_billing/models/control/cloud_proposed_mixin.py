import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudProposedMixin(models.AbstractModel):
    """A record that is written as a draft, waits for an approval, and stays as it is once it is approved.

    A model has a `company_state` and implements `_get_content`; how it is submitted and what an approval does is its
    own, or that of `cloud.agreed.mixin`.
    """

    _name = "cloud.proposed.mixin"
    _description = "Proposed Record"
    _inherit = ["cloud.protected.mixin"]
    _approved_states = ("approved",)

    state = fields.Selection(
        [("draft", "Draft"), ("pending", "Waiting for approval"), ("approved", "Approved"), ("rejected", "Rejected")],
        default="draft",
        required=True,
        copy=False,
    )
    is_editable = fields.Boolean(compute="_compute_is_editable")
    request_id = fields.Many2one("cloud.change.request", string="Change Request", copy=False, readonly=True)

    # === COMPUTE === #

    @api.depends("state", "company_state")
    def _compute_is_editable(self):
        for record in self:
            record.is_editable = not record._is_protected_now()

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for record in self:
            if record.state not in ("draft", "rejected"):
                raise UserError(record._get_stays_sentence())

    # === ACTIONS === #

    def action_back_to_draft(self):
        """A rejected record is edited and submitted again; while a company is set up, so is an approved one."""
        self.write({"state": "draft", "request_id": False})

    def action_open_request(self):
        """The change request by which this was proposed."""
        self.ensure_one()
        return self.request_id.get_formview_action()

    # === BUSINESS === #

    def _reject_change_request(self, request, token):
        self._write_protected({"state": "rejected" if request.state == "rejected" else "draft"}, token)

    def _get_content_hash(self):
        """SHA-256 of everything that an approval of this record covers."""
        self.ensure_one()
        text = json.dumps(self._get_content(), sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    # === HOOKS === #

    def _get_content(self):
        """Return the record as JSON-able values; what is not among them is not covered by an approval."""
        raise NotImplementedError

    def _get_stays_sentence(self):
        """Return why it is not deleted once it waits or is approved, and what to do instead."""
        return self.env._(
            "%(record)s is approved or waits for approval, so it stays. Withdraw its change request, or"
            " agree on something else from a later day on.",
            record=self.display_name,
        )
