from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

# {field: role}, in the order of the form.
ROLES = {
    "is_viewer": "viewer",
    "is_operator": "operator",
    "is_accountant": "accountant",
    "is_price_manager": "price_manager",
    "is_approver": "approver",
    "is_auditor": "auditor",
    "is_administrator": "administrator",
}
_MAKES = ("is_accountant", "is_price_manager", "is_administrator")


class CloudPersonSetup(models.TransientModel):
    """Sets up a colleague in one step: who it is, the login, what he or she may do, where, and for which customers.

    Does what could be done in four places, with the rights that these places ask for and with their checks.
    """

    _name = "cloud.person.setup"
    _description = "Set Up a Person"

    name = fields.Char(string="Full Name", help="As in the passport: it is printed in the audit trail.")
    person_id = fields.Many2one(
        "cloud.person",
        string="Known Person",
        domain=[("is_system", "=", False)],
        help="Somebody who has another login already: both count as one pair of eyes.",
    )
    user_id = fields.Many2one(
        "res.users", string="Existing Login", domain=[("share", "=", False)], help="Empty: a new login as below."
    )
    login = fields.Char(string="New Login", help="An e-mail address, to which Odoo sends the invitation.")
    company_ids = fields.Many2many(
        "res.company", string="Companies", default=lambda self: self.env.companies, help="Where he or she works."
    )
    sharing_group_ids = fields.Many2many(
        "cloud.sharing.group", string="Sharing Groups", help="Empty: sees all customers that the roles show."
    )
    is_viewer = fields.Boolean(string="Viewer", default=True)
    is_operator = fields.Boolean(string="Operator")
    is_accountant = fields.Boolean(string="Accountant")
    is_price_manager = fields.Boolean(string="Price manager")
    is_approver = fields.Boolean(string="Approver")
    is_auditor = fields.Boolean(string="Auditor")
    is_administrator = fields.Boolean(string="Billing administrator")
    warning = fields.Text(compute="_compute_warning")

    # === CRUD === #

    @api.model
    def default_get(self, names):
        """Who may not set people up learns it before the form is filled in."""
        self._check_rights()
        return super().default_get(names)

    # === COMPUTE === #

    @api.depends(*ROLES)
    def _compute_warning(self):
        for wizard in self:
            wizard.warning = "\n".join(wizard._get_warnings()) or False

    def _get_warnings(self):
        """What to think of before these roles are given, as sentences."""
        makes = any(self[name] for name in _MAKES)
        if makes and self.is_approver:
            yield self.env._(
                "Proposes and approves: never his or her own proposals, but this person will stand in the report on "
                "the segregation of roles."
            )
        if self.is_auditor and (makes or self.is_operator):
            yield self.env._("Audits what he or she does: an auditor changes nothing.")
        if self.is_approver or self.is_administrator:
            yield self.env._(
                "Ask for a second factor: the person enrols it under My Preferences, Security, before the first vote."
            )

    # === ACTIONS === #

    def action_confirm(self):
        """Make or take the login, enrol the person, give roles, companies and sharing groups; show the person."""
        self.ensure_one()
        self._check_may()
        person = self.person_id or self.env["cloud.person"].create({"name": self.name})
        user = self.user_id or self.env["res.users"].create(self._prepare_login_vals())
        return self._give(user, person)

    # === BUSINESS === #

    def _give(self, user, person):
        """Give the login its roles and say who is behind it; returns the action to go to.

        In a live company that is proposed: the login has no role yet, and the rest is a draft for another person.
        """
        # sudo: lends the right to know where else the login works.
        if self.env["cloud.protected.field"]._get_companies("live") & (self.company_ids | user.sudo().company_ids):
            return self._propose(user, person)
        user.write(self._prepare_role_vals(user))
        # sudo: a billing administrator may say who is behind a login; what may be said is checked in write().
        user.sudo().write({"cloud_person_id": person.id})
        if self.sharing_group_ids:
            self.sharing_group_ids.write({"user_ids": [Command.link(user.id)]})
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.person",
            "res_id": person.id,
            "views": [(False, "form")],
        }

    def _propose(self, user, person):
        # sudo: a billing administrator may say who is behind a login; what may be said is checked here.
        user.sudo()._check_cloud_person(person)
        proposals = self.env["cloud.change.proposal"]
        draft = proposals._propose(user, {**self._prepare_role_vals(user), "cloud_person_id": person.id})
        for group in self.sharing_group_ids:
            proposals._propose(group, {"user_ids": [Command.link(user.id)]})
        return draft.get_formview_action()

    @api.model
    def _check_rights(self):
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator sets people up."))
        if not self.env["res.users"].has_access("write"):
            raise AccessError(
                self.env._(
                    "Roles are given by whoever may edit logins: ask your Odoo administrator for Access Rights, or let "
                    "him or her set this person up."
                )
            )

    def _check_may(self):
        """Raises AccessError or UserError, all problems at once."""
        self._check_rights()
        problems = list(self._get_problems())
        if problems:
            raise UserError("\n".join(problems))

    def _get_problems(self):
        if not (self.person_id or self.name):
            yield self.env._("Give the full name, or choose a known person.")
        if not (self.user_id or self.login):
            yield self.env._("Give a new login, or choose an existing one.")
        if self.user_id and self.login:
            yield self.env._("Give a new login or choose an existing one, not both.")
        if not any(self[name] for name in ROLES):
            yield self.env._("Choose at least one role.")
        if not self.company_ids:
            yield self.env._("Choose at least one company.")

    def _prepare_login_vals(self):
        return {
            "name": self.person_id.name or self.name,
            "login": self.login,
            "email": self.login if "@" in self.login else False,
            "company_id": self.company_ids[:1].id,
            "company_ids": [Command.set(self.company_ids.ids)],
            "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
        }

    def _prepare_role_vals(self, user):
        """Roles and companies are added to what an existing login has; nothing is taken away."""
        groups = [self.env.ref(f"cloud_billing.group_{role}").id for name, role in ROLES.items() if self[name]]
        return {
            "group_ids": [Command.link(group) for group in groups],
            "company_ids": [Command.link(company.id) for company in self.company_ids - user.company_ids],
        }
