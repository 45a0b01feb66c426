from odoo import fields, models


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[("write_off", "Write-off"), ("goodwill", "Goodwill credit")],
        ondelete={"write_off": "cascade", "goodwill": "cascade"},
    )
