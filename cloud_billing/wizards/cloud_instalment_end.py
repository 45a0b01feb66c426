from odoo import api, fields, models
from odoo.tools import format_date

from ..fields import DecimalField


class CloudInstalmentEnd(models.TransientModel):
    """Asks what becomes of the instalments that are left: not billed any more, or settled at once."""

    _name = "cloud.instalment.end"
    _description = "Stop or Settle Instalments"

    line_id = fields.Many2one("cloud.subscription.line", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="line_id.subscription_id.currency_id")
    what = fields.Selection(
        [("settle", "Settle: all that is left falls due as one charge"), ("stop", "Stop: what is left is not billed")],
        default="settle",
        required=True,
    )
    date = fields.Date(
        string="On",
        required=True,
        default=fields.Date.context_today,
        help="Settle: the day on which the rest falls due. Stop: parts due on this day or later are not billed.",
    )
    discount = DecimalField(currency_field="currency_id", help="What is taken off for paying early. Empty: nothing.")
    is_billed_now = fields.Boolean(string="Bill Now", help="Make a bill run of this subscription at once.")
    reason = fields.Char(string="Note", help="For the timeline of the subscription.")
    rest = DecimalField(compute="_compute_effect", currency_field="currency_id", string="Still to Bill")
    effect = fields.Text(compute="_compute_effect")

    # === COMPUTE === #

    @api.depends("line_id", "what", "date", "discount")
    @api.depends_context("lang")
    def _compute_effect(self):
        for wizard in self:
            line = wizard.line_id
            parts = line.instalment_ids.filtered(lambda part: not part.cancelled_date)
            parts -= parts._get_charged()
            wizard.rest = line._sum_instalments(parts)
            if wizard.what == "stop":
                parts = parts.filtered(lambda part, day=wizard.date: day and part.date_due >= day)
            wizard.effect = wizard._get_effect_text(parts) if wizard.date else False

    def _get_effect_text(self, parts):
        line, day = self.line_id, format_date(self.env, self.date)
        amount = line._get_settlement_amount(parts, self.discount if self.what == "settle" else None)
        if self.what == "stop":
            return self.env._(
                "%(count)s parts of %(amount)s together, due from %(day)s on, are not billed. What is due before"
                " still is.",
                count=len(parts),
                amount=line._format_instalment(amount),
                day=day,
            )
        return self.env._(
            "Instead of %(count)s parts, %(amount)s fall due on %(day)s as one charge.",
            count=len(parts),
            amount=line._format_instalment(amount),
            day=day,
        )

    # === ACTIONS === #

    def action_confirm(self):
        """Do what was chosen; with Bill Now the run of the subscription opens."""
        self.ensure_one()
        line, reason = self.line_id, self.reason or None
        if self.what == "stop":
            line._apply_instalment_stop(self.date, reason=reason)
            return {"type": "ir.actions.act_window_close"}
        line._apply_settlement(self.date, discount=self.discount, reason=reason)
        return line.subscription_id.action_bill_now() if self.is_billed_now else {"type": "ir.actions.act_window_close"}
