from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from . import level_schema

# What becomes of a level while its request waits: set once each.
MOMENTS = ("opened_at", "reminded_at", "escalated_at")


class CloudChangeLevel(models.Model):
    """One level of a change request, as the policy said when the request was submitted: it never changes afterwards.

    `who` and `escalation` are the ids of the people who may vote, and may vote once it is escalated. Whoever becomes an
    approver later is not among them; whether they still have the role is asked at every vote.
    """

    _name = "cloud.change.level"
    _description = "Level of a Change Request"
    _inherit = ["cloud.protected.mixin"]
    _order = "request_id, sequence, id"

    request_id = fields.Many2one("cloud.change.request", required=True, ondelete="restrict", index=True)
    round = fields.Integer(required=True, help="Of the request: each time it is submitted it asks anew.")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    policy_id = fields.Many2one("cloud.approval.policy", ondelete="restrict", index="btree_not_null")
    sequence = fields.Integer(string="Level", required=True)
    rule = fields.Char(required=True, help="As the policy said when the request was submitted.")
    needed = fields.Integer(required=True, help="So many different people must agree.")
    is_parallel = fields.Boolean(help="Asked together with the other levels, not after those before it.")
    group_id = fields.Many2one("res.groups", ondelete="restrict", help="Whose members are asked, and must still be.")
    who = fields.Json(help="Ids of the people who may vote on it.")
    escalation = fields.Json(help="Ids of the people who may vote on it once it is escalated.")
    deadline_hours = fields.Integer(required=True)
    reminder_hours = fields.Integer(required=True)
    escalation_hours = fields.Integer(required=True)
    opened_at = fields.Datetime(string="Asked Since")
    reminded_at = fields.Datetime(string="Reminded")
    escalated_at = fields.Datetime(string="Escalated")
    vote_ids = fields.One2many("cloud.change.vote", "change_level_id", string="Votes")
    done = fields.Integer(string="Agreed", compute="_compute_done")
    person_ids = fields.Many2many("cloud.person", string="Who May Vote", compute="_compute_person_ids")
    due_at = fields.Datetime(string="Due", compute="_compute_due_at")

    _needed_positive = models.Constraint("CHECK (needed > 0)", "At least one person agrees on a level.")

    def init(self):
        result = super().init()
        # Once votes have their columns too.
        self.pool.post_init(self.env.cr.execute, level_schema.LEVELS)
        return result

    # === COMPUTE === #

    @api.depends("vote_ids.decision")
    def _compute_done(self):
        for level in self:
            level.done = len(level.vote_ids.filtered(lambda vote: vote.decision == "approve"))

    @api.depends("who")
    def _compute_person_ids(self):
        for level in self:
            level.person_ids = self.env["cloud.person"].browse(level.who or [])

    @api.depends("opened_at", "deadline_hours")
    def _compute_due_at(self):
        for level in self:
            level.due_at = level._get_moment("deadline_hours")

    # === BUSINESS === #

    def _is_done(self):
        return self.done >= self.needed

    def _get_moment(self, hours):
        """When so many hours (the name of a field) have passed since the level was asked; False where never."""
        self.ensure_one()
        return bool(self.opened_at and self[hours]) and self.opened_at + timedelta(hours=self[hours])

    def _is_escalated(self, now):
        moment = self._get_moment("escalation_hours")
        return bool(moment) and moment <= now

    def _get_allowed_ids(self, now):
        """The ids of the people who may vote on it at this moment, in their own name or through a delegate."""
        self.ensure_one()
        return {*(self.who or ()), *((self._is_escalated(now) and self.escalation) or ())}

    # === HOOKS === #

    def _is_protected_now(self):
        return True

    @api.model
    def _refuse_creation(self, vals):
        raise UserError(self._get_change_sentence())

    def _get_change_sentence(self):
        return self.env._("the levels of a request are those of its policy when it was submitted.")
