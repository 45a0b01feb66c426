from odoo import models

from . import agreement


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    def _apply(self):
        with agreement.applying(self):
            return super()._apply()
