from odoo import fields, models


class CloudConnectorRun(models.Model):
    """One time that a connector spoke to its provider: what it asked, what came, and how it ended.

    What it found is kept as codes and values; the sentences are made when a person reads them, in that language.
    """

    _name = "cloud.connector.run"
    _description = "Activity of a Connector"
    _inherit = ["cloud.usage.preview.mixin"]
    _order = "id desc"
    _rec_name = "connector_id"

    connector_id = fields.Many2one("cloud.connector", required=True, readonly=True, ondelete="cascade", index=True)
    source_id = fields.Many2one(related="connector_id.source_id", store=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("manual", "Fetched by hand"),
            ("backfill", "Back-fill"),
            ("test", "Test"),
            ("dry_run", "Dry run"),
        ],
        required=True,
        readonly=True,
        string="Why",
    )
    user_id = fields.Many2one("res.users", string="By", readonly=True, help="Who asked for it; empty: the schedule.")
    backfill_id = fields.Many2one(
        "cloud.connector.backfill", readonly=True, ondelete="set null", index="btree_not_null"
    )
    started_at = fields.Datetime(required=True, readonly=True, string="Began")
    ended_at = fields.Datetime(readonly=True, string="Ended")
    window_start = fields.Datetime(readonly=True, string="From")
    window_end = fields.Datetime(readonly=True, string="To")
    delivery_ids = fields.One2many("cloud.connector.delivery", "run_id", string="Deliveries", readonly=True)
    delivery_count = fields.Integer(readonly=True, string="Number of Deliveries", default=0)
    control_count = fields.Integer(readonly=True, string="Control Totals", default=0)
    # Float: an Integer ends at 2 GB.
    byte_count = fields.Float(digits=(20, 0), readonly=True, string="Bytes", default=0)
    outcome = fields.Selection(
        [("running", "Running"), ("green", "Good"), ("yellow", "To look at"), ("red", "Failed")],
        default="running",
        required=True,
        readonly=True,
    )
    error_code = fields.Char(readonly=True)
    error_values = fields.Json(readonly=True)
    facts = fields.Json(readonly=True, help="What a test saw: [[code, values], ...].")
    next_try_at = fields.Datetime(readonly=True, string="Next Try")
    failures = fields.Integer(readonly=True, default=0, help="In a row, with this one.")

    _ended_with_outcome = models.Constraint(
        "CHECK ((outcome = 'running') = (ended_at IS NULL))", "What has ended has an outcome."
    )
    # A second worker cannot begin what the first one is at; one that was killed is ended by whoever comes next.
    _one_running = models.UniqueIndex(
        "(connector_id) WHERE outcome = 'running'", "This connector is being fetched already."
    )

    # === ACTIONS === #

    def _open_panel(self):
        """Show this run in a dialog: what a test saw, or what a dry run would import."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self._fields["kind"].convert_to_export(self.kind, self),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("cloud_billing.cloud_connector_run_view_panel").id, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === BUSINESS === #

    def _may_show_preview(self):
        """Of what a provider gave: whoever reads the activity may not see what it costs."""
        return self.env["cloud.field.access"]._may_see_costs()
