from odoo import api, fields, models

AREAS = [
    ("people", "Four Eyes"),
    ("login", "Logging In"),
    ("keys", "Keys and Secrets"),
    ("record", "The Record"),
    ("schedule", "Scheduled Actions"),
    ("server", "Server"),
]
STATES = [("off", "Off"), ("warning", "Look"), ("ok", "On")]


class CloudSecurityCheck(models.TransientModel):
    """A line of the page Security Status, as of the moment it was opened."""

    _name = "cloud.security.check"
    _description = "Security Check"
    _order = "rank, id"
    _rec_name = "title"

    key = fields.Char(required=True, readonly=True)
    area = fields.Selection(AREAS, required=True, readonly=True)
    title = fields.Char(string="What", required=True, readonly=True)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        help="On: it protects. Look: it protects, and something is due. Off: it does not protect.",
    )
    rank = fields.Integer(compute="_compute_rank", store=True)
    text = fields.Text(string="What to Do", required=True, readonly=True)
    button = fields.Char(readonly=True)
    action = fields.Json(readonly=True)
    place = fields.Text(string="Who Does It", readonly=True, help="Where it is put right, if no screen opens for you.")
    create_date = fields.Datetime(string="As Of")

    # === COMPUTE === #

    @api.depends("state")
    def _compute_rank(self):
        order = [state for state, _label in STATES]
        for check in self:
            check.rank = order.index(check.state)

    # === ACTIONS === #

    def action_open(self):
        """Go where it is mended, with one's own rights there; where that is no screen, tell who does it and how."""
        self.ensure_one()
        action = self.action or {}
        if action.get("xml_id"):
            return self.env["ir.actions.actions"]._for_xml_id(action["xml_id"])
        return action or {
            "type": "ir.actions.act_window",
            "name": self.title,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
