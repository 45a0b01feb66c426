from odoo import api, models

from .cloud_field_access import LISTED
from .hidden_fields import hide_fields


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def _has_field_access(self, field, operation):
        # Every way to a field asks this: read, write, search, order, group, export, templates, related fields.
        if not super()._has_field_access(field, operation):
            return False
        # The list first: this is asked at every value that is read, and nearly no field is in a class.
        key, listed = (self._name, field.name), getattr(self.pool, LISTED, None)
        if (listed is not None and key not in listed) or self.env.su:
            return True
        return key not in self.env["cloud.field.access"]._get_denied_to_me()[operation]

    @api.model
    def _get_hidden_fields(self, names):
        """Those of these fields that the person of this environment may not read, also where code lends more rights."""
        records = self.sudo(False)
        fields_ = [self._fields[name] for name in names if name in self._fields]
        return {field.name for field in fields_ if not records._has_field_access(field, "read")}

    @api.model
    def default_get(self, fields):
        """As Odoo's, without what a new record would hold in fields that the person may not read."""
        found = super().default_get(fields)
        hidden = self._get_hidden_listed(found)
        return {name: value for name, value in found.items() if name not in hidden}

    @api.model
    def _add_missing_default_values(self, values):
        # A record that such a person makes gets them all the same: it is the record of everybody.
        result = super()._add_missing_default_values(values)
        if missing := self._get_hidden_listed(self._fields.keys() - result.keys()):
            # sudo: lends the right to fill in what the person does not see.
            every = self.sudo()._add_missing_default_values(values)
            result.update({name: every[name] for name in missing & every.keys()})
        return result

    @api.model
    def _get_hidden_listed(self, names):
        """Those of these fields that are hidden from the person; asks only for fields that are in a class."""
        listed = getattr(self.pool, LISTED, None)
        if self.env.su:
            return frozenset()
        return self._get_hidden_fields([name for name in names if listed is None or (self._name, name) in listed])

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """As Odoo's, without the fields that the person may not read."""
        result = super().get_view(view_id, view_type, **options)
        denied = frozenset() if self.env.su else self.env["cloud.field.access"]._get_denied_to_me()["read"]
        if denied:
            result["arch"] = hide_fields(self.env.registry, self._name, result["arch"], denied)
        return result
