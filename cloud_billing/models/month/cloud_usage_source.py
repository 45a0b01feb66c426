from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models


class CloudUsageSource(models.Model):
    """When a source is expected to deliver a month, when the month is final, and what is billed until then."""

    _inherit = "cloud.usage.source"

    expected_days = fields.Integer(
        string="Expected After",
        tracking=True,
        help="Days after the month's end by which it is delivered: a later one is late, and the responsible person is"
        " told. 0: nobody waits for it.",
    )
    final_days = fields.Integer(
        string="Final After",
        tracking=True,
        help="Days after the month's end from which the provider does not change it any more: what is delivered on or"
        " after that day is final. 0: whatever is there is billed.",
    )
    late_policy = fields.Selection(
        [("wait", "Wait: bills with this usage are blocked"), ("estimate", "Bill an estimate")],
        string="Until It Is Final",
        default="wait",
        required=True,
        tracking=True,
        help="An estimate is marked on the invoice; what the final usage comes to more or less is billed with the next"
        " run. Only the customers who use this source wait or get an estimate.",
    )
    estimate_basis = fields.Selection(
        [
            ("arrived", "What has arrived"),
            ("last", "Last month's quantity, by days"),
            ("typed", "A quantity that a person types for each line"),
        ],
        string="Estimate By",
        default="arrived",
        required=True,
        tracking=True,
        help="Last month: 1,000 in the 31 days of March are 967.741935 in April's 30; without a month before it is what"
        " has arrived. Typed: the bill waits until somebody has. The difference to the final usage is billed by the"
        " first run after it came.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        help="Is told when a month is late. Empty: the billing administrators.",
    )
    final_ids = fields.One2many("cloud.usage.final", "source_id", string="Called Final", readonly=True)

    _days_not_negative = models.Constraint(
        "CHECK (expected_days >= 0 AND final_days >= 0)", "The days after the month's end are 0 or more."
    )

    # === ACTIONS === #

    def action_call_final(self):
        """The question which month a person calls final."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call a Month Final"),
            "res_model": "cloud.usage.final",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_source_id": self.id},
        }

    # === BUSINESS: LATE === #

    @api.model
    def _warn_of_late(self, today):
        """Tell who is responsible of each month that should have been delivered by now; once per month."""
        for source in self.search([("expected_days", ">", 0)]):
            month = today.replace(day=1) - relativedelta(months=1)
            if today > source._get_expected_date(month) and not source._has_delivered(month):
                source._warn_late(month)

    def _get_expected_date(self, month):
        """The day by which a month is delivered; month: its first day."""
        return month + relativedelta(months=1) + timedelta(days=max(self.expected_days, 0) - 1)

    def _has_delivered(self, month):
        """Whether anything has come of a month: its delivery, or rows after its end."""
        self.ensure_one()
        Delivery = self.env["cloud.usage.delivery"]
        live = [("source_id", "=", self.id), ("import_number", ">", 0)]
        if self.shape == "snapshot":
            return bool(
                Delivery.search_count([*live, ("superseded_number", "=", 0), ("billing_month", "=", month)], limit=1)
            )
        after = month + relativedelta(months=1)
        return bool(Delivery.search_count([*live, ("import_id.imported_at", ">=", after)], limit=1))

    def _warn_late(self, month):
        summary = self.env._(
            "%(month)s is late: it was expected by %(day)s",
            month=month.strftime("%Y-%m"),
            day=fields.Date.to_string(self._get_expected_date(month)),
        )
        if self.message_ids.filtered(lambda message: message.subject == summary):
            return
        self.message_post(
            subject=summary,
            body=self.env._(
                "%(name)s has delivered nothing of %(month)s. Import its file, or ask the provider.",
                name=self.name,
                month=month.strftime("%Y-%m"),
            ),
        )
        for user in self._get_responsible():
            self.activity_schedule("mail.mail_activity_data_warning", summary=summary, user_id=user.id)

    def _get_responsible(self):
        """Who is told; never nobody."""
        if self.responsible_id.active:
            return self.responsible_id
        administrators = self.env.ref("cloud_billing.group_administrator")
        return administrators._get_cloud_members(self.company_id) or self.env.user
