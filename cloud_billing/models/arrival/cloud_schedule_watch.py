from odoo import api, models


class CloudScheduleWatch(models.AbstractModel):
    """Each night: days and months that are missing."""

    _inherit = "cloud.schedule.watch"

    # === BUSINESS === #

    @api.model
    def _watch(self, now):
        self.env["cloud.usage.source"]._warn_of_missing(now)
        return super()._watch(now)
