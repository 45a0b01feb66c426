from odoo import fields, models


class CloudIntervention(models.Model):
    _inherit = "cloud.intervention"

    kind = fields.Selection(selection_add=[("signed", "Signed")])
