from odoo import models

from . import origin


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        with origin.running("server_action"):
            return super().run()
