from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudChangeVote(models.Model):
    """One person's yes or no on one round of a request. Never edited, never deleted."""

    _name = "cloud.change.vote"
    _description = "Vote"
    _inherit = ["cloud.protected.mixin"]
    _order = "request_id, round, level, id"

    request_id = fields.Many2one("cloud.change.request", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    round = fields.Integer(required=True)
    level = fields.Integer(required=True, help="The first yes is 1, the second 2, and so on.")
    decision = fields.Selection(
        [("approve", "Approve"), ("reject", "Reject"), ("return", "Give back for rework")], required=True
    )
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    person_id = fields.Many2one("cloud.person", required=True, ondelete="restrict")
    requester_person_id = fields.Many2one("cloud.person", required=True, ondelete="restrict")
    comment = fields.Char()
    content_hash = fields.Char(required=True)
    voted_at = fields.Datetime(required=True)

    _one_vote_per_level = models.UniqueIndex(
        "(request_id, round, level)", "Somebody else voted at the same moment: look at the request again."
    )
    _one_vote_per_person = models.UniqueIndex(
        "(request_id, round, person_id)", "You have voted on this already. One person votes once."
    )
    _not_own_request = models.Constraint(
        "CHECK (person_id <> requester_person_id)", "Nobody approves what he or she proposed: ask a colleague."
    )

    # === HOOKS === #

    def _is_protected_now(self):
        return True

    @api.model
    def _refuse_creation(self, vals):
        raise UserError(self._get_change_sentence())

    def _get_change_sentence(self):
        return self.env._("votes are given by people on a change request, and are never changed or deleted.")
