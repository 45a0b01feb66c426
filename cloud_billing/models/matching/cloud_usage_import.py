from odoo import models


class CloudUsageImport(models.Model):
    """What came new gets its owner by the rules of the mapping table, else a suggestion, as soon as it counts."""

    _inherit = "cloud.usage.import"

    # === BUSINESS: OUTCOMES === #

    def _set_imported(self, known_delivery_ids):
        result = super()._set_imported(known_delivery_ids)
        plan = self.env["cloud.usage.matcher"]._fill(self.company_id, usage_import=self)
        if plan.new:
            self.message_post(
                body=self.env._("Rules of the mapping table gave %(count)s streams an owner.", count=len(plan.new))
            )
        self.env["cloud.usage.suggester"]._suggest(self.company_id, usage_import=self)
        return result
