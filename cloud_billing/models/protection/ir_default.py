from odoo import SUPERUSER_ID, models

from . import exact_values

# What a default is of and for whom it counts.
_PLACE = frozenset({"field_id", "company_id", "user_id", "condition"})


class IrDefault(models.Model):
    """A value per company (an income account, a fiscal position) that a record does not have comes from here."""

    _inherit = "ir.default"

    def _filter_guarded(self, companies):
        """Those that say for everybody what a protected field falls back to."""
        return super()._filter_guarded(companies).filtered(lambda default: default._is_protected_fallback())

    def _is_protected_fallback(self):
        name, model = self.field_id.name, self.field_id.model
        field = self.env[model]._fields.get(name) if model in self.env else None
        return bool(
            field is not None
            and field.company_dependent
            and name in self.env["cloud.protected.field"]._get_names(model)
            # Of one person it fills in forms only; Odoo looks values up as the superuser.
            and self.user_id.id in (False, SUPERUSER_ID)
            and not self.condition
        )

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one: moved to another field, or from one person to everybody."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        moving = {name: vals[name] for name in names & _PLACE}
        return changed | self.filtered(
            lambda default: any(exact_values.changes(default, name, value) for name, value in moving.items())
        )
