from odoo import models

from ..control.cloud_protected_mixin import TOKEN
from . import agreed_writes


class CloudConnector(models.Model):
    _inherit = "cloud.connector"

    def _filter_guarded(self, companies):
        """Those that fetch, or have fetched: also while another host of them waits to be allowed."""
        connectors = super()._filter_guarded(companies)
        return connectors.filtered(lambda connector: connector.state != "setup" or connector.last_success_at)

    def _sync_hosts(self):
        """Who agreed to the settings agreed to the hosts that they name; these wait to be allowed as ever."""
        agreed = self.filtered(lambda connector: connector._has_agreed_settings())
        for connector in agreed:
            with agreed_writes.opened(self.env, connector._get_host_keys(), TOKEN):
                super(CloudConnector, connector)._sync_hosts()
        return super(CloudConnector, self - agreed)._sync_hosts()

    def _has_agreed_settings(self):
        return any(agreed_writes.was_agreed(self, [name]) for name in ("options", "kind"))

    def _get_host_keys(self):
        """What of `agreed_writes` the hosts need to be those that the settings of one connector name."""
        gone, new = self._find_host_changes()
        return [
            *((gone._name, host_id, agreed_writes.UNLINK) for host_id in gone.ids),
            *[(gone._name, 0, agreed_writes.CREATE)] * len(new),
        ]
