from odoo import models
from odoo.fields import Domain
from odoo.tools import OrderedSet

_BY_ID = ("=", "!=", "in", "not in", "child_of", "parent_of")
_NESTED = ("any", "not any")
_COLLECTIONS = (list, tuple, set, frozenset, OrderedSet)


class Base(models.AbstractModel):
    """Whoever asks which records have a certain other one among theirs is told so of those that he or she reads.

    Odoo compares numbers in a one2many or many2many as superuser: by guessing them one could learn whose a hidden
    subscription is from the plan, the contact or the tag that everybody reads.
    """

    _inherit = "base"

    # === CRUD === #

    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not (self.env.su or bypass_access):
            domain = self._without_hidden_links(Domain(domain))
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    # === BUSINESS === #

    def _without_hidden_links(self, domain):
        return domain.map_conditions(self._without_hidden_link)

    def _without_hidden_link(self, condition):
        """A condition without the numbers of records that this person does not read."""
        name, _dot, rest = condition.field_expr.partition(".")
        field, value = self._fields.get(name), condition.value
        if field is None or not field.comodel_name:
            return condition
        if rest or condition.operator in _NESTED:
            return self._without_hidden_links_behind(field, rest, condition)
        if field.type not in ("one2many", "many2many") or condition.operator not in _BY_ID:
            return condition
        values = [value] if isinstance(value, int) else value
        if not isinstance(values, _COLLECTIONS):
            return condition
        asked = {one for one in values if isinstance(one, int) and not isinstance(one, bool)}
        hidden = asked - self._find_readable(field.comodel_name, asked)
        if not hidden:
            return condition
        # Of one number that is hidden an empty list is left: nothing is among those, and everything is without them.
        operator = {"=": "in", "!=": "not in"}.get(condition.operator, condition.operator)
        return Domain(name, operator, [one for one in values if one not in hidden])

    def _find_readable(self, model_name, ids):
        """Which of these records the person reads, of models whose rows are limited; all of them of others."""
        model = self.env[model_name].with_context(active_test=False)
        is_limited = model_name.startswith("cloud.") or model._get_sharing_paths() is not None
        if not ids or not is_limited:
            return ids
        return set(model.search([("id", "in", list(ids))]).ids) if model.has_access("read") else set()

    def _without_hidden_links_behind(self, field, rest, condition):
        """What lies behind a link is searched as the same person and comes here by itself, unless Odoo joins it."""
        if not field.bypass_search_access:
            return condition
        behind = self.env[field.comodel_name]
        if rest:
            inner = Domain(rest, condition.operator, condition.value)
            limited = behind._without_hidden_links(inner)
            return condition if limited == inner else Domain(field.name, "any", limited)
        if not isinstance(condition.value, Domain):
            return condition
        return Domain(field.name, condition.operator, behind._without_hidden_links(condition.value))
