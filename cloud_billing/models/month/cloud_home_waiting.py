from odoo import api, models


class CloudHome(models.AbstractModel):
    """How much waits for the person's own vote, of any kind and month."""

    _inherit = "cloud.home"

    # === ACTIONS === #

    @api.model
    def get_month(self, month=None):
        """As before, with "waiting_for_me": the number of change requests that the person may vote on now."""
        values = super().get_month(month)
        is_approver = self.env.user.has_group("cloud_billing.group_approver")
        waiting = self.env["cloud.change.request"].search_count([("can_vote", "=", True)]) if is_approver else 0
        return {**values, "waiting_for_me": waiting}
