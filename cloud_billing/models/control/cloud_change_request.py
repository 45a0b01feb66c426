from odoo import fields, models


class CloudChangeRequest(models.Model):
    """What one person proposes and other people must agree to: the one approval engine."""

    _name = "cloud.change.request"
    _description = "Change Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection([("bill_run", "Bill run"), ("price_version", "Price version")], required=True)
    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", required=True)
    requester_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    requester_person_id = fields.Many2one("cloud.person", required=True, ondelete="restrict")
    state = fields.Selection(
        [
            ("pending", "Waiting for approval"),
            ("applied", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        default="pending",
        required=True,
    )
    round = fields.Integer(default=1, required=True)
    levels = fields.Integer(default=1, required=True, help="How many different people must agree.")
    version = fields.Integer(default=0, required=True, help="Counts every vote and change of state; written by each.")
    content_hash = fields.Char(required=True, help="SHA-256 of what was submitted; checked again when it is applied.")
    effect = fields.Json(help="What the checker sees: the effect in figures, made when it was submitted.")
    reason = fields.Text()
    vote_ids = fields.One2many("cloud.change.vote", "request_id")
