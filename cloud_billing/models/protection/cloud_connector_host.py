from odoo import models


class CloudConnectorHost(models.Model):
    _inherit = "cloud.connector.host"

    def _filter_guarded(self, companies):
        """Those of a connector that is protected."""
        return self.filtered(lambda host: host.connector_id._filter_guarded(companies))

    def _filter_guarded_changes(self, vals, names, companies):
        """Not where a new one is: whoever allows it says whether that is in the own network, and it stays so then."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed.filtered("allowed_at") if names == {"is_inner"} else changed
