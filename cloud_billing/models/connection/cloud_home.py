from odoo import api, models


class CloudHome(models.AbstractModel):
    """Sources that do not come in are counted where the month is seen."""

    _inherit = "cloud.home"

    @api.model
    def _get_usage_step(self, company, start):
        step = super()._get_usage_step(company, start)
        red = self.env["cloud.connector"].search_count([("company_id", "=", company.id), ("health", "=", "red")])
        if red:
            note = self.env._("%(count)s sources do not come in: see Usage, Connectors.", count=red)
            if red == 1:
                note = self.env._("One source does not come in: see Usage, Connectors.")
            step["note"] = " ".join(filter(None, [step.get("note"), note]))
            step["is_done"] = False
        return step
