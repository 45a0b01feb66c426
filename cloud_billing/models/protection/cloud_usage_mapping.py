from odoo import models
from odoo.fields import Domain


class CloudUsageMapping(models.Model):
    _inherit = "cloud.usage.mapping"

    def _filter_guarded(self, companies):
        """Those that say whose usage of a sealed month is."""
        return super()._filter_guarded(companies).filtered(lambda mapping: mapping._is_sealed())

    def _is_sealed(self):
        domain = Domain("source_id", "=", self.source_id.id) & Domain("state", "=", "sealed")
        if self.stream_id.provider_account:
            domain &= Domain("provider_account", "in", ("", self.stream_id.provider_account))
        if self.date_start:
            domain &= Domain("month", ">=", self.date_start.replace(day=1))
        if self.date_end:
            domain &= Domain("month", "<", self.date_end)
        return bool(self.env["cloud.usage.seal"].search_count(domain, limit=1))

    def _get_touched_domain(self):
        return [("id", "in", self.subscription_line_id.ids)]
