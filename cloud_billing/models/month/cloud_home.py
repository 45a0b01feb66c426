from odoo import api, fields, models


class CloudHome(models.AbstractModel):
    """What does not run is told where the month is seen."""

    _inherit = "cloud.home"

    @api.model
    def get_month(self, month=None):
        figures = super().get_month(month)
        if not self._sees_month():
            return {**figures, "warnings": [], "notes": [self.env["cloud.sharing.group"]._get_refusal()]}
        return {**figures, "warnings": self.env["cloud.schedule.watch"]._get_problems(fields.Datetime.now())}
