from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import DecimalField
from . import approval_schema


class CloudChangeRequest(models.Model):
    """What one person proposes and other people must agree to: the one approval engine.

    A model submits a record with `_submit`. People vote with `action_approve` and `action_reject`. The last vote that
    is needed applies the change in its own transaction, and only if the record is still what was submitted.
    """

    _name = "cloud.change.request"
    _description = "Change Request"
    _inherit = ["cloud.protected.mixin", "mail.thread", "mail.activity.mixin"]
    # Whoever sees a request may comment on it and attach files.
    _mail_post_access = "read"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(
        [
            ("bill_run", "Bill run"),
            ("price_version", "Price version"),
            ("rate_class", "Rate class of a customer"),
            ("company_state", "Company's state"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", required=True, readonly=True)
    requester_id = fields.Many2one("res.users", required=True, ondelete="restrict", readonly=True)
    requester_person_id = fields.Many2one(
        "cloud.person", string="Proposed By", required=True, ondelete="restrict", readonly=True
    )
    maker_person_ids = fields.Many2many(
        "cloud.person",
        string="Worked on It",
        readonly=True,
        help="Who worked on what a scheduled action submitted: none of them approves it.",
    )
    state = fields.Selection(
        [
            ("pending", "Waiting for approval"),
            ("applied", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("returned", "Given back for rework"),
            ("expired", "Expired"),
        ],
        default="pending",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    round = fields.Integer(
        default=1, required=True, readonly=True, help="One more each time that it comes again after rework."
    )
    levels = fields.Integer(
        string="People to Agree",
        default=1,
        required=True,
        readonly=True,
        help="How many different people must agree, besides the one who proposed it.",
    )
    version = fields.Integer(
        default=0, required=True, readonly=True, help="Counts every vote and change of state; written by each."
    )
    content_hash = fields.Char(
        required=True, readonly=True, help="SHA-256 of what was submitted; checked again at every vote."
    )
    effect = fields.Json(
        string="Effect in Figures", readonly=True, help="What the checker sees, as it was when it was submitted."
    )
    effect_amount = DecimalField(
        string="Amount",
        currency_field="company_currency_id",
        readonly=True,
        help="How much money an approval moves, in the company's currency. Empty: nobody can say.",
    )
    moves_money = fields.Boolean(compute="_compute_moves_money", help="It is known how much money an approval moves.")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    effect_html = fields.Html(string="Effect", compute="_compute_effect_html", sanitize=False)
    reason = fields.Text(readonly=True)
    submitted_at = fields.Datetime(string="Submitted", required=True, readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    applied_xid = fields.Char(readonly=True, help="The database transaction of the last vote; set by a trigger.")
    vote_ids = fields.One2many("cloud.change.vote", "request_id", readonly=True)
    votes_missing = fields.Integer(compute="_compute_votes_missing", help="How many people must still agree.")
    can_vote = fields.Boolean(
        string="Waiting for Me", compute="_compute_can_vote", search="_search_can_vote", help="You may vote on it now."
    )
    can_withdraw = fields.Boolean(compute="_compute_can_withdraw")

    _levels_positive = models.Constraint("CHECK (levels >= 0)", "The number of people who agree is not negative.")
    _one_pending_per_record = models.UniqueIndex(
        "(res_model, res_id) WHERE state = 'pending'", "This waits for approval already."
    )

    def init(self):
        result = super().init()
        # Once the votes have their table too.
        self.pool.post_init(self.env.cr.execute, approval_schema.REQUESTS)
        return result

    # === COMPUTE === #

    @api.depends("effect_amount")
    def _compute_moves_money(self):
        for request in self:
            request.moves_money = request.effect_amount is not None

    @api.depends("effect")
    @api.depends_context("uid")
    def _compute_effect_html(self):
        for request in self:
            # sudo: lends the right to read the whole effect; what tells a cost is left out for who may not see it.
            request.effect_html = self._render_effect(request.sudo().effect or {})

    # === ACTIONS === #

    def action_open_record(self):
        """The record that the request is about."""
        self.ensure_one()
        return self._get_record().get_formview_action()

    # === BUSINESS === #

    @api.model
    def _render_effect(self, effect):
        """An effect as HTML for the person who reads it: rows and parts that tell a cost only where that may be."""
        if not self.env["cloud.field.access"]._may_see_costs():
            shown = {
                name: [row for row in effect[name] if not row.get("is_cost")]
                for name in ("rows", "parts")
                if name in effect
            }
            effect = {**effect, **shown}
        return self.env["ir.qweb"]._render("cloud_billing.change_request_effect", {"effect": effect})

    def _get_record(self):
        """The record of this request; raises UserError when it is gone."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("%(request)s: its record does not exist any more.", request=self.name))
        return record

    # === BUSINESS: REMOVAL === #

    def _drop_guards(self):
        """Take the triggers away that protect records and votes: the module that made them is being removed."""
        approval_schema.drop(self.env.cr)

    # === HOOKS === #

    def _is_protected_now(self):
        return True

    @api.model
    def _refuse_creation(self, vals):
        raise UserError(self._get_change_sentence())

    def _get_change_sentence(self):
        return self.env._("a change request is made by submitting something, and decided by votes.")
