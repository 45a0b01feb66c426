from odoo import models


class CloudProtectedMixin(models.AbstractModel):
    """Refuses direct writes of protected values once the company is live."""

    _name = "cloud.protected.mixin"
    _description = "Protected Record"
