from odoo import api, fields, models


class CloudGoLive(models.TransientModel):
    """The checklist of a company that goes live, and the choice to work without a second person."""

    _name = "cloud.go.live"
    _description = "Go Live"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    current_state = fields.Selection(related="company_id.cloud_billing_state", string="State Now")
    state = fields.Selection(
        [("live", "Live: another person approves"), ("solo", "Live, one person: nobody approves")],
        required=True,
        default="live",
    )
    reason = fields.Text(help="Why one person works without a checker. It is written into the audit trail.")
    checklist_html = fields.Html(string="Checklist", compute="_compute_checklist", sanitize=False)
    is_ready = fields.Boolean(compute="_compute_checklist")

    # === COMPUTE === #

    @api.depends("company_id", "state")
    def _compute_checklist(self):
        for wizard in self:
            checklist = wizard.company_id._get_cloud_checklist(wizard.state) if wizard.company_id else []
            wizard.is_ready = all(item["ok"] for item in checklist)
            wizard.checklist_html = self.env["ir.qweb"]._render(
                "cloud_billing.go_live_checklist", {"checklist": checklist}
            )

    # === ACTIONS === #

    def action_confirm(self):
        """Go live; the request, where another person has to agree that one works alone."""
        self.ensure_one()
        request = self.company_id._set_cloud_live(self.state, self.reason or None)
        if request:
            return request.get_formview_action()
        # The banner and what may be done change everywhere.
        return {"type": "ir.actions.client", "tag": "reload"}
