from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudAgreedMixin(models.AbstractModel):
    """A proposed record that another person agrees to as a whole.

    A model names the `kind` of its change requests in `_request_kind` and has a `company_id` that is stored. It
    implements `_get_content` and `_get_effect_values`, and where an approval does more, `_take_effect`.
    """

    _name = "cloud.agreed.mixin"
    _description = "Agreed Record"
    _inherit = ["cloud.proposed.mixin"]
    _request_kind = None

    state = fields.Selection(tracking=True)
    company_state = fields.Char(compute="_compute_company_state")

    # === COMPUTE === #

    @api.depends("company_id.cloud_billing_state")
    def _compute_company_state(self):
        for record in self:
            record.company_state = record._get_protection_company().cloud_billing_state

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

    def _get_effect_values(self):
        """Return {label: text} of what a checker compares, in words of the trade."""
        raise NotImplementedError

    def _get_effect_notes(self):
        """Return sentences that a checker should read besides."""
        return []

    def _get_replaced(self):
        """Return the record that this one takes the place of, or an empty one."""
        return self.browse()
