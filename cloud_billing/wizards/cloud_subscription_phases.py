from odoo import api, fields, models


class CloudSubscriptionPhases(models.TransientModel):
    """Asks for the steps of a phase or ramp, and shows the days before anything is agreed."""

    _name = "cloud.subscription.phases"
    _description = "Phases and Ramps of a Contract"
    _inherit = ["cloud.next.invoice.mixin"]

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    line_id = fields.Many2one(
        "cloud.subscription.line",
        ondelete="cascade",
        domain="[('subscription_id', '=', subscription_id)]",
        help="Empty: all lines.",
    )
    billing_model = fields.Selection(
        [("recurring", "Recurring fees"), ("metered", "Usage"), ("one_time", "One-time charges")],
        string="Only For",
        default="recurring",
        help="Empty: whatever is charged.",
    )
    date_start = fields.Date(
        string="First Day", compute="_compute_date_start", store=True, readonly=False, precompute=True, required=True
    )
    kind = fields.Selection(
        [("percent", "Change in percent"), ("unit_price", "Price per unit")],
        string="Steps Are",
        default="percent",
        required=True,
    )
    policy = fields.Selection(
        [("credit", "Correct with the next invoice"), ("nothing", "Only what is not billed yet")],
        string="Days Already Billed",
    )
    step_ids = fields.One2many("cloud.subscription.phases.step", "wizard_id", string="Steps")
    preview = fields.Text(string="In Words", compute="_compute_preview")

    @api.depends("subscription_id", "line_id")
    def _compute_date_start(self):
        for wizard in self:
            line = wizard.line_id
            wizard.date_start = line._get_interval()[0] if line else wizard.subscription_id.date_start

    @api.depends("subscription_id", "date_start", "kind", "step_ids.count", "step_ids.unit", "step_ids.value")
    @api.depends_context("lang")
    def _compute_preview(self):
        Rate = self.env["cloud.contract.rate"]
        for wizard in self:
            steps = wizard._get_steps()
            if not steps or not wizard.date_start or any(not step["count"] for step in steps[:-1]):
                wizard.preview = False
                continue
            bounds = wizard.subscription_id._get_phase_bounds(steps, wizard.date_start)
            sentences = []
            for step, (left, right) in zip(steps, bounds, strict=True):
                values = {name: step.get(name) for name in ("percent", "unit_price")}
                rate = Rate.new(
                    {
                        "subscription_id": wizard.subscription_id.id,
                        "kind": "adjust" if wizard.kind == "percent" else "price",
                        "line_id": wizard.line_id.id,
                        "date_start": left,
                        "date_end": right,
                        **values,
                    }
                )
                sentences.append(f"{rate._get_dates_text()}: {rate._get_summary()}")
            if bounds[-1][1]:
                sentences.append(self.env._("then the price of the plan"))
            wizard.preview = "\n".join(sentences)

    def _get_steps(self):
        self.ensure_one()
        return [
            {"count": step.count, "unit": step.unit, self.kind: step.value, "label": step.label or None}
            for step in self.step_ids
            if step.value is not None
        ]

    def action_confirm(self):
        """Agree on the steps: at once in a draft contract, else after a second person has approved."""
        self.ensure_one()
        self._apply(fields.Datetime.now())
        return {"type": "ir.actions.act_window_close"}

    def _apply(self, now):
        self.subscription_id.check_access("write")
        self.subscription_id._apply_phases(**self._get_arguments())

    def _get_arguments(self):
        """What the window asks for, as `_make_phases` takes it."""
        return {
            "steps": self._get_steps(),
            "date_from": self.date_start,
            "line": self.line_id,
            "billing_model": self.billing_model,
            "policy": self.policy,
        }

    def _render_preview(self, now):
        """The first invoice in which the first step counts: in a live company somebody else has yet to agree."""
        subscription = self.subscription_id
        subscription.check_access("write")
        before, after = subscription._get_proposed_invoices(
            now, lambda: subscription._make_phases(**self._get_arguments())
        )
        return subscription._render_next_invoice(after, before, is_of_price=True)

    def _get_window_title(self):
        return self.env._("Phases and Ramps of %(subscription)s", subscription=self.subscription_id.name)
