from decimal import Decimal

from odoo import api, fields, models

from ....engine.numbers import exact
from ....fields import DecimalField

_ZERO = Decimal(0)


class CloudSubscriptionLine(models.Model):
    """How far the instalments of a line are: sums over what was charged, never a counter."""

    _inherit = "cloud.subscription.line"

    instalment_billed = DecimalField(string="Billed of It", compute="_compute_instalment_progress")
    instalment_rest = DecimalField(
        string="Still to Bill", compute="_compute_instalment_progress", help="What was stopped is not a part of it."
    )
    instalment_text = fields.Char(string="Progress", compute="_compute_instalment_progress")
    instalment_percent = fields.Float(compute="_compute_instalment_progress")
    instalment_is_cancelled = fields.Boolean(
        compute="_compute_instalment_progress", help="Something was stopped or settled that can be taken back."
    )

    # === COMPUTE === #

    @api.depends("instalment_ids.amount", "instalment_ids.cancelled_date", "instalment_total")
    @api.depends_context("lang")
    def _compute_instalment_progress(self):
        charges = self.instalment_ids._fetch_charges()
        for line in self:
            parts = line.instalment_ids._origin
            # sudo: whoever may read a plan may read how much of it is billed, also without a right on charges.
            billed = parts.filtered(lambda part: part.id in charges and charges[part.id].sudo().state == "billed")
            rest = parts.filtered(lambda part, billed=billed: part not in billed and not part.cancelled_date)
            line.instalment_billed = line._sum_instalments(billed)
            line.instalment_rest = line._sum_instalments(rest)
            line.instalment_text = line._get_instalment_text(billed) if parts else False
            line.instalment_is_cancelled = any(
                part.cancelled_date and part.kind != "settlement" and part.settled_by_id not in billed for part in parts
            )
            with exact():
                whole = line.instalment_billed + line.instalment_rest
            line.instalment_percent = 100.0 * float(line.instalment_billed) / float(whole) if whole else 0.0

    # === ACTIONS === #

    def action_open_instalments(self):
        """The line with its plan and what became of it, in a window."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("cloud_billing.cloud_subscription_line_view_form").id, "form")],
        }

    def action_plan_instalments(self):
        """Ask how the sum is paid."""
        return self._open_instalment_wizard("cloud.instalment.plan", self.env._("Plan Instalments"))

    def action_end_instalments(self):
        """Ask what becomes of the parts that are left."""
        return self._open_instalment_wizard("cloud.instalment.end", self.env._("Stop or Settle Instalments"))

    def action_resume_instalments(self):
        """Bill what was stopped, or settled and not billed, on its days again."""
        self.ensure_one()
        self._apply_instalment_resume(self.customer_id._get_local_day(fields.Datetime.now()))

    def _open_instalment_wizard(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    # === BUSINESS === #

    def _get_instalment_text(self, billed):
        """Billed 4 of 12, 400.00 of 1,200.00 EUR; 800.00 EUR still to come. billed: the parts with billed charges."""
        parts = billed.filtered(lambda part: part.kind == "part")
        # What another system billed before the plan began has a number, but no part here.
        before = min(self.instalment_ids.filtered(lambda part: part.kind == "part").mapped("number"), default=1) - 1
        return self.env._(
            "Billed %(count)s of %(all)s, %(billed)s of %(total)s; %(rest)s still to come",
            count=len(parts) + before,
            all=self.instalment_count,
            billed=self.env["cloud.bill"]._format_amount(self.instalment_billed, self.subscription_id.currency_id),
            total=self._format_instalment(self.instalment_total),
            rest=self._format_instalment(self.instalment_rest),
        )

    def _get_instalment_price(self):
        """(the sum by the price of the line's first day for its quantity, None), or (None, why there is no price).

        In the currency of the bills, as anybody is charged who buys it on that day.
        """
        self.ensure_one()
        return self.env["cloud.price.calculator"]._get_line_price(self)
