from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.catalog.product_template_policy import END_WHEN, UNUSED
from ..models.contract.lifecycle.cloud_subscription_lifecycle import OVER, RUNNING


class CloudSubscriptionEndMany(models.TransientModel):
    """Asks how and when many subscriptions end, and shows for each on which day and what becomes of billed fees."""

    _name = "cloud.subscription.end.many"
    _description = "End Subscriptions"

    subscription_ids = fields.Many2many("cloud.subscription", required=True)
    kind = fields.Selection(
        [("notice", "By notice"), ("cancelled", "Cancelled")],
        default="notice",
        required=True,
        help="By notice: as the term and notice period of each allow. Cancelled: on the day, whatever was agreed.",
    )
    noticed_on = fields.Date(string="Notice Given On", required=True, default=fields.Date.context_today)
    date_wanted = fields.Date(
        string="Wanted From",
        required=True,
        default=fields.Date.context_today,
        help="The first day on which they should not run any more.",
    )
    end_when = fields.Selection(END_WHEN, string="Ends", help="Empty: as usual for the products of each.")
    unused = fields.Selection(UNUSED, string="Fees Billed Beyond", help="Empty: as usual for the products of each.")
    reason = fields.Char(help="Kept with each end, for those who ask later.")
    line_ids = fields.One2many(
        "cloud.subscription.end.many.line", "wizard_id", compute="_compute_line_ids", store=True, readonly=False
    )
    problem_text = fields.Text(compute="_compute_problem_text")

    # === COMPUTE === #

    @api.depends("subscription_ids", "kind", "noticed_on", "date_wanted", "end_when", "unused")
    def _compute_line_ids(self):
        for wizard in self:
            rows = wizard._get_rows() if wizard.noticed_on and wizard.date_wanted else []
            wizard.line_ids = [Command.clear(), *(Command.create(row) for row in rows)]

    @api.depends("line_ids.problem")
    @api.depends_context("lang")
    def _compute_problem_text(self):
        for wizard in self:
            count = len(wizard.line_ids.filtered("problem"))
            wizard.problem_text = count and self.env._(
                "%(count)s of them cannot end so, see below. Take them out, and end the others.", count=count
            )

    # === ACTIONS === #

    def action_confirm(self):
        """End all of them, or none where something stands in the way of one."""
        self.ensure_one()
        subscriptions = self.subscription_ids
        subscriptions.check_access("write")
        now = fields.Datetime.now()
        # Asked again: since it was shown somebody else may have ended one.
        problems = [row["problem"] for row in self._get_rows() if row["problem"]]
        if problems:
            raise UserError("\n".join(problems))
        for subscription in subscriptions:
            self._make_end(subscription)._apply(now)
        refund = subscriptions._open_refund(now)
        return refund or {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscriptions That End"),
            "res_model": "cloud.subscription",
            "view_mode": "list,form",
            "domain": [("id", "in", subscriptions.ids)],
        }

    # === BUSINESS === #

    def _get_rows(self):
        """One dict per subscription: the day on which it ends, what becomes of billed fees, what stands in the way."""
        subscriptions = self.subscription_ids._origin
        fees = subscriptions.line_ids.filtered(lambda line: line.billing_model == "recurring")
        charged = fees._get_charged_until()
        rows = []
        for subscription in subscriptions:
            problem = self._get_problem(subscription)
            end = self._make_end(subscription)
            day = False if problem else end._get_date_end()
            if day and self.kind == "notice" and day <= subscription.date_start:
                problem = self.env._(
                    "%(subscription)s begins on %(start)s: end it after that day, or cancel it.",
                    subscription=subscription.name,
                    start=fields.Date.to_string(subscription.date_start),
                )
            until = max((charged[line.id] for line in fees & subscription.line_ids if line.id in charged), default=None)
            rows.append(
                {
                    "subscription_id": subscription.id,
                    "date_end": day,
                    "effect": "" if problem else self._tell_effect(subscription, end, day, until),
                    "problem": problem,
                }
            )
        return rows

    def _make_end(self, subscription):
        """The window that ends one, filled in and not saved: it alone knows how the day follows from what is chosen."""
        usual = subscription._get_strictest("cloud_end_when")[0] if self.kind == "notice" else "at_once"
        end = self.env["cloud.subscription.end"].new(
            {
                "subscription_id": subscription.id,
                "kind": self.kind,
                "noticed_on": self.noticed_on,
                "date_wanted": self.date_wanted,
                "end_when": self.end_when if self.end_when and self.kind == "notice" else usual,
                "unused": self.unused or subscription._get_strictest("cloud_unused")[0],
                "reason": self.reason,
            }
        )
        if subscription.state not in OVER:
            end.date_end = end._get_date_end()
        return end

    def _get_problem(self, subscription):
        if subscription.state in OVER:
            return self.env._("%(subscription)s is over already.", subscription=subscription.name)
        if self.kind == "notice" and subscription.state not in RUNNING:
            return self.env._(
                "%(subscription)s is a draft, so there is nothing to give notice of. Cancel it to put it away.",
                subscription=subscription.name,
            )
        return False

    def _tell_effect(self, subscription, end, day, charged_until):
        """What becomes of fees, in words, and what was to end already."""
        if subscription.state == "draft":
            return self.env._("Put away; nothing of it is billed.")
        texts = []
        if charged_until and charged_until > day:
            values = {"until": fields.Date.to_string(charged_until), "day": fields.Date.to_string(day)}
            texts.append(
                self.env._("Fees from %(day)s to %(until)s are given back at once by a credit note.", **values)
                if end.unused == "refund"
                else self.env._("Fees from %(day)s to %(until)s are credited on the next invoice.", **values)
            )
        else:
            texts.append(self.env._("Billed up to the day before; nothing is given back."))
        if subscription.date_end and subscription.date_end != day:
            before = fields.Date.to_string(subscription.date_end)
            texts.append(self.env._("It was to end on %(day)s.", day=before))
        return " ".join(texts)
