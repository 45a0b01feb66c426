from odoo import models


class ResConfigSettings(models.TransientModel):
    """The billing settings among Odoo's own, for Odoo's administrators."""

    _name = "res.config.settings"
    _inherit = ["res.config.settings", "cloud.settings.mixin"]
