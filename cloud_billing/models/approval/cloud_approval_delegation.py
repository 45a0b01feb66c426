from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..control import voting
from . import delegation_schema


class CloudApprovalDelegation(models.Model):
    """Who votes for whom while that person is away. The vote names both: "Ben for Ada".

    It is given by the person who will be away, at a screen, and by nobody else: who could give it in somebody's name
    could make a second pair of eyes. It lends the vote of one person once; it is never passed on, and it gives nobody
    the role of an approver.
    """

    _name = "cloud.approval.delegation"
    _description = "Delegation of Votes"
    _order = "date_start desc, id desc"

    person_id = fields.Many2one(
        "cloud.person",
        string="Absent",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self.env.user._get_cloud_person(),
        help="Whose vote is given: your own.",
    )
    delegate_id = fields.Many2one(
        "cloud.person",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('is_system', '=', False), ('id', '!=', person_id)]",
        help="Who votes instead; an approver, and not the one who proposed what is voted on.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        selection="_get_kinds", string="Only", help="Only requests of this kind. Empty: requests of every kind."
    )
    date_start = fields.Date(string="From", required=True, default=fields.Date.context_today, help="First day, in UTC.")
    date_end = fields.Date(string="Until", required=True, help="First day on which it does not hold any more, in UTC.")
    reason = fields.Char(help="For the people who read the vote later.")
    revoked_at = fields.Datetime(string="Revoked", readonly=True, copy=False)
    is_in_force = fields.Boolean(
        string="In Force", compute="_compute_is_in_force", search="_search_is_in_force", help="Today."
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A delegation ends after it begins.")
    _not_to_oneself = models.Constraint("CHECK (person_id <> delegate_id)", "Choose somebody else as delegate.")

    def init(self):
        result = super().init()
        self.env.cr.execute(delegation_schema.DELEGATIONS)
        return result

    # === COMPUTE === #

    @api.model
    def _get_kinds(self):
        return self.env["cloud.change.request"]._fields["kind"]._description_selection(self.env)

    @api.depends("person_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self:
            names = {"delegate": delegation.delegate_id.name or "", "person": delegation.person_id.name or ""}
            delegation.display_name = self.env._("%(delegate)s for %(person)s", **names)

    @api.depends("date_start", "date_end", "revoked_at")
    def _compute_is_in_force(self):
        today = fields.Date.today()
        for delegation in self:
            dated = delegation.date_start and delegation.date_end
            delegation.is_in_force = bool(
                dated and delegation.date_start <= today < delegation.date_end and not delegation.revoked_at
            )

    def _search_is_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        in_force = self._get_domain_on(fields.Date.today())
        return in_force if True in value else ~in_force

    @api.depends("person_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self.env.user._get_cloud_person()
        for delegation in self:
            delegation.is_mine = bool(mine) and delegation.person_id == mine

    # === CRUD === #
    # write() and unlink() have no super(), for nobody may: a delegation is revoked.
    # pylint: disable=method-required-super,no-raise-unlink

    @api.model_create_multi
    def create(self, vals_list):
        voting.check_screen(self.env, self._name, ("create", "web_save"))
        person = self.env.user._require_cloud_person()
        for vals in vals_list:
            if vals.get("person_id", person.id) != person.id:
                raise UserError(self.env._("Everyone delegates his or her own vote only."))
        # sudo: approvers write nothing but what this method lets them.
        made = super(CloudApprovalDelegation, self.sudo()).create(
            [{**vals, "person_id": person.id} for vals in vals_list]
        )
        made._check_delegate()
        self.env["cloud.audit.event"]._record(
            "delegated", made, detail=lambda delegation: delegation._get_facts(), reason=None
        )
        return made.sudo(self.env.su)

    def write(self, vals):
        # Approvers have the right to write, for without it Odoo shows no button to save a new one.
        raise UserError(self.env._("A delegation is not changed: revoke it and give another one."))

    def unlink(self):
        raise UserError(self.env._("A delegation is not deleted: revoke it. Votes given under it name it."))

    # === ACTIONS === #

    def action_revoke(self):
        """Take it back: by the person who gave it, by the delegate, or by a billing administrator."""
        # Past its own write, which nobody gets by.
        # pylint: disable=missing-return,super-method-mismatch
        administrator = self.env.ref("cloud_billing.group_administrator")
        person = self.env.user._get_cloud_person()
        for delegation in self:
            delegation.check_access("read")
            own = person and person in (delegation.person_id | delegation.delegate_id)
            if not own and not self.env.user._has_role_now(administrator):
                raise UserError(
                    self.env._(
                        "%(delegation)s: only these two or a billing administrator revoke it.",
                        delegation=delegation.display_name,
                    )
                )
            if delegation.revoked_at:
                continue
            # sudo: lends the right to write this one moment.
            super(CloudApprovalDelegation, delegation.sudo()).write({"revoked_at": fields.Datetime.now()})
            self.env["cloud.audit.event"]._record("delegation_revoked", delegation, detail=delegation._get_facts())

    # === BUSINESS === #

    def _check_delegate(self):
        group = self.env.ref("cloud_billing.group_approver")
        for delegation in self:
            users = delegation.delegate_id.user_ids
            if not any(user._has_role_now(group) and delegation.company_id in user.company_ids for user in users):
                raise UserError(
                    self.env._(
                        "%(person)s is no approver in %(company)s, so nothing can be delegated to this person. A "
                        "billing administrator gives the role.",
                        person=delegation.delegate_id.name,
                        company=delegation.company_id.name,
                    )
                )

    def _get_facts(self):
        return {
            "for": self.person_id.name,
            "delegate": self.delegate_id.name,
            "dates": [fields.Date.to_string(self.date_start), fields.Date.to_string(self.date_end)],
            "kind": self.kind or "",
        }

    @api.model
    def _get_domain_on(self, day):
        return Domain("revoked_at", "=", False) & Domain("date_start", "<=", day) & Domain("date_end", ">", day)

    @api.model
    def _find_given_to(self, delegate, day):
        """The delegations that hold on a day and give somebody's vote to this person."""
        # sudo: whether somebody votes for somebody is asked whatever the voter may read.
        return self.sudo().search(self._get_domain_on(day) & Domain("delegate_id", "=", delegate.id))

    @api.model
    def _find_given_by(self, people, day):
        """The delegations that hold on a day and give away the vote of one of these people."""
        # sudo: as above.
        return self.sudo().search(self._get_domain_on(day) & Domain("person_id", "in", people.ids))

    def _filter_for(self, request):
        """Those under which a request is voted on."""
        return self.filtered(
            lambda delegation: delegation.company_id == request.company_id and delegation.kind in (False, request.kind)
        )
