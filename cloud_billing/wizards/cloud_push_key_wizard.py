from odoo import api, fields, models
from odoo.addons.base.models.res_users import check_identity

from ..models.push.cloud_usage_source_key import MAX_DAYS, MAX_FORMER_HOURS


class CloudPushKeyWizard(models.TransientModel):
    """Asks which key a sender shall have, makes it and shows it once; it is kept nowhere as it is shown."""

    _name = "cloud.push.key.wizard"
    _description = "Make a Key for Pushing"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("address", "API key for the address of the source"),
            ("json2", "API key for JSON-2"),
            ("signature", "Signing key (HMAC-SHA256)"),
        ],
        default="address",
        required=True,
        help="An API key goes with each request. A signing key never leaves either side: each request is signed by it.",
    )
    days = fields.Integer(string="Good For", default=180, required=True, help="Days; then a new key is needed.")
    former_hours = fields.Integer(
        string="Former One Stays Good For",
        default=24,
        required=True,
        help="Hours in which both signing keys are taken, so that the sender can change over. 0: it ends at once.",
    )
    date_end = fields.Date(string="Ends On", compute="_compute_date_end")

    _days_range = models.Constraint(
        f"CHECK (days BETWEEN 1 AND {MAX_DAYS})", "A key is good for one day at least and a year at most."
    )

    _former_hours_range = models.Constraint(
        f"CHECK (former_hours BETWEEN 0 AND {MAX_FORMER_HOURS})", "The former key stays good for 30 days at most."
    )

    # === COMPUTE === #

    @api.depends("days")
    def _compute_date_end(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.date_end = fields.Date.add(today, days=min(max(wizard.days, 0), MAX_DAYS))

    # === ACTIONS === #

    @check_identity
    def action_make(self):
        """Make the key and show it; whoever asks proves who he is once more."""
        self.ensure_one()
        key = self.source_id._make_push_key(self.kind, self.days, fields.Datetime.now(), self.former_hours)
        # Shown by the client alone: what is opened with a context would send the key back to the server.
        return {
            "type": "ir.actions.client",
            "tag": "cloud_billing.show_key",
            "params": {
                "title": self.env._("Key for %(name)s", name=self.source_id.name),
                "address": self.source_id.push_path,
                "key": key,
                "warning": self.env._("Write it down now: it is shown this once and cannot be shown again."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
