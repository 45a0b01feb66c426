from odoo import models

from . import agreed_writes, exact_values

# What a person's roles in a company come by.
_ROLES = frozenset({"group_ids", "company_ids"})


class ResUsers(models.Model):
    """Who has a role of ours in a live company is agreed by two people: also at a new login and one that comes back."""

    _inherit = "res.users"

    def _get_making_remedy(self):
        return self.env._("Choose Control, People, Set Up a Person: the login is made, and its roles are proposed.")

    def _filter_guarded(self, companies):
        """Those who work in one of the companies with a role of ours."""
        roles = self._get_cloud_roles()
        return super()._filter_guarded(companies).filtered(lambda user: user.company_ids & companies and roles[user.id])

    def _filter_guarded_changes(self, vals, names, companies):
        """Those whose roles in a live company would become others."""
        changed, others = self.browse(), names - _ROLES - {"active"}
        if names & _ROLES:
            roles = self.env["res.groups"]._get_cloud_roles()
            # sudo: lends the right to compare the roles of a login as they are and as they would be.
            changed = self.filtered(
                lambda user: (
                    user.sudo()._get_roles_in(companies, roles, {}) != user.sudo()._get_roles_in(companies, roles, vals)
                )
            )
        if "active" in names and vals["active"]:
            # Who comes back has all roles again; that somebody goes waits for nobody.
            # sudo: lends the right to see whether a login was archived.
            changed |= self._get_guarded_of(companies).filtered(lambda user: not user.sudo().active)
        return changed | super()._filter_guarded_changes(vals, others, companies) if others else changed

    def _check_may_enrol(self):
        """What was agreed was proposed by a billing administrator: the one who votes need not be one."""
        if agreed_writes.was_agreed(self, ["cloud_person_id"]):
            return None
        return super()._check_may_enrol()

    def _check_may_propose(self):
        result = super()._check_may_propose()
        # What is agreed is not asked again, so it is asked here.
        self._check_may_enrol()
        return result

    def _get_roles_in(self, companies, roles, vals):
        """{(company id, group id)}: the roles of one user in these companies, as `vals` would make them."""
        group_ids, company_ids = (
            exact_values.convert(self, name, vals[name]) if name in vals else exact_values.read(self, name)
            for name in ("group_ids", "company_ids")
        )
        groups = self.env["res.groups"].browse(group_ids)
        held = (groups | groups.all_implied_ids).filtered(lambda group: group in roles)
        return {(company, group) for company in set(company_ids) & set(companies.ids) for group in held.ids}
