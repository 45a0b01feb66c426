from odoo import api, models

from . import origin


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def load(self, fields, data):
        with origin.running("import"):
            return super().load(fields, data)
