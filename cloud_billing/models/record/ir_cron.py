from odoo import models

from . import origin


class IrCron(models.Model):
    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        with origin.running("cron"):
            return super()._callback(cron_name, server_action_id)
