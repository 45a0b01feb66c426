from dateutil.relativedelta import relativedelta
from odoo import api, fields, models


class CloudHome(models.AbstractModel):
    """Days of the month that should be there and are not keep its first step open."""

    _inherit = "cloud.home"

    # === BUSINESS === #

    @api.model
    def _get_usage_step(self, company, start):
        step = super()._get_usage_step(company, start)
        now, end = fields.Datetime.now(), start + relativedelta(months=1)
        sources = self.env["cloud.usage.source"].search([("company_id", "=", company.id), ("cadence", "!=", False)])
        missing = {source: source._get_missing(start, end, now) for source in sources}
        count = sum(len(keys) for found in missing.values() for _account, keys in found)
        if count:
            names = ", ".join(source.name for source, found in missing.items() if found)
            note = self.env._(
                "Days or months that are missing: %(count)s (%(sources)s). See Usage, Completeness.",
                count=count,
                sources=names,
            )
            step["note"] = " ".join(filter(None, [step.get("note"), note]))
            step["is_done"] = False
        return step
