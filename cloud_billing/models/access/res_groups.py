from odoo import api, models, tools

from .role_lines import split_privilege


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    @tools.ormcache("self.env.lang", cache="groups")
    def _get_view_group_hierarchy(self):
        hierarchy = super()._get_view_group_hierarchy()
        privilege = self.env.ref("cloud_billing.privilege_cloud_billing", raise_if_not_found=False)
        if not privilege or privilege.id not in hierarchy["privileges"]:
            return hierarchy
        groups = privilege.group_ids.sorted(lambda group: (group.sequence, group.id))
        return split_privilege(hierarchy, privilege.id, groups.ids)
