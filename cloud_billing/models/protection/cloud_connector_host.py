from odoo import models


class CloudConnectorHost(models.Model):
    _inherit = "cloud.connector.host"

    def _filter_guarded(self, companies):
        """Those of a connector that is protected."""
        return self.filtered(lambda host: host.connector_id._filter_guarded(companies))
