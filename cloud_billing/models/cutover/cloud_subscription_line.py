from odoo import fields, models


class CloudSubscriptionLine(models.Model):
    _inherit = "cloud.subscription.line"

    former_key = fields.Char(string="Key in the Former System", readonly=True, copy=False)

    # === BUSINESS === #

    def _get_billed_elsewhere(self):
        """{line id: first day that another system has not billed} of lines with days that it did; one statement."""
        # sudo: what may change depends on it, also for people who may not see charges.
        groups = (
            self.env["cloud.charge"]
            .sudo()
            ._read_group(
                [("subscription_line_id", "in", self.ids), ("is_opening", "=", True), ("is_live", "=", True)],
                ["subscription_line_id"],
                ["service_end:max"],
            )
        )
        return {line.id: day for line, day in groups}
