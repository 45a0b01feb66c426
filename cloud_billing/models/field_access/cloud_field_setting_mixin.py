from odoo import api, models


class CloudFieldSettingMixin(models.AbstractModel):
    """A part of what says who sees which field: a change of it counts at once, in every process, and is recorded."""

    _name = "cloud.field.setting.mixin"
    _description = "Setting of Field Access"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._after_change("created", records, lambda record: record._get_recorded())
        return records

    def write(self, vals):
        before = {record.id: record._get_recorded() for record in self}
        result = super().write(vals)
        after = {record.id: record._get_recorded() for record in self}
        # A class whose roles or fields are edited in its form says the same as before: they say it themselves.
        changed = self.filtered(lambda record: after[record.id] != before[record.id])
        self._after_change("changed", changed, lambda record: {"old": before[record.id], "new": after[record.id]})
        return result

    def unlink(self):
        self._after_change("removed", self, lambda record: record._get_recorded())
        result = super().unlink()
        self.env.registry.clear_cache("stable")
        return result

    # === BUSINESS === #

    def _after_change(self, what, records, get_detail):
        self.env.flush_all()
        self.env.registry.clear_cache("stable")
        self.env["cloud.audit.event"]._record(
            "field_access", records, detail=lambda record: {"what": what, **get_detail(record)}
        )

    def _get_audit_tracked(self):
        # A change is one event, whatever an auditor tracks besides: of its own kind, which names the class too.
        return None

    # === HOOKS === #

    def _get_recorded(self):
        """Return what the audit trail keeps of one record: a JSON-able dict of texts."""
        raise NotImplementedError
