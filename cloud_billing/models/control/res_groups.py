from odoo import api, models

ROLES = (
    "group_viewer",
    "group_operator",
    "group_accountant",
    "group_price_manager",
    "group_approver",
    "group_auditor",
    "group_integration",
    "group_administrator",
)


class ResGroups(models.Model):
    _inherit = "res.groups"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        # The module's own groups, while it is being installed, and a new group that brings one of them along.
        groups._get_cloud_users()._record_cloud_roles({})
        return groups

    def write(self, vals):
        if vals.keys().isdisjoint(("user_ids", "implied_ids", "implied_by_ids")):
            return super().write(vals)
        users = self._get_cloud_users()
        before = users._get_cloud_roles()
        result = super().write(vals)
        users |= self._get_cloud_users()
        users._record_cloud_roles(before)
        return result

    # === BUSINESS === #

    @api.model
    def _get_cloud_roles(self):
        """{group: name} of the roles of Cloud Billing."""
        # Of a cache: asked at each login and each change of rights.
        find = self.env["ir.model.data"]._xmlid_to_res_id
        ids = {name: find(f"cloud_billing.{name}") for name in ROLES}
        # The groups are not all there while the module itself is being installed.
        # sudo: lends the right to compare groups with them.
        return {self.sudo().browse(group): name.removeprefix("group_") for name, group in ids.items() if group}

    def _get_cloud_members(self, company=None):
        """The people at a screen who have one of these roles (with sudo).

        company: those who work in it. Without: of any.
        """
        # sudo: lends the right to see who has a role, and the addresses that are written to.
        people = self.sudo().all_user_ids._filter_cloud_people()
        return people.filtered(lambda user: company in user.company_ids) if company else people

    def _get_cloud_users(self):
        """The members of these groups, where the groups are or bring along a role of Cloud Billing."""
        roles = self._get_cloud_roles()
        # sudo: lends the right to see who has a role.
        related = self.sudo().filtered(lambda group: any(role in roles for role in group.all_implied_ids | group))
        return related.all_user_ids
