from datetime import timedelta
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.catalog.price_candidates import PriceScope
from ..models.contract.indexation.indexation_prices import change_price

_NOTHING = Decimal(0)


class CloudSubscriptionMove(models.TransientModel):
    """Asks to which plan subscriptions move and from when on, and shows what each pays a month before and after."""

    _name = "cloud.subscription.move"
    _description = "Move to Another Plan"

    subscription_ids = fields.Many2many("cloud.subscription", required=True)
    plan_id = fields.Many2one("cloud.price.plan", string="New Price Plan", required=True)
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    reason = fields.Char()
    line_ids = fields.One2many(
        "cloud.subscription.move.line", "wizard_id", compute="_compute_line_ids", store=True, readonly=False
    )

    @api.depends("subscription_ids", "plan_id", "date_from")
    def _compute_line_ids(self):
        for wizard in self:
            rows = wizard._get_rows() if wizard.plan_id and wizard.date_from else []
            wizard.line_ids = [Command.clear(), *(Command.create(row) for row in rows)]

    def _get_rows(self):
        """One dict per subscription with its fees a month by the plan of now and by the new one; set-wise."""
        subscriptions = self.subscription_ids._origin
        lines = subscriptions.line_ids.filtered(lambda line: line.billing_model == "recurring")
        day, plan = self.date_from, self.plan_id._origin
        end = day + timedelta(days=1)
        agreed = lines._get_agreed(day, end)
        lines = lines.filtered(lambda line: agreed[line.id])
        Plan = self.env["cloud.price.plan"]
        old = Plan._get_candidates(lines, day, end) if lines else {}
        scopes = {
            line.id: PriceScope(plan, line.product_id, line.customer_id, line.subscription_id, line) for line in lines
        }
        new = Plan._get_scope_candidates(scopes, day, end) if lines else {}
        rows = []
        for subscription in subscriptions:
            own = lines & subscription.line_ids
            before = self._sum(own, old, agreed, subscription.plan_id.currency_id)
            after = self._sum(own, new, agreed, plan.currency_id)
            problems = subscription._get_succession_problems(day, subscription.customer_id, plan)
            if after is None:
                problems.append(self.env._("%(plan)s has no price for a line.", plan=plan.name))
            rows.append(
                {
                    "subscription_id": subscription.id,
                    "amount_old": before,
                    "amount_new": after,
                    "problem": " ".join(problems) or False,
                }
            )
        return rows

    def _sum(self, lines, candidates, agreed, currency):
        """What lines come to a month, None where one of them has no price."""
        step = Decimal(1).scaleb(-currency.decimal_places)
        total = _NOTHING
        for line in lines:
            change = change_price(
                candidates[line.id],
                self.date_from,
                agreed[line.id][0].quantity,
                Decimal(1),
                line.subscription_id._get_cycle(),
                step,
            )
            if change.old is None:
                return None
            total += change.old
        return total

    def action_confirm(self):
        """Move those that nothing stands in the way of; says all that does, and then moves nothing."""
        self.ensure_one()
        self.subscription_ids.check_access("write")
        problems = [line.problem for line in self.line_ids if line.problem]
        if problems:
            raise UserError("\n".join(problems))
        now = fields.Datetime.now()
        moved = self.env["cloud.subscription"]
        for subscription in self.subscription_ids:
            succession = subscription._apply_move(self.plan_id, self.date_from, now, self.reason)
            moved |= succession.successor_id if succession else subscription
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscriptions by %(plan)s", plan=self.plan_id.name),
            "res_model": "cloud.subscription",
            "view_mode": "list,form",
            "domain": [("id", "in", moved.ids)],
        }
