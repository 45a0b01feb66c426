from odoo import api, fields, models


class CloudUsageImport(models.Model):
    """Shows on an import what its wizard showed and what it changed, and leads to its rows and to what waits."""

    _name = "cloud.usage.import"
    _inherit = ["cloud.usage.import", "cloud.usage.preview.mixin"]

    has_removal = fields.Boolean(compute="_compute_has_removal", help="It would take usage away.")
    removal_text = fields.Text(
        string="What It Takes Away", compute="_compute_has_removal", help="With the money, to who may see costs."
    )
    open_reject_count = fields.Integer(compute="_compute_open_reject_count", string="Rows to Resolve")
    unmatched_stream_count = fields.Integer(
        compute="_compute_unmatched_stream_count", string="Streams Without Owner", help="Of the source."
    )

    # === COMPUTE === #

    @api.depends("differences")
    @api.depends_context("uid", "lang")
    def _compute_has_removal(self):
        sees_costs = self.env["cloud.field.access"]._may_see_costs()
        for usage_import in self:
            usage_import.has_removal = bool(usage_import._get_removals())
            usage_import.removal_text = usage_import.has_removal and usage_import._explain_removals(sees_costs)

    @api.depends("reject_ids.state")
    def _compute_open_reject_count(self):
        groups = self.env["cloud.usage.reject"]._read_group(
            [("import_id", "in", self.ids), ("state", "=", "open")], ["import_id"], ["__count"]
        )
        counts = {usage_import.id: count for usage_import, count in groups}
        for usage_import in self:
            usage_import.open_reject_count = counts.get(usage_import._origin.id, 0)

    def _compute_unmatched_stream_count(self):
        streams = self.env["cloud.usage.stream"]
        groups = streams._read_group(
            [("source_id", "in", self.source_id.ids), *streams._get_unmatched_domain()], ["source_id"], ["__count"]
        )
        counts = {source.id: count for source, count in groups}
        for usage_import in self:
            usage_import.unmatched_stream_count = counts.get(usage_import.source_id.id, 0)

    # === ACTIONS === #

    def action_open_rows(self):
        """The usage rows that this import brought."""
        self.ensure_one()
        return self._open_list("cloud_usage_record_action", [("import_id", "=", self.id)])

    def action_open_rejects(self):
        """The rows of this import that wait for a person."""
        self.ensure_one()
        return self._open_list("cloud_usage_reject_action", [("import_id", "=", self.id)], search_default_filter_open=1)

    def action_open_unmatched(self):
        """The streams of this source that belong to nobody."""
        self.ensure_one()
        return self._open_list("cloud_usage_stream_action_unmatched", [("source_id", "=", self.source_id.id)],
                               search_default_filter_unmatched=1)  # fmt: skip

    def _open_list(self, action_name, domain, **context):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"cloud_billing.{action_name}")
        return {**action, "domain": domain, "context": context}

    # === BUSINESS === #

    def _may_show_preview(self):
        """Whoever imports has the files; whoever reads the import later may not see what they cost."""
        return self.env["cloud.field.access"]._may_see_costs()

    def _rehearse(self):
        """Import at once, to see what comes of it; the caller rolls everything back."""
        for usage_import in self._begin("draft"):
            usage_import.env["cloud.usage.importer"]._import_now(usage_import)
