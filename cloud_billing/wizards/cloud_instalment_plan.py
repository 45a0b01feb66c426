from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..fields import DecimalField
from ..models.contract.line.cloud_subscription_line_instalment import PlannedPart
from ..models.contract.subscription.cloud_subscription_cycle import CYCLE_UNITS


class CloudInstalmentPlan(models.TransientModel):
    """Asks how a sum is paid: equal parts worked out, or days and amounts by hand, and shows every part before."""

    _name = "cloud.instalment.plan"
    _description = "Plan Instalments"

    line_id = fields.Many2one("cloud.subscription.line", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="line_id.subscription_id.currency_id")
    total = DecimalField(
        string="Sum",
        currency_field="currency_id",
        help="By the price of the line's first day and its quantity, unless another sum was agreed.",
    )
    price_problem = fields.Text(readonly=True)
    charged = DecimalField(
        string="Billed or Stopped", currency_field="currency_id", readonly=True, help="This part of the sum stays."
    )
    count = fields.Integer(string="Number of Parts", default=12, required=True)
    unit = fields.Selection(
        CYCLE_UNITS,
        default="month",
        required=True,
    )
    every = fields.Integer(default=1, required=True)
    first_date = fields.Date(string="First Part Due On", required=True)
    down_payment = DecimalField(currency_field="currency_id", help="Empty: none.")
    down_date = fields.Date(string="Down Payment Due On", help="Empty: with the first part.")
    reason = fields.Char(string="Note", help="For the timeline of the subscription.")
    row_ids = fields.One2many("cloud.instalment.plan.row", "plan_id", string="Parts")
    given = DecimalField(string="Together", compute="_compute_given", currency_field="currency_id")
    missing = DecimalField(
        string="Not in a Part Yet",
        compute="_compute_given",
        currency_field="currency_id",
        help="Of the sum, without what is billed or stopped.",
    )

    # === COMPUTE === #

    @api.depends("row_ids.amount", "total", "charged")
    def _compute_given(self):
        for plan in self:
            plan.given, plan.missing = plan.line_id._get_plan_sums(plan.total, plan.row_ids.mapped("amount"))

    # === CRUD === #

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        line = self.env["cloud.subscription.line"].browse(values.get("line_id"))
        if not line:
            return values
        open_parts = line.instalment_ids.filtered(lambda part: part.kind != "settlement") - line._get_settled_parts()
        values["total"], values["price_problem"] = line.instalment_total, False
        if line.instalment_total is None:
            values["total"], values["price_problem"] = line._get_instalment_price()
        values["charged"] = line._get_settled_sum()
        values["first_date"] = min(open_parts.mapped("date_due"), default=line._get_interval()[0])
        values["row_ids"] = [
            Command.create({"date_due": part.date_due, "amount": part.amount, "kind": part.kind}) for part in open_parts
        ]
        return values

    # === ACTIONS === #

    def action_work_out(self):
        """Fill the parts: a down payment and equal parts of what is left of the sum."""
        self.ensure_one()
        parts = self.line_id._make_equal_parts(
            self.total, self.first_date, self.count, self.unit, self.every, self.down_payment, self.down_date
        )
        self.row_ids = [
            Command.clear(),
            *(Command.create({"date_due": part.date_due, "amount": part.amount, "kind": part.kind}) for part in parts),
        ]
        return self._reopen()

    def action_take_rest(self):
        """Let the last part take what is missing of the sum, or is too much."""
        self.ensure_one()
        last = self.row_ids.sorted(lambda row: (row.date_due, row.id))[-1:]
        others = (self.row_ids - last).mapped("amount")
        _given, amount = self.line_id._get_plan_sums(self.total, others)
        if not last or amount <= 0:
            raise UserError(
                self.env._("Nothing would be left for the last part. Add one, or lower the amount of another.")
            )
        last.amount = amount
        return self._reopen()

    def action_apply(self):
        """Agree on the parts as they are shown."""
        self.ensure_one()
        parts = [PlannedPart(row.date_due, row.amount, row.kind) for row in self.row_ids]
        self.line_id._apply_instalments(parts, total=self.total, reason=self.reason or None)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan Instalments"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
