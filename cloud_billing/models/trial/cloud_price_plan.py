from odoo import api, fields, models


class CloudPricePlan(models.Model):
    _inherit = "cloud.price.plan"

    sample_ids = fields.One2many("cloud.price.sample", "plan_id", string="Sample Calculations")
    sample_count = fields.Integer(compute="_compute_sample_count", string="Number of Sample Calculations")

    # === COMPUTE === #

    @api.depends("sample_ids")
    def _compute_sample_count(self):
        groups = self.env["cloud.price.sample"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"])
        counts = {plan.id: count for plan, count in groups}
        for plan in self:
            plan.sample_count = counts.get(plan._origin.id, 0)

    # === ACTIONS === #

    def action_open_samples(self):
        """The sentences of contracts that every version of this plan must agree with."""
        self.ensure_one()
        return self.env["cloud.price.sample"]._get_list_action(self)

    # === BUSINESS === #

    def _get_version_to_check(self):
        """The newest version that may still become something else, else the one in force, else the newest; or empty."""
        self.ensure_one()
        versions = self.version_ids
        open_versions = versions.filtered(lambda version: version.state in ("draft", "pending", "rejected"))
        return (open_versions.sorted("id", reverse=True) or self.current_version_id or versions)[:1]
