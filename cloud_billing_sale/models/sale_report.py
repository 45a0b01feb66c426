from odoo import fields, models

from .sale_order import SHARING_PATHS


class SaleReport(models.Model):
    """Odoo's analysis of sales shows a member of a sharing group the orders that he or she sees, and no other."""

    _inherit = "sale.report"

    # Odoo's own link to the order is no field that a rule can follow.
    cloud_order_id = fields.Many2one("sale.order", string="Order of the Line", readonly=True)

    # === BUSINESS === #

    def _select_additional_fields(self):
        return {**super()._select_additional_fields(), "cloud_order_id": "s.id"}

    def _get_sharing_paths(self):
        return SHARING_PATHS.behind("cloud_order_id")
