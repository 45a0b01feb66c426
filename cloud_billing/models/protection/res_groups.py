from odoo import models

from . import exact_values

_MEMBERS = ("user_ids", "implied_ids", "implied_by_ids")


class ResGroups(models.Model):
    """A role of ours comes by a group too: by its members, and by what other groups bring along."""

    _inherit = "res.groups"

    def _filter_guarded(self, companies):
        """Those that are, or bring along, a role of ours, and have members who work in one of the companies."""
        return self._bring_role().filtered(lambda group: group.all_user_ids.company_ids & companies)

    def _filter_guarded_changes(self, vals, names, companies):
        """Those by which somebody in a live company would gain or lose a role."""
        changed = self.browse()
        # sudo: lends the right to compare members and what groups bring along.
        for group in self.sudo():
            if group._changes_roles(vals, names, companies):
                changed += self.browse(group.id)
        return changed

    def _bring_role(self):
        """Those that are, or bring along, a role of ours."""
        roles = self._get_cloud_roles()
        return self.filtered(lambda group: any(role in roles for role in group.all_implied_ids | group))

    def _changes_roles(self, vals, names, companies):
        for name in names & set(_MEMBERS):
            old, new = set(exact_values.read(self, name)), set(exact_values.convert(self, name, vals[name]))
            moved = self._fields[name].comodel_name
            records = self.env[moved].browse(old ^ new).with_context(active_test=False)
            # Members: of a group with a role, where they work in such a company. Groups: where a role is among them.
            if name == "user_ids" and self._bring_role() and records.company_ids & companies:
                return True
            if name == "implied_ids" and records._bring_role():
                return True
            if name == "implied_by_ids" and records and self._bring_role():
                return True
        return False
