from odoo import models


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _filter_guarded(self, companies):
        """Those that a person makes on a screen."""
        return super()._filter_guarded(companies).filtered(lambda record: record.state == "manual")
