from odoo import api, models, tools

from ..control.cloud_protected_mixin import is_own_column, is_worked_out


class CloudProtectedField(models.Model):
    """What is not simply written though no list names it.

    Odoo stores what it works out, and lets anybody who may write a record write into that column too: the factor of a
    unit, the name of the field that a line of a list means, the company of a price. So it is guarded like what it comes
    of. And whoever gave a record to a company that is being set up would have it free.
    """

    _inherit = "cloud.protected.field"

    # === BUSINESS === #

    @api.model
    def _get_written(self, model):
        """The names of a model that the guard looks at when it is written."""
        return self._get_written_map().get(model, frozenset())

    @api.model
    def _get_worked_out(self, model):
        """Those of them that Odoo works out."""
        return self._get_worked_out_map().get(model, frozenset())

    @api.model
    @tools.ormcache(cache="stable")
    def _get_written_map(self):
        """{model: frozenset of names}: what is listed, the company that decides for it, and what is worked out."""
        written = {model: set(names) for model, names in self._get_map().items()}
        for model, names in written.items():
            if model in self.env and self._decides_by_company(model):
                names.add("company_id")
        for model, names in self._get_worked_out_map().items():
            written.setdefault(model, set()).update(names)
        return {model: frozenset(names) for model, names in written.items()}

    @api.model
    @tools.ormcache(cache="stable")
    def _get_worked_out_map(self):
        """{model: frozenset of columns that Odoo works out}: of ours all, of others what comes of listed fields."""
        found = dict(self.env["cloud.model.facts"]._find_once("worked_out", self._find_worked_out))
        for model, names in self._get_map().items():
            if model in self.env and model not in found:
                found[model] = self._find_results(self.env[model], names)
        return {model: names for model, names in found.items() if names}

    def _find_worked_out(self):
        """{model: frozenset of columns that Odoo works out} of our own models."""
        return {
            model: frozenset(field.name for field in self.env[model]._fields.values() if is_worked_out(field))
            for model in self.env
            if model.startswith("cloud.") and self.env[model]._auto and not self.env[model]._transient
        }

    def _find_results(self, model, names):
        """The columns of a model that Odoo works out from these, also by way of what it does not store."""
        reached, growing = set(names), True
        while growing:
            more = {
                field.name
                for field in model._fields.values()
                if field.compute and any(path.split(".")[0] in reached for path in self.pool.field_depends[field])
            }
            growing = not more <= reached
            reached |= more
        return frozenset(name for name in reached.difference(names) if is_worked_out(model._fields[name]))

    @api.model
    def _decides_by_company(self, model):
        """Whether a record's own company says if it is protected. A login has several, and this is the one it opens."""
        field = self.env[model]._fields.get("company_id")
        return model != "res.users" and field is not None and is_own_column(field)
