from odoo import models

from .seal_sql import select_unsealed


class CloudBill(models.Model):
    """A bill waits until the months whose usage it counts are sealed, where their source asks for that."""

    _inherit = "cloud.bill"

    # === HOOKS === #

    def _fetch_lateness(self, number=None):
        rows = super()._fetch_lateness(number)
        unsealed = self.env.execute_query_dict(select_unsealed(self.ids, number))
        return rows + [{**row, "code": "unsealed", "policy": "wait"} for row in unsealed]
