from odoo import models


class CloudConnector(models.Model):
    _inherit = "cloud.connector"

    def _filter_guarded(self, companies):
        """Those that fetch, or have fetched."""
        return super()._filter_guarded(companies).filtered(lambda connector: connector.state != "setup")
