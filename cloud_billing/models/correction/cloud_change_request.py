from odoo import api, fields, models


class CloudChangeRequest(models.Model):
    """Large credits need a second vote, where a company says how large."""

    _inherit = "cloud.change.request"

    kind = fields.Selection(selection_add=[("undo", "Undo of invoices")], ondelete={"undo": "cascade"})

    # === HOOKS === #

    @api.model
    def _get_levels(self, record, kind):
        levels = super()._get_levels(record, kind)
        is_large = (kind == "bill_run" and record._is_large_credit()) or (kind == "goodwill" and record._is_large())
        return max(levels, 2) if levels and is_large else levels
