from odoo import fields, models


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[("cutover", "Cutover from another system"), ("cutover_undo", "Cutover taken back")],
        ondelete={"cutover": "cascade", "cutover_undo": "cascade"},
    )
