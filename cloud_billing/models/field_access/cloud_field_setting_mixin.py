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
        self._after_change("changed", self, lambda record: {"old": before[record.id], "new": record._get_recorded()})
        return result

    def unlink(self):
        gone = {record.id: record._get_recorded() for record in self}
        names = self.browse(self.ids)
        self._after_change("removed", names, lambda record: gone[record.id])
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === BUSINESS === #

    def _after_change(self, what, records, get_detail):
        self.env.flush_all()
        self.env.registry.clear_cache()
        self.env["cloud.audit.event"]._record(
            "field_access", records, detail=lambda record: {"what": what, **get_detail(record)}
        )

    # === HOOKS === #

    def _get_recorded(self):
        """Return what the audit trail keeps of one record: a JSON-able dict of texts."""
        self.ensure_one()
        return {"name": self.display_name}
