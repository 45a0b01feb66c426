from odoo import api, models


class CloudUsageReject(models.Model):
    """Rows that were given up go into the register. What they would have come to nobody can say."""

    _inherit = "cloud.usage.reject"

    @api.depends("file_name", "row_no")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for reject in self:
            reject.display_name = self.env._("%(file)s, row %(row)s", file=reject.file_name, row=reject.row_no)

    def action_waive(self, reason):
        result = super().action_waive(reason)
        self.env["cloud.intervention"]._note("waived", self, reason)
        return result
