from odoo import fields, models


class CloudChangeVote(models.Model):
    """One person's yes or no on one round of a request. Never edited, never deleted."""

    _name = "cloud.change.vote"
    _description = "Vote"
    _order = "request_id, round, level"

    request_id = fields.Many2one("cloud.change.request", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    round = fields.Integer(required=True)
    level = fields.Integer(required=True)
    decision = fields.Selection([("approve", "Approve"), ("reject", "Reject")], required=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    person_id = fields.Many2one("cloud.person", required=True, ondelete="restrict")
    requester_person_id = fields.Many2one("cloud.person", required=True, ondelete="restrict")
    comment = fields.Char()
    content_hash = fields.Char(required=True)
    voted_at = fields.Datetime(required=True, default=fields.Datetime.now)

    _one_vote_per_level = models.UniqueIndex("(request_id, round, level)", "This level was voted on already.")
    _one_vote_per_person = models.UniqueIndex("(request_id, round, person_id)", "One person votes once in a round.")
    _not_own_request = models.Constraint(
        "CHECK (person_id <> requester_person_id)", "Nobody approves what he or she proposed: ask a colleague."
    )
