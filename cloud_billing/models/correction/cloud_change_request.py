from odoo import api, models


class CloudChangeRequest(models.Model):
    """Large credits need a second vote, where a company says how large."""

    _inherit = "cloud.change.request"

    # === HOOKS === #

    @api.model
    def _get_levels(self, record, kind):
        levels = super()._get_levels(record, kind)
        return max(levels, 2) if levels and kind == "bill_run" and record._is_large_credit() else levels
