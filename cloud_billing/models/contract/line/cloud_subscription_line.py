from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....engine.rating import RatingError, resolve
from ....fields import DecimalField, get_changed

_FIXED_ONCE_CHARGED = ("subscription_id", "product_id", "cycle_unit", "cycle_count")


class CloudSubscriptionLine(models.Model):
    """One product of a subscription: what is charged, how many, from when to when."""

    _name = "cloud.subscription.line"
    _description = "Subscription Line"
    _inherit = ["analytic.mixin"]
    _order = "subscription_id, sequence, id"
    _check_company_auto = True

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    customer_id = fields.Many2one(related="subscription_id.customer_id", store=True, index=True)
    state = fields.Selection(related="subscription_id.state", string="Subscription State")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain=[("cloud_billing_model", "!=", False)],
    )
    name = fields.Char(
        string="Description",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Printed on the invoice.",
    )
    billing_model = fields.Selection(related="product_id.cloud_billing_model")
    meter_id = fields.Many2one(related="product_id.cloud_meter_id")
    quantity = DecimalField(default=1, help="For one-time and recurring products; usage decides for metered ones.")
    timing = fields.Selection(
        [("arrears", "In arrears"), ("advance", "In advance")],
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="In arrears: billed after the period. In advance: billed on its first day. Usage is always in arrears.",
    )
    date_start = fields.Date(string="Start", help="Empty: with the subscription.")
    date_end = fields.Date(
        string="End", copy=False, help="First day on which the line no longer runs. Empty: with the subscription."
    )
    price_text = fields.Char(
        string="Price", compute="_compute_price_text", help="In force today, or on the first day of a later line."
    )
    has_price = fields.Boolean(compute="_compute_price_text")

    _dates_ordered = models.Constraint(
        "CHECK (date_start < date_end)", "A line ends after it starts. Choose a later end, or delete the line."
    )

    # === COMPUTE === #

    @api.depends("product_id")
    def _compute_from_product(self):
        for line in self:
            product = line.product_id
            if product != line._origin.product_id or not line.name:
                line.name = product.display_name
            is_metered = product.cloud_billing_model == "metered"
            line.timing = "arrears" if is_metered else product.cloud_timing or "arrears"

    @api.depends("name", "subscription_id.name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.subscription_id.name}: {line.name}"

    @api.depends(
        "product_id",
        "date_start",
        "date_end",
        "subscription_id.plan_id",
        "subscription_id.customer_id",
        "subscription_id.date_start",
        "subscription_id.date_end",
    )
    @api.depends_context("lang")
    def _compute_price_text(self):
        rules = self._get_rules_in_force(fields.Date.context_today(self))
        for line in self:
            rule = rules.get(line.id)
            line.has_price = bool(rule)
            line.price_text = rule.summary if rule else self.env._("No price")

    # === CONSTRAINTS === #

    @api.constrains("date_start", "date_end", "subscription_id")
    def _check_dates_inside(self):
        for line in self:
            subscription = line.subscription_id
            # A running subscription that ends takes its lines with it; their dates stay, for when it is reopened.
            start, end = subscription.date_start, subscription.date_end if not subscription.activated_on else None
            if subscription.end_kind == "cancelled":
                continue
            is_early = line.date_start and line.date_start < start
            is_late = end and ((line.date_start and line.date_start >= end) or (line.date_end and line.date_end > end))
            is_over = line.date_end and line.date_end <= start
            if is_early or is_late or is_over:
                raise ValidationError(
                    self.env._(
                        "%(line)s: its dates are not within those of the subscription, %(start)s to %(end)s. "
                        "Change the line or the subscription.",
                        line=line.display_name,
                        start=fields.Date.to_string(start),
                        end=fields.Date.to_string(end) or self.env._("open"),
                    )
                )

    @api.constrains("quantity", "product_id", "timing")
    def _check_quantity(self):
        for line in self:
            if line.billing_model == "metered":
                if line.timing == "advance":
                    raise ValidationError(
                        self.env._(
                            "%(line)s: usage is not known in advance. Choose In arrears.", line=line.display_name
                        )
                    )
            elif line.quantity is None or line.quantity < 0:
                raise ValidationError(
                    self.env._("%(line)s: enter the quantity that was agreed, 0 or more.", line=line.display_name)
                )

    # === CRUD === #

    def write(self, vals):
        self._check_fixed_once_charged(vals)
        return super().write(vals)

    def _check_fixed_once_charged(self, vals):
        """Refuse what would change days that were charged: another product or owner, other dates in the past."""
        names = [name for name in (*_FIXED_ONCE_CHARGED, "date_start", "date_end") if name in vals]
        charged_until = self._get_charged_until() if names else {}
        for line in self:
            if line.id not in charged_until:
                continue
            if get_changed(line, vals, _FIXED_ONCE_CHARGED):
                raise UserError(
                    self.env._(
                        "%(line)s was charged already, so its product and subscription stay. "
                        "End this line and add a new one.",
                        line=line.display_name,
                    )
                )
            line._check_dates_not_charged(vals, charged_until[line.id])

    def _check_dates_not_charged(self, vals, charged_until):
        """Refuse another start. An end within charged days is agreed with a policy: see `_apply_end`."""
        new_start = fields.Date.to_date(vals.get("date_start", self.date_start)) or self.subscription_id.date_start
        if new_start != self._get_interval()[0]:
            raise UserError(
                self.env._(
                    "%(line)s is charged up to %(day)s, so its days before that stay. "
                    "End it on that day or later and add a new line.",
                    line=self.display_name,
                    day=fields.Date.to_string(charged_until),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_uncharged(self):
        charged_until = self._get_charged_until()
        for line in self:
            if line.id in charged_until:
                raise UserError(
                    self.env._("%(line)s was charged already. End it instead of deleting it.", line=line.display_name)
                )

    # === BUSINESS === #

    def _get_interval(self):
        """(first day, first day after the last or None): the line's own dates, within the subscription's."""
        self.ensure_one()
        subscription = self.subscription_id
        ends = [day for day in (self.date_end, subscription.date_end) if day]
        return self.date_start or subscription.date_start, min(ends, default=None)

    def _get_activation_problems(self):
        """What stands in the way of billing these lines, as sentences."""
        return [
            self.env._(
                "%(line)s: the product has no billing model. Choose one on the product, or another product.",
                line=line.display_name,
            )
            for line in self
            if not line.billing_model
        ]

    def _get_charged_until(self, only_billed=False):
        """{line id: first day after the last one that was charged and not voided}, in an open run too.

        only_billed: what open runs have charged does not count.
        """
        states = ["billed"] if only_billed else ["draft", "billed"]
        # sudo: whether something was charged decides what may change, also for people who may not see charges.
        groups = (
            self.env["cloud.charge"]
            .sudo()
            ._read_group(
                [("subscription_line_id", "in", self.ids), ("is_live", "=", True), ("state", "in", states)],
                ["subscription_line_id"],
                ["service_end:max"],
            )
        )
        return {line.id: day for line, day in groups}

    def _get_rules_in_force(self, today, proposal=None):
        """{line id: price rule, or rate of the contract} on a day, or on the nearest day of the line.

        Lines without one single price are absent.

        proposal: of `price_candidates`, a version that counts as if it were approved. Takes a constant number of
        statements.
        """
        days = {line.id: line._get_price_day(today) for line in self if line._is_priceable()}
        lines = self.filtered(lambda line: line.id in days)
        if not lines:
            return {}
        candidates = self.env["cloud.price.plan"]._get_candidates(
            lines, min(days.values()), max(days.values()) + timedelta(days=1), proposal
        )
        # Lines that meet the same prices have one list in common: what it comes to on a day is found out once.
        found = {}
        for line_id, day in days.items():
            key = id(candidates[line_id]), day
            if key not in found:
                found[key] = self._get_resolved_id(candidates[line_id], day)
        chosen = {line_id: found[id(candidates[line_id]), day] for line_id, day in days.items()}
        rules = {line_id: price_id for line_id, price_id in chosen.items() if price_id is not None}
        prices = self.env["cloud.contract.rate"]._find_prices(rules.values())
        return {line_id: prices[price_id] for line_id, price_id in rules.items()}

    @staticmethod
    def _get_resolved_id(candidates, day):
        """The id of the one price that applies on a day; None where there is none, or more than one."""
        try:
            return resolve(candidates, day).chosen.rule.rule_id
        except RatingError:
            return None

    def _get_unpriced(self, today):
        """Those of the lines that no price, or no single price, applies to."""
        priced = self._get_rules_in_force(today)
        return self.filtered(lambda line: line.id not in priced and line.product_id)

    def _is_priceable(self):
        return bool(self.product_id and self.subscription_id.plan_id and self._get_interval()[0])

    def _get_price_day(self, today):
        """The day whose price is shown: today, or the line's first or last day where today lies outside."""
        start, end = self._get_interval()
        return max(start, min(today, end - timedelta(days=1)) if end else today)
