from odoo import fields, models


class CloudSubscription(models.Model):
    """The timeline of what was agreed."""

    _inherit = "cloud.subscription"

    change_ids = fields.One2many("cloud.subscription.change", "subscription_id", string="Timeline", copy=False)

    # === BUSINESS === #

    def _note_change(self, kind, date_from, date_to=None, policy=None, reason=None, **facts):
        """Note that something else is agreed of all lines; see `cloud.subscription.change`."""
        return self.env["cloud.subscription.change"]._note(self, kind, date_from, date_to, policy, reason, **facts)
