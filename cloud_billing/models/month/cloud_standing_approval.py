from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...engine.numbers import parse_decimal, to_text
from ...fields import DecimalField, format_decimal
from . import standing_schema

# What changes after people agreed: that it was revoked, and the counter that its uses write.
_OPEN = {"revoked_at", "revoked_by_id", "revoke_reason", "use_version"}


class CloudStandingApproval(models.Model):
    """What people agreed on beforehand: which bills the schedule may approve and post without asking anybody again.

    Limited in amount, time and scope, and revocable at once. What it allows is decided by the database, see
    `standing_schema`.
    """

    _name = "cloud.standing.approval"
    _description = "Standing Approval"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "standing_approval"
    _order = "date_start desc, id desc"
    # People who may read it may comment on it, and revoke it.
    _mail_post_access = "read"
    _check_company_auto = True

    name = fields.Char(
        required=True, default=lambda self: self.env._("Standing approval"), help="Printed on what it approved."
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
        help="Of the limits. A bill in another currency is left to people.",
    )
    date_start = fields.Date(string="Valid From", required=True, help="First day, by the server's calendar in UTC.")
    date_end = fields.Date(string="Valid Until", required=True, help="First day on which it does not hold any more.")
    amount_bill = DecimalField(
        string="Up to per Invoice", currency_field="currency_id", required=True, help="As on the bill, before tax."
    )
    amount_run = DecimalField(
        string="Up to per Run",
        currency_field="currency_id",
        required=True,
        help="What one run may come to; what is above stays for people.",
    )
    amount_month = DecimalField(
        string="Up to per Month",
        currency_field="currency_id",
        required=True,
        help="All bills approved under it with an invoice date in the same calendar month.",
    )
    max_difference_percent = DecimalField(
        string="Largest Difference (%)",
        help="To the last bill, up or down. Empty: any. Where it is given, a first bill is left to people.",
    )
    is_recurring_only = fields.Boolean(
        string="Recurring Fees Only", help="Bills with usage, one-time charges or corrections are left to people."
    )
    customer_ids = fields.Many2many(
        "cloud.customer",
        "cloud_standing_approval_customer_rel",
        "standing_id",
        "customer_id",
        string="Only Customers",
        check_company=True,
        help="Who pays. Empty: everybody.",
    )
    class_ids = fields.Many2many(
        "cloud.rate.class",
        "cloud_standing_approval_class_rel",
        "standing_id",
        "class_id",
        string="Only Rate Classes",
        check_company=True,
        help="Customers in these classes, or classes below them, on the day of the invoice. Empty: everybody.",
    )
    scope = fields.Json(readonly=True, copy=False, help="Customers and classes as people agreed on them.")
    revoked_at = fields.Datetime(string="Revoked", readonly=True, copy=False)
    revoked_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    revoke_reason = fields.Char(readonly=True, copy=False)
    use_version = fields.Integer(default=0, required=True, readonly=True, copy=False)
    is_in_force = fields.Boolean(compute="_compute_is_in_force", help="Today.")
    used_amount = DecimalField(string="Used This Month", currency_field="currency_id", compute="_compute_used_amount")
    run_count = fields.Integer(string="Number of Runs", compute="_compute_run_count")

    _dates_ordered = models.Constraint(
        "CHECK (date_start < date_end)", "A standing approval ends after the day on which it begins."
    )
    _limits_ordered = models.Constraint(
        "CHECK (amount_bill > 0 AND amount_bill <= amount_run AND amount_run <= amount_month)",
        "The limits are above 0; that of an invoice is not above that of a run, nor that of a run above the month's.",
    )
    _difference_not_negative = models.Constraint(
        "CHECK (max_difference_percent >= 0)", "The largest difference is a percentage of 0 or more."
    )

    def init(self):
        result = super().init()
        # Once bills, runs and requests have their tables and columns too.
        self.pool.post_init(self.env.cr.execute, standing_schema.STANDING)
        return result

    # === COMPUTE === #

    @api.depends("state", "revoked_at", "date_start", "date_end")
    def _compute_is_in_force(self):
        today = fields.Date.today()
        for standing in self:
            standing.is_in_force = bool(standing._origin) and standing._origin._holds(today)

    def _compute_used_amount(self):
        today = fields.Date.today()
        for standing in self:
            standing.used_amount = standing._origin._fetch_used(today) if standing._origin else None

    def _compute_run_count(self):
        groups = self.env["cloud.bill.run"]._read_group([("standing_id", "in", self.ids)], ["standing_id"], ["__count"])
        counts = {standing.id: count for standing, count in groups}
        for standing in self:
            standing.run_count = counts.get(standing._origin.id, 0)

    # === ACTIONS === #

    def action_revoke(self, reason=None):
        """End it at once: what is not posted yet is not posted under it any more. Anybody who bills or approves may."""
        self.check_access("read")
        if not self.env.user.has_group("cloud_billing.group_accountant") and not self.env.user._has_role_now(
            self.env.ref("cloud_billing.group_approver") | self.env.ref("cloud_billing.group_administrator")
        ):
            raise UserError(
                self.env._("A standing approval is revoked by an accountant, an approver or an administrator.")
            )
        for standing in self:
            if standing.state != "approved" or standing.revoked_at:
                raise UserError(
                    self.env._("%(standing)s is not in force, so there is nothing to revoke.", standing=standing.name)
                )
        # sudo: whoever may stop what runs unattended need not be able to write what was agreed.
        self.sudo().write(
            {"revoked_at": fields.Datetime.now(), "revoked_by_id": self.env.uid, "revoke_reason": reason or False}
        )
        for standing in self:
            standing.message_post(body=self.env._("Revoked by %(user)s.", user=self.env.user.name))
        self.env["cloud.audit.event"]._record("standing_revoked", self, reason=reason)

    def action_view_runs(self):
        """What it approved."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_bill_run_action")
        return {**action, "domain": [("standing_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    @api.model
    def _find_in_force(self, company, day):
        """Those of a company that hold on a day (UTC), in the order in which they are used."""
        found = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
                ("revoked_at", "=", False),
                ("date_start", "<=", day),
                ("date_end", ">", day),
            ],
            order="id",
        )
        return found.filtered(lambda standing: standing._holds(day) and standing._is_as_agreed())

    def _holds(self, day):
        """Whether the database lets it be used on a day."""
        self.ensure_one()
        self.env["cloud.change.request"].flush_model()
        self.flush_model()
        return self.env.execute_query(SQL("SELECT cloud_billing_guard_standing_holds(%s, %s)", self.id, day))[0][0]

    def _is_as_agreed(self):
        """Whether it says what people voted on."""
        # sudo: the schedule and people without that role ask too.
        request = self.sudo().request_id
        # sudo: compared as a whole, whoever asks.
        return not request or request.content_hash == self.sudo()._get_content_hash()

    def _fetch_used(self, day):
        """Decimal: what it was used for in the month of a day."""
        self.env.flush_all()
        rows = self.env.execute_query(SQL("SELECT cloud_billing_guard_standing_used(%s, %s)::text", self.id, day))
        return parse_decimal(rows[0][0])

    # === BUSINESS: AGREED === #

    @api.model
    def _get_protected_names(self):
        return frozenset(super()._get_protected_names() | {"customer_ids", "class_ids"}) - _OPEN

    def _take_effect(self, write):
        write(self, {"scope": self._get_scope()})
        return super()._take_effect(write)

    def _get_scope(self):
        return {"customers": sorted(self.customer_ids.ids), "classes": sorted(self.class_ids.ids)}

    def _get_content(self):
        return {
            "id": self.id,
            "company": self.company_id.id,
            "name": self.name,
            "currency": self.currency_id.name,
            "dates": [fields.Date.to_string(self.date_start), fields.Date.to_string(self.date_end)],
            "amounts": [to_text(self.amount_bill), to_text(self.amount_run), to_text(self.amount_month)],
            "max_difference_percent": self._tell_number(self.max_difference_percent),
            "is_recurring_only": self.is_recurring_only,
            **self._get_scope(),
        }

    def _get_effect_values(self):
        everybody = self.env._("everybody")
        percent = self.max_difference_percent
        return {
            self.env._("Posts without asking"): self.env._("bills in the bucket Ready"),
            self.env._("Valid"): self._get_validity_text(),
            self.env._("Up to per invoice"): self._tell_money(self.amount_bill),
            self.env._("Up to per run"): self._tell_money(self.amount_run),
            self.env._("Up to per month"): self._tell_money(self.amount_month),
            self.env._("Difference to the last bill"): self.env._("any")
            if percent is None
            else self.env._("at most %(percent)s %%", percent=format_decimal(self.env, percent)),
            self.env._("What is billed"): self.env._("recurring fees only")
            if self.is_recurring_only
            else self.env._("everything"),
            self.env._("Customers"): ", ".join(self.customer_ids.mapped("display_name")) or everybody,
            self.env._("Rate classes"): ", ".join(self.class_ids.mapped("display_name")) or everybody,
        }

    def _get_effect_notes(self):
        return [
            *super()._get_effect_notes(),
            self.env._("What it approves is posted by the schedule; nobody looks at it before. It is revoked at once."),
        ]

    # === BUSINESS: TEXT === #

    def _tell_number(self, number):
        return None if number is None else to_text(number)

    def _tell_money(self, amount):
        return f"{self.env['cloud.bill']._format_amount(amount, self.currency_id)} {self.currency_id.name}"

    def _get_validity_text(self):
        last = fields.Date.subtract(self.date_end, days=1)
        return self.env._(
            "%(first)s to %(last)s", first=format_date(self.env, self.date_start), last=format_date(self.env, last)
        )

    def _get_print_text(self):
        """What is printed on the run that it approved: its limits, and who agreed to them."""
        self.ensure_one()
        request = self.sudo().request_id  # sudo: whoever reads the run reads under what it was approved.
        voters = ", ".join(request._get_approvals().person_id.mapped("name")) if request else ""
        return self.env._(
            "Approved under the standing approval “%(name)s” (%(validity)s; up to %(bill)s per invoice,"
            " %(run)s per run, %(month)s per month), proposed by %(maker)s, agreed to by %(voters)s.",
            name=self.name,
            validity=self._get_validity_text(),
            bill=self._tell_money(self.amount_bill),
            run=self._tell_money(self.amount_run),
            month=self._tell_money(self.amount_month),
            maker=request.requester_person_id.name or self.env._("nobody else"),
            voters=voters or self.env._("nobody else"),
        )
