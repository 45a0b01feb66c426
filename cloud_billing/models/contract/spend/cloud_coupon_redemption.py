from odoo import api, fields, models
from odoo.tools import format_date


class CloudCouponRedemption(models.Model):
    """A customer has redeemed a coupon: from which day on, and until when it holds."""

    _name = "cloud.coupon.redemption"
    _description = "Redeemed Coupon"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "coupon_redemption"
    _protected_fields = (
        "coupon_id", "customer_id", "subscription_id", "company_id", "date_start", "date_end", "number",
        "max_number", "state",
    )  # fmt: skip
    _order = "date_start desc, id desc"
    _check_company_auto = True

    coupon_id = fields.Many2one(
        "cloud.coupon",
        required=True,
        ondelete="restrict",
        index=True,
        domain=[("state", "=", "approved")],
        tracking=True,
    )
    customer_id = fields.Many2one(
        "cloud.customer", required=True, ondelete="restrict", index=True, check_company=True, tracking=True
    )
    subscription_id = fields.Many2one(
        "cloud.subscription",
        ondelete="restrict",
        domain="[('customer_id', '=', customer_id)]",
        help="Only its charges are discounted. Empty: those of all subscriptions of the customer.",
    )
    company_id = fields.Many2one(related="coupon_id.company_id", store=True, precompute=True, index=True)
    date_start = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="Charges whose service begins on this day or later are discounted.",
    )
    date_end = fields.Date(
        string="Until",
        compute="_compute_date_end",
        store=True,
        precompute=True,
        help="First day on which service begins that is no longer discounted. Empty: open.",
    )
    number = fields.Integer(readonly=True, copy=False, help="Counts the approved redemptions of the coupon, from 1.")
    max_number = fields.Integer(readonly=True, copy=False, help="The coupon's limit when it was approved. 0: none.")
    discount_text = fields.Char(related="coupon_id.discount_text")

    _once_per_customer = models.UniqueIndex(
        "(coupon_id, customer_id) WHERE state = 'approved'", "The customer has redeemed this coupon already."
    )
    # Two that are approved at the same moment get the same number: one of them is tried again, and sees the other.
    _number_uniq = models.UniqueIndex(
        "(coupon_id, number) WHERE state = 'approved'", "Somebody else redeemed the coupon meanwhile: try again."
    )
    _number_within_limit = models.Constraint(
        "CHECK (state <> 'approved' OR (number > 0 AND (COALESCE(max_number, 0) = 0 OR number <= max_number)) IS TRUE)",
        "The coupon has been redeemed as often as it may be.",
    )

    # === COMPUTE === #

    @api.depends("date_start", "coupon_id.periods")
    def _compute_date_end(self):
        for redemption in self:
            months = redemption.coupon_id.periods
            start = redemption.date_start
            redemption.date_end = fields.Date.add(start, months=months) if months and start else False

    @api.depends("coupon_id.code", "customer_id.name")
    def _compute_display_name(self):
        for redemption in self:
            names = (redemption.customer_id.name, redemption.coupon_id.code)
            redemption.display_name = ": ".join(filter(None, names))

    # === BUSINESS: APPROVAL === #

    def _take_effect(self, write):
        approved = self._get_approved()
        write(
            self,
            {
                "number": max(approved.mapped("number"), default=0) + 1,
                "max_number": self.coupon_id.max_redemptions,
            },
        )
        return super()._take_effect(write)

    def _get_approved(self):
        # sudo: who redeemed a coupon before decides, also where the person may not see it.
        return self.sudo().search([("coupon_id", "=", self.coupon_id.id), ("state", "=", "approved")])

    def _get_problems(self):
        problems = super()._get_problems()
        coupon, values = self.coupon_id, {"redemption": self.display_name}
        approved = self._get_approved()
        if coupon.state != "approved":
            problems.append(
                self.env._("%(redemption)s: the coupon is not approved yet. Have it approved first.", **values)
            )
        if not coupon._is_redeemable_on(self.date_start):
            problems.append(
                self.env._(
                    "%(redemption)s: the coupon is not redeemed on %(day)s. Choose a day from %(start)s until %(end)s.",
                    day=format_date(self.env, self.date_start),
                    start=format_date(self.env, coupon.date_start) or self.env._("any day"),
                    end=format_date(self.env, coupon.date_end) or self.env._("open"),
                    **values,
                )
            )
        if self.customer_id in approved.customer_id:
            problems.append(self.env._("%(redemption)s: the customer has redeemed this coupon already.", **values))
        if coupon.max_redemptions and len(approved) >= coupon.max_redemptions:
            problems.append(
                self.env._(
                    "%(redemption)s: the coupon was redeemed %(count)s times already, as often as it may be.",
                    count=len(approved),
                    **values,
                )
            )
        if self.subscription_id and self.subscription_id.customer_id != self.customer_id:
            problems.append(
                self.env._(
                    "%(redemption)s: %(subscription)s is another customer's. Choose one of this customer.",
                    subscription=self.subscription_id.name,
                    **values,
                )
            )
        return problems

    def _get_content(self):
        return {
            "coupon": [self.coupon_id.id, self.coupon_id._get_content_hash()],
            "customer": self.customer_id.id,
            "subscription": self.subscription_id.id,
            "dates": [fields.Date.to_string(self.date_start), fields.Date.to_string(self.date_end)],
        }

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        return {
            label("coupon_id"): self.coupon_id.display_name,
            label("customer_id"): self.customer_id.name,
            label("subscription_id"): self.subscription_id.name or self.env._("all"),
            label("discount_text"): self.discount_text,
            label("date_start"): format_date(self.env, self.date_start),
            label("date_end"): format_date(self.env, self.date_end) if self.date_end else self.env._("open"),
        }
