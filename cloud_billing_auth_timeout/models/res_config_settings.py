from odoo import fields, models

from .res_users_password import PASSWORD_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_password_days = fields.Integer(
        string="Ask for a New Password After",
        config_parameter=PASSWORD_DAYS,
        help="Days after which people are asked whether they want to change their password; 0 = never. Nobody is "
        "forced: who has to change often takes weaker ones.",
    )

    # === CRUD === #

    def set_values(self):
        # sudo: lends the right to read the one parameter that is compared.
        parameters = self.env["ir.config_parameter"].sudo()
        before = int(parameters.get_param(PASSWORD_DAYS, 0))
        result = super().set_values()
        after = int(parameters.get_param(PASSWORD_DAYS, 0))
        if before != after:
            self.env["cloud.audit.event"]._record("settings", detail={"password_days": {"old": before, "new": after}})
        return result
