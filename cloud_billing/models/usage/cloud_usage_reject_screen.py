from odoo import api, models


class CloudUsageReject(models.Model):
    """What a row that waits is called, and the button by which people resolve it."""

    _inherit = "cloud.usage.reject"

    # === COMPUTE === #

    @api.depends("file_name", "row_no")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for reject in self:
            reject.display_name = self.env._("%(file)s, row %(row)s", file=reject.file_name, row=reject.row_no)

    # === ACTIONS === #

    def action_resolve(self):
        """Open the wizard that corrects, accepts or waives these rows."""
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_resolve_wizard_action")
        return {**action, "context": {"default_reject_ids": self.ids, "dialog_size": "extra-large"}}
