from odoo import fields, models


class CloudUsageImport(models.Model):
    """What of a delivery is held for review."""

    _inherit = "cloud.usage.import"

    held_count = fields.Integer(compute="_compute_held_count", string="Rows Held for Review")

    # === COMPUTE === #

    def _compute_held_count(self):
        groups = self.env["cloud.usage.exception"]._read_group(
            [("import_id", "in", self.ids), ("state", "=", "held")], ["import_id"], ["__count"]
        )
        counts = {usage_import.id: count for usage_import, count in groups}
        for usage_import in self:
            usage_import.held_count = counts.get(usage_import._origin.id, 0)

    # === ACTIONS === #

    def action_open_held(self):
        """The rows of this import that are held for review."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_exception_action")
        return {**action, "domain": [("import_id", "=", self.id)]}

    # === BUSINESS === #

    def _get_report(self):
        report = super()._get_report()
        if self.held_count:
            report += " " + self.env._("Rows held for review: %(count)s.", count=self.held_count)
        return report
