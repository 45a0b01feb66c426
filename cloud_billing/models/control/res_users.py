from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class ResUsers(models.Model):
    _inherit = "res.users"

    cloud_person_id = fields.Many2one(
        "cloud.person",
        string="Person",
        ondelete="restrict",
        copy=False,
        index="btree_not_null",
        help="The human being behind this login. Two logins of one person count as one pair of eyes.",
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        # The person comes by write(), where it is asked who may say so.
        persons = [vals.get("cloud_person_id") for vals in vals_list]
        users = super().create(
            [{name: value for name, value in vals.items() if name != "cloud_person_id"} for vals in vals_list]
        )
        users._record_cloud_roles({})
        for user, person in zip(users, persons, strict=True):
            if person:
                user.cloud_person_id = person
        return users

    def write(self, vals):
        if vals.keys().isdisjoint(("cloud_person_id", "group_ids")):
            return super().write(vals)
        # sudo: lends the right to know who is behind these logins, for the record.
        roles, persons = self._get_cloud_roles(), {user.id: user.sudo().cloud_person_id for user in self}
        if "cloud_person_id" in vals:
            self._check_cloud_person(self.env["cloud.person"].browse(vals["cloud_person_id"] or []))
        result = super().write(vals)
        self._record_cloud_person(persons)
        self._record_cloud_roles(roles)
        return result

    # === ACTIONS === #

    def action_cloud_enrol(self):
        """The dialog that says which person is behind these logins."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Person behind a login"),
            "res_model": "cloud.person.enrol",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_user_ids": self.ids, "default_person_id": self[:1].cloud_person_id.id},
        }

    # === BUSINESS === #

    def _get_cloud_person(self):
        """The person behind this login, empty when it is not enrolled or the person has left."""
        self.ensure_one()
        # sudo: lends the right to know who is behind a login.
        user = self.sudo()
        # The system user is never active; its person is that of the scheduled actions.
        is_present = user.active or user._is_superuser()
        return user.cloud_person_id.filtered("active").sudo(self.env.su) if is_present else self.env["cloud.person"]

    def _require_cloud_person(self):
        """The person behind this login. Raises UserError when it is not enrolled."""
        person = self._get_cloud_person()
        if not person:
            raise UserError(
                self.env._(
                    "The login %(login)s is not enrolled as a person, so nobody could say who proposed or agreed. "
                    "A billing administrator enrols it: Cloud Billing, Control, People.",
                    login=self.sudo().login,  # sudo: the name of one's own login.
                )
            )
        return person

    def _has_role_now(self, groups):
        """Whether this login has one of the groups at this moment: asked of the tables, not of a cache."""
        self.ensure_one()
        domain = [("id", "=", self.id), ("all_group_ids", "in", groups.ids)]
        # The system user is never active and has its roles all the same.
        domain.append(("active", "in", [True, not self._is_superuser()]))
        # sudo: lends the right to read roles. Who asks learns nothing but yes or no.
        return bool(self.env["res.users"].sudo().search_count(domain, limit=1))

    def _check_cloud_person(self, person):
        """Raise unless the current user may say who is behind these logins.

        AccessError without the role; UserError where a person would become two, or a customer's login one.
        """
        # sudo: lends the right to compare who is behind these logins.
        changing = self.filtered(lambda user: user.sudo().cloud_person_id != person)
        if not changing:
            return
        changing._check_may_enrol()
        if person and changing.filtered("share"):
            raise UserError(self.env._("Logins of customers are no people who vote: choose internal users."))
        if person.is_system and any(not user._is_superuser() for user in changing):
            raise UserError(self.env._("The person of the scheduled actions has no logins."))
        mine = self.env.user._get_cloud_person()
        # sudo: as above.
        own = changing.filtered(lambda user: user == self.env.user or (mine and user.sudo().cloud_person_id == mine))
        # sudo: whether any company is live, also one that the administrator does not work in.
        live = self.env["res.company"].sudo().search_count([("cloud_billing_state", "=", "live")], limit=1)
        if own and live and mine:
            raise UserError(
                self.env._(
                    "%(logins)s: nobody makes a second person of himself or herself while a company is live. Another "
                    "billing administrator does this.",
                    logins=", ".join(own.mapped("login")),
                )
            )

    def _check_may_enrol(self):
        """Raise AccessError unless the current user may say who is behind these logins at all."""
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator says which person is behind a login."))

    def _record_cloud_person(self, before):
        # sudo: lends the right to compare who is behind these logins.
        changed = self.filtered(lambda user: user.sudo().cloud_person_id != before[user.id])
        self.env["cloud.audit.event"]._record(
            "person_enrolled",
            changed,
            detail=lambda user: {
                "login": user.login,
                "old": before[user.id].name or None,
                "new": user.cloud_person_id.name or None,
            },
        )

    def _filter_cloud_people(self):
        """Those of these logins that are people at a screen: active, internal, not the system's."""
        return self.filtered(lambda user: user.active and not user.share and not user._is_superuser())

    def _get_cloud_roles(self):
        """{user id: set of names of roles of Cloud Billing}, also those that another role brings along."""
        roles = self.env["res.groups"]._get_cloud_roles()
        # sudo: lends the right to read who has which role.
        return {user.id: {roles[group] for group in user.all_group_ids if group in roles} for user in self.sudo()}

    def _record_cloud_roles(self, before):
        """One audit event per login that gained or lost a role since `before`."""
        changes = {}
        for user_id, after in self._get_cloud_roles().items():
            gained, lost = after - before.get(user_id, set()), before.get(user_id, set()) - after
            if gained or lost:
                changes[user_id] = {"gained": sorted(gained), "lost": sorted(lost)}
        self.env["cloud.audit.event"]._record(
            "role_changed",
            self.filtered(lambda user: user.id in changes),
            detail=lambda user: {"login": user.login, **changes[user.id]},
        )
