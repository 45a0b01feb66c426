from odoo import fields, models


class CloudChangeDecide(models.TransientModel):
    """A vote with its comment."""

    _name = "cloud.change.decide"
    _description = "Vote on a Change Request"

    request_id = fields.Many2one("cloud.change.request", required=True, readonly=True)
    decision = fields.Selection(
        [("approve", "Approve"), ("reject", "Reject"), ("return", "Give back for rework")], required=True, readonly=True
    )
    # Whoever approves from the list or from a card sees here what it means, with costs only where they may be seen.
    effect_html = fields.Html(related="request_id.effect_html", related_sudo=False, string="Effect", sanitize=False)
    comment = fields.Text()

    def action_confirm(self):
        """Give the vote."""
        self.ensure_one()
        if self.decision == "approve":
            self.request_id.action_approve(self.comment or None)
            return
        if self.decision == "return":
            self.request_id.action_return(self.comment)
        else:
            self.request_id.action_reject(self.comment)
