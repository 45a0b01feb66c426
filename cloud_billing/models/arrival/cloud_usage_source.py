from odoo import api, fields, models


class CloudUsageSource(models.Model):
    """What a source's rows are checked by when they arrive."""

    _inherit = "cloud.usage.source"

    check_ids = fields.One2many(
        "cloud.usage.check",
        "source_id",
        string="Checks",
        context={"active_test": False},
        help="A row that breaks one is held for review from the moment it arrives.",
    )
    held_count = fields.Integer(compute="_compute_held_count", string="Rows Held for Review")

    # === COMPUTE === #

    def _compute_held_count(self):
        groups = self.env["cloud.usage.exception"]._read_group(
            [("source_id", "in", self.ids), ("state", "=", "held")], ["source_id"], ["__count"]
        )
        counts = {source.id: count for source, count in groups}
        for source in self:
            source.held_count = counts.get(source._origin.id, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        for source in sources.filtered(lambda one: not one.check_ids):
            self.env["cloud.usage.check"].create(self.env["cloud.usage.check"]._prepare_defaults(source))
        return sources

    # === ACTIONS === #

    def action_open_checks(self):
        """The checks of this source, to change them."""
        action = self._open_list("cloud_billing.cloud_usage_check_action")
        return {**action, "context": {**action["context"], "active_test": False}}

    def action_open_held(self):
        """The rows of this source that are held for review."""
        return self._open_list("cloud_billing.cloud_usage_exception_action")
