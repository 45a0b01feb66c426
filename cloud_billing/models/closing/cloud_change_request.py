from odoo import fields, models


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    kind = fields.Selection(selection_add=[("closing", "Month end")], ondelete={"closing": "cascade"})
