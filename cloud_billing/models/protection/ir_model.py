from odoo import models


class IrModel(models.Model):
    _inherit = "ir.model"

    def _filter_guarded(self, companies):
        """Those that a person makes on a screen."""
        return super()._filter_guarded(companies).filtered(lambda record: record.state == "manual")
