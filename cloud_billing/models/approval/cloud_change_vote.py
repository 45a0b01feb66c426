from odoo import api, fields, models


class CloudChangeVote(models.Model):
    """On which level a vote counts, and for whom: a delegate votes for somebody else, everyone else for oneself."""

    _inherit = "cloud.change.vote"

    change_level_id = fields.Many2one(
        "cloud.change.level", string="On", ondelete="restrict", index="btree_not_null", help="The level it counts on."
    )
    for_person_id = fields.Many2one(
        "cloud.person",
        string="For",
        ondelete="restrict",
        index=True,
        help="Whose vote it is: of the person who votes, or of somebody absent who has delegated it.",
    )
    voter_text = fields.Char(string="Person and Principal", compute="_compute_voter_text")

    _one_vote_per_principal = models.UniqueIndex(
        "(request_id, round, for_person_id)", "This person's vote was given already. One person votes once."
    )
    _not_for_requester = models.Constraint(
        "CHECK (for_person_id <> requester_person_id)", "Nobody votes for the person who proposed it."
    )

    # === COMPUTE === #

    @api.depends("person_id", "for_person_id")
    def _compute_voter_text(self):
        for vote in self:
            vote.voter_text = vote.person_id.name
            if vote.for_person_id and vote.for_person_id != vote.person_id:
                names = {"person": vote.person_id.name, "principal": vote.for_person_id.name}
                vote.voter_text = self.env._("%(person)s for %(principal)s", **names)
