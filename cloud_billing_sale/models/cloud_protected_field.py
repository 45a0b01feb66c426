from odoo import api, models

_LIMIT = ("cloud_seller_discount",)


class CloudProtectedField(models.Model):
    _inherit = "cloud.protected.field"

    # === HOOKS === #

    @api.model
    def _get_ready_list(self):
        return [*super()._get_ready_list(), ("res.company", "high", _LIMIT), ("res.users", "high", _LIMIT)]
