from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class CloudSubscriptionMove(models.TransientModel):
    """Asks to which plan subscriptions move and from when on, and shows what each pays a month before and after."""

    _name = "cloud.subscription.move"
    _description = "Move to Another Plan"

    subscription_ids = fields.Many2many("cloud.subscription", required=True)
    plan_id = fields.Many2one("cloud.price.plan", string="New Price Plan", required=True)
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    reason = fields.Char(help="For the colleague who approves and for later readers.")
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    line_ids = fields.One2many(
        "cloud.subscription.move.line", "wizard_id", compute="_compute_line_ids", store=True, readonly=False
    )

    # === COMPUTE === #

    @api.depends("subscription_ids", "plan_id", "date_from")
    def _compute_line_ids(self):
        for wizard in self:
            rows = wizard._get_rows() if wizard.plan_id and wizard.date_from else []
            wizard.line_ids = [Command.clear(), *(Command.create(row) for row in rows)]

    @api.depends("subscription_ids")
    def _compute_needs_approval(self):
        for wizard in self:
            wizard.needs_approval = bool(wizard.subscription_ids._origin._filter_moves_with_two())

    # === ACTIONS === #

    def action_confirm(self):
        """Move those that nothing stands in the way of; says all that does, and then moves nothing.

        What another person must agree to is proposed.
        """
        self.ensure_one()
        self.subscription_ids.check_access("write")
        problems = [row["problem"] for row in self._get_rows() if row["problem"]]
        if problems:
            raise UserError("\n".join(problems))
        with_two = self.subscription_ids._filter_moves_with_two()
        moved = self._move(self.subscription_ids - with_two, fields.Datetime.now())
        if not with_two:
            return self._open_moved(moved)
        return self._open_proposals(
            with_two._propose_succession("plan", self.date_from, self.reason, plan=self.plan_id)
        )

    # === BUSINESS === #

    def _get_rows(self):
        """One dict per subscription with its fees a month by the plan of now and by the new one; set-wise."""
        subscriptions, plan = self.subscription_ids._origin, self.plan_id._origin
        before = subscriptions._get_monthly_fees(self.date_from)
        after = subscriptions._get_monthly_fees(self.date_from, plan)
        rows = []
        for subscription in subscriptions:
            problems = subscription._get_move_problems(plan, self.date_from)
            waiting = subscription.succession_proposal_id
            if waiting:
                problems.append(waiting._get_waiting_sentence())
            if after[subscription.id] is None:
                problems.append(self.env._("%(plan)s has no price for a line.", plan=plan.name))
            rows.append(
                {
                    "subscription_id": subscription.id,
                    "amount_old": before[subscription.id],
                    "amount_new": after[subscription.id],
                    "problem": " ".join(problems) or False,
                }
            )
        return rows

    def _move(self, subscriptions, now):
        """Move them at an instant (naive UTC); returns what is billed by the new plan."""
        moved = subscriptions.browse()
        for subscription in subscriptions:
            succession = subscription._apply_move(self.plan_id, self.date_from, now, self.reason)
            moved |= succession.successor_id if succession else subscription
        return moved

    def _open_proposals(self, proposals):
        if len(proposals) == 1:
            return proposals.get_formview_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Proposed Moves to %(plan)s", plan=self.plan_id.name),
            "res_model": proposals._name,
            "view_mode": "list,form",
            "domain": [("id", "in", proposals.ids)],
        }

    def _open_moved(self, moved):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscriptions by %(plan)s", plan=self.plan_id.name),
            "res_model": "cloud.subscription",
            "view_mode": "list,form",
            "domain": [("id", "in", moved.ids)],
        }
