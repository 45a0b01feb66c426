from dateutil.relativedelta import relativedelta
from odoo import models


class CloudUsageMatcher(models.AbstractModel):
    """In a live company rules leave the days of sealed months with who has them: two people change their owner."""

    _inherit = "cloud.usage.matcher"

    def _fetch_kept(self, company, groups, owned, with_billed):
        kept = super()._fetch_kept(company, groups, owned, with_billed)
        is_protected = bool(self.env["cloud.usage.mapping"]._get_guarded_names())
        # sudo: lends the right to read the state of the company.
        if not is_protected or company.sudo().cloud_billing_state != "live":
            return kept
        for mapping_id, months in self._get_ruled(owned)._get_sealed_months().items():
            after = months[-1] + relativedelta(months=1)
            kept[mapping_id] = max(kept.get(mapping_id, after), after)
        return kept
