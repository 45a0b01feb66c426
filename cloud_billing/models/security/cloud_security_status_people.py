from odoo import api, models

_MOST_NAMES = 10


class CloudSecurityStatus(models.AbstractModel):
    """Four eyes: whether there are two people, and whether somebody could be both of them."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    @api.model
    def _fetch_members(self, *roles):
        """Active internal logins, without the system user, that have one of the groups, by XML id."""
        groups = self.env["res.groups"].union(*(self.env.ref(role) for role in roles))
        return groups._get_cloud_members().sorted("login")

    @api.model
    def _name_some(self, names):
        """The first names, and how many there are besides."""
        names = list(names)
        shown = ", ".join(names[:_MOST_NAMES])
        if len(names) <= _MOST_NAMES:
            return shown
        return self.env._("%(names)s and %(count)s more", names=shown, count=len(names) - _MOST_NAMES)

    def _check_companies(self):
        companies = self.env.companies
        by_state = companies.grouped("cloud_billing_state")
        title = self.env._("A second person agrees")
        action = {"button": self.env._("Go Live"), "action": "cloud_billing.cloud_go_live_action"}
        if setup := by_state.get("setup"):
            text = self.env._(
                "%(companies)s: being set up. Everything can be changed by one person, and nothing posts. Enrol two "
                "people and go live.",
                companies=self._name_some(setup.mapped("name")),
            )
            return self._make_check("live", "people", title, "off", text, **action)
        if solo := by_state.get("solo"):
            text = self.env._(
                "%(companies)s: one person works without a checker, by choice. Go live with two people as soon as "
                "there are two.",
                companies=self._name_some(solo.mapped("name")),
            )
            return self._make_check("live", "people", title, "off", text, **action)
        lonely = companies.filtered(lambda company: not company._get_cloud_people_item()["ok"])
        if lonely:
            text = self.env._(
                "%(companies)s: nobody is left who could check what is made. Enrol another person with the role "
                "Approver.",
                companies=self._name_some(lonely.mapped("name")),
            )
            people = {"button": self.env._("People"), "action": "cloud_billing.cloud_person_action"}
            return self._make_check("live", "people", title, "warning", text, **people)
        text = self.env._("Every company here is live, and what one person makes another one approves.")
        return self._make_check("live", "people", title, "ok", text)

    def _check_both_roles(self):
        """People who hold, with all their logins together, two roles that two people should hold."""
        lines = self.env["cloud.segregation.line"].search([("is_accepted", "=", False)])
        report = self.env._("Report"), "cloud_billing.cloud_segregation_line_action"
        title = self.env._("Nobody makes and checks")
        if not lines:
            text = self.env._("Nobody holds two roles that two people should hold, unless somebody has accepted it.")
            return self._make_check("both_roles", "people", title, "ok", text, *report)
        text = self.env._(
            "%(names)s: may make and approve or audit, though nobody approves his own. Take one of the roles away, or "
            "accept it with a reason and an end.",
            names=self._name_some(sorted({line.person_id.name or line.logins for line in lines})),
        )
        return self._make_check("both_roles", "people", title, "warning", text, *report)

    def _check_enrolled(self):
        users = self._fetch_members("base.group_system").filtered(lambda user: not user.cloud_person_id)
        title = self.env._("Administrators are known people")
        if not users:
            text = self.env._("Everybody with Odoo's administration rights is enrolled as a person.")
            return self._make_check("enrolled", "people", title, "ok", text)
        text = self.env._(
            "%(logins)s: may change users and settings, and nobody says which person it is. Enrol these logins, or "
            "take the rights away.",
            logins=self._name_some(users.mapped("login")),
        )
        return self._make_check(
            "enrolled", "people", title, "warning", text, self.env._("People"), "cloud_billing.cloud_person_action"
        )

    def _check_demo(self):
        """Demo data in a company that is live: its logins have passwords that everybody knows."""
        title = self.env._("No demo data")
        module = self.env.ref("base.module_cloud_billing")
        live = self.env.companies.filtered(lambda company: company.cloud_billing_state != "setup")
        if not module.demo:
            text = self.env._("This database was made without demo data.")
            return self._make_check("demo", "people", title, "ok", text)
        text = self.env._(
            "This database was made with demo data: its logins have passwords that everybody can read. Use it to try "
            "things out, and make another one for real work."
        )
        place = self.env._(
            "Demo data cannot be taken out of a database. Whoever runs the server makes another one without it: "
            "odoo --database NAME --init cloud_billing --without-demo"
        )
        return self._make_check("demo", "people", title, "off" if live else "warning", text, place=place)

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [
            *super()._get_security_checks(),
            self._check_companies(),
            self._check_both_roles(),
            self._check_enrolled(),
            self._check_demo(),
        ]
