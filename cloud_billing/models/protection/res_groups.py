from odoo import models
from odoo.fields import Command

from . import exact_values

_MEMBERS = ("user_ids", "implied_ids", "implied_by_ids", "rule_groups")


class ResGroups(models.Model):
    """A role of ours comes by a group too: by its members, and by what other groups bring along.

    And a rule on our records counts for some groups only, where it names any.
    """

    _inherit = "res.groups"

    def _filter_guarded(self, companies):
        """Those that are, or bring along, a role of ours, and have members who work in one of the companies."""
        return self._bring_role().filtered(lambda group: group.all_user_ids.company_ids & companies)

    def _filter_guarded_existence(self, companies, sign):
        """Also a new one that a rule on our records would count for, and for those without it no longer."""
        guarded = super()._filter_guarded_existence(companies, sign)
        return guarded | self.filtered(lambda group: group.rule_groups._filter_guarded(companies))

    def _filter_guarded_changes(self, vals, names, companies):
        """Those by which somebody in a live company would gain or lose a role, or a rule count for somebody else."""
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
            value = _without_edits(vals[name]) if name == "rule_groups" else vals[name]
            old, new = set(exact_values.read(self, name)), set(exact_values.convert(self, name, value))
            moved = self._fields[name].comodel_name
            records = self.env[moved].browse(old ^ new).with_context(active_test=False)
            # Members: of a group with a role, where they work in such a company. Groups: where a role is among them.
            if name == "user_ids" and self._bring_role() and records.company_ids & companies:
                return True
            if name == "implied_ids" and records._bring_role():
                return True
            if name == "implied_by_ids" and records and self._bring_role():
                return True
            if name == "rule_groups" and records._filter_guarded(companies):
                return True
        return False


def _without_edits(value):
    """Commands of a list of rules, less those that make, edit or delete one: that is asked of the rule itself."""
    if not value:
        return value
    edits = (Command.CREATE, Command.UPDATE, Command.DELETE)
    return [command for command in value if not (isinstance(command, (list, tuple)) and command[0] in edits)]
