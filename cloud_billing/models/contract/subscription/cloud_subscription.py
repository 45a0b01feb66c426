from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....engine.schedule import OVER, period_containing
from ....fields import get_changed
from ...catalog.cycle_terms import CYCLE_FIELDS

# What periods and charges were made of; another value would move what was billed.
_FIXED_ONCE_BILLED = ("customer_id", "plan_id", "date_start", *CYCLE_FIELDS, "first_period", "last_period")


class CloudSubscription(models.Model):
    """What was agreed with a customer: a plan, a cycle and lines."""

    _name = "cloud.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    # Without check_company: the company is the customer's, so before one is chosen it would leave nobody to choose.
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True, tracking=True)
    company_id = fields.Many2one(related="customer_id.company_id", store=True, index=True)
    plan_id = fields.Many2one(
        "cloud.price.plan",
        compute="_compute_plan_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Where the prices come from; in the currency of the customer.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        help="Of its bills: the plan's, or the customer's where it says so.",
    )
    tax_basis = fields.Selection(related="plan_id.tax_basis")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("trial", "Trial"),
            ("active", "Active"),
            ("paused", "Paused"),
            ("ending", "Ending"),
            ("ended", "Ended"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        required=True,
        index=True,
        copy=False,
        tracking=True,
        help="What its dates say today. Draft: not billed. Trial: its fees begin after the trial. Paused: no fees. "
        "Ending: its end is known. Ended, cancelled: its last day has passed; what is not billed yet still is.",
    )
    date_start = fields.Date(
        string="Start",
        required=True,
        tracking=True,
        default=fields.Date.context_today,
        help="First day that is billed.",
    )
    date_end = fields.Date(
        string="End", tracking=True, copy=False, help="First day on which the subscription no longer runs. Empty: open."
    )
    order_reference = fields.Char(string="Purchase Order", help="Printed on invoices; empty: as on the customer.")
    line_ids = fields.One2many("cloud.subscription.line", "subscription_id", string="Lines", copy=True)
    charge_count = fields.Integer(compute="_compute_charge_count", string="Number of Charges")
    is_billed = fields.Boolean(compute="_compute_charge_count", help="Something was charged: its terms stay.")
    price_warning = fields.Text(compute="_compute_price_warning")

    _anchor_in_month = models.Constraint("CHECK (anchor_day BETWEEN 1 AND 31)", "The anchor day is 1 to 31.")
    # Equal where it was withdrawn before anything held: no day of it is billed.
    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)",
        "A subscription ends after it starts. Choose a later end; one that should never have held is cancelled.",
    )

    # === COMPUTE === #

    @api.depends("name")
    def _compute_display_name(self):
        for subscription in self:
            # Before it has a number the screen says that it is new.
            subscription.display_name = subscription.name if subscription.name != "/" else False

    @api.depends("plan_id.currency_id", "plan_id.is_converted", "customer_id.currency_id")
    def _compute_currency_id(self):
        for subscription in self:
            plan = subscription.plan_id
            subscription.currency_id = plan._get_billing_currency(subscription.customer_id) if plan else False

    @api.depends("customer_id")
    def _compute_plan_id(self):
        for subscription in self:
            subscription.plan_id = subscription.plan_id or subscription.customer_id.plan_id

    def _compute_charge_count(self):
        counts = self._get_charge_counts()
        for subscription in self:
            subscription.charge_count = counts.get(subscription._origin.id, 0)
            subscription.is_billed = bool(subscription.charge_count)

    @api.depends(
        "state",
        "plan_id",
        "customer_id",
        "date_start",
        "date_end",
        "line_ids.product_id",
        "line_ids.date_start",
        "line_ids.date_end",
    )
    @api.depends_context("lang")
    def _compute_price_warning(self):
        unpriced = self.line_ids._get_unpriced(fields.Date.context_today(self))
        for subscription in self:
            lines = unpriced & subscription.line_ids
            if subscription.state in OVER or not lines:
                subscription.price_warning = False
                continue
            subscription.price_warning = self.env._(
                "No price in %(plan)s for: %(products)s. Add a price to the plan and have it approved; "
                "until then these lines cannot be billed.",
                plan=subscription.plan_id.name or self.env._("the price plan"),
                products=", ".join(dict.fromkeys(lines.mapped("product_id.display_name"))),
            )

    # === CONSTRAINTS === #

    @api.constrains("date_start", "date_end")
    def _check_line_dates(self):
        self.line_ids._check_dates_inside()

    @api.constrains("plan_id", "customer_id")
    def _check_plan_bills(self):
        """A draft may be unfinished; what runs is not moved to a plan that cannot bill its customer."""
        problems = [
            one for subscription in self if subscription.state != "draft" for one in subscription._get_plan_problems()
        ]
        if problems:
            raise ValidationError("\n".join(problems))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("cloud.subscription") or "/"
        return super().create(vals_list)

    def write(self, vals):
        self._check_fixed_once_billed(vals)
        return super().write(vals)

    def _check_fixed_once_billed(self, vals):
        names = [name for name in _FIXED_ONCE_BILLED if name in vals]
        if not names:
            return
        counts = self._get_charge_counts()
        for subscription in self:
            changed = get_changed(subscription, vals, names)
            if changed and counts.get(subscription.id):
                raise UserError(
                    self.env._(
                        "%(subscription)s was charged already, so its %(field)s stays as it is. "
                        "End it and make a new subscription.",
                        subscription=subscription.name,
                        field=subscription._fields[changed[0]]._description_string(self.env),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for subscription in self:
            if subscription.state != "draft":
                raise UserError(
                    self.env._(
                        "%(subscription)s is not a draft. End it instead of deleting it.",
                        subscription=subscription.name,
                    )
                )

    # === BUSINESS === #

    def _get_activation_problems(self):
        """What stands in the way of billing this subscription, as sentences with a remedy."""
        self.ensure_one()
        values = {"subscription": self.name}
        problems = []
        if not self.line_ids:
            problems.append(self.env._("%(subscription)s has no lines. Add what was agreed.", **values))
        return problems + self._get_plan_problems() + self.line_ids._get_activation_problems()

    def _get_plan_problems(self):
        if self.plan_id._can_bill(self.customer_id):
            return []
        return [
            self.env._(
                "%(subscription)s: the plan %(plan)s is in %(plan_currency)s and %(customer)s pays in "
                "%(customer_currency)s. Choose a plan in %(customer_currency)s, or one that is billed in the "
                "customer's currency.",
                subscription=self.name,
                plan=self.plan_id.name,
                plan_currency=self.plan_id.currency_id.name,
                customer=self.customer_id.name,
                customer_currency=self.customer_id.currency_id.name,
            )
        ]

    def _get_local_day(self, now):
        """The customer's date at an instant (naive UTC)."""
        self.ensure_one()
        return now.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(self.customer_id.tz or "UTC")).date()

    def _get_next_boundary(self, now):
        """The end of the billing period in which an instant (naive UTC) lies: the day to end on without a rest."""
        self.ensure_one()
        day = max(self._get_local_day(now), self.date_start)
        return period_containing(self._get_cycle(), self.date_start, day).end

    def _get_charge_counts(self):
        """{subscription id: number of charges that are not voided}."""
        # sudo: whether something was charged decides what may change, also for people who may not see charges.
        groups = (
            self.env["cloud.charge"]
            .sudo()
            ._read_group(
                [("subscription_id", "in", self.ids), ("is_live", "=", True)], ["subscription_id"], ["__count"]
            )
        )
        return {subscription.id: count for subscription, count in groups}
