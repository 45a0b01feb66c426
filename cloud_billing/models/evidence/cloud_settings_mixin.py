from odoo import fields, models


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_review_cadence = fields.Selection(related="company_id.cloud_review_cadence", readonly=False)
    cloud_review_days = fields.Integer(related="company_id.cloud_review_days", readonly=False)
    cloud_reviewer_id = fields.Many2one(related="company_id.cloud_reviewer_id", readonly=False)
