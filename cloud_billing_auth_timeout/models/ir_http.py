from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """What the web client tells a person of his or her second factor and password when it starts."""
        info = super().session_info()
        if self.env.user._is_internal():
            info["cloud_identity_notices"] = self.env.user._get_cloud_notices()
        return info
