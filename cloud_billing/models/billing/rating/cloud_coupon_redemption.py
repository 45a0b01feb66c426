from odoo import fields, models
from odoo.tools import SQL

from ....engine.numbers import exact, parse_decimal
from ....fields import DecimalField

_ZERO = parse_decimal(0)


class CloudCouponRedemption(models.Model):
    """What was used of a redeemed coupon, and what is left."""

    _inherit = "cloud.coupon.redemption"

    currency_id = fields.Many2one(related="coupon_id.currency_id")
    used_amount = DecimalField(
        string="Used",
        compute="_compute_used_amount",
        currency_field="currency_id",
        help="By rated lines of charges that live, drafts of open runs too. Counted only for coupons with a limit.",
    )
    rest_amount = DecimalField(
        string="Left",
        compute="_compute_used_amount",
        currency_field="currency_id",
        help="Of the customer's limit or of that of all customers, whichever is less. Empty: without limit.",
    )

    # === COMPUTE === #

    def _compute_used_amount(self):
        by_redemption, by_coupon = self._fetch_used()
        for redemption in self:
            coupon = redemption.coupon_id
            used = by_redemption.get(redemption._origin.id, _ZERO)
            with exact():
                rests = [
                    limit - amount
                    for limit, amount in (
                        (coupon.customer_limit, used),
                        (coupon.amount_limit, by_coupon.get(coupon.id, _ZERO)),
                    )
                    if limit is not None
                ]
            redemption.used_amount = used
            redemption.rest_amount = min(rests, default=None)

    # === ACTIONS === #

    def action_view_uses(self):
        """The rated lines that used this redemption."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_coupon_use_action")
        return {**action, "domain": [("redemption_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _fetch_used(self):
        """({redemption id: money used}, {coupon id: money used}) of the coupons of these redemptions."""
        self.env["cloud.charge"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT u.redemption_id, u.coupon_id, SUM(u.amount)::text
              FROM cloud_coupon_use u
              JOIN cloud_rated_line r ON r.id = u.rated_line_id
              JOIN cloud_charge c ON c.id = r.charge_id AND c.is_live
             WHERE u.coupon_id = ANY(%s)
          GROUP BY u.redemption_id, u.coupon_id
            """,
                list(self.coupon_id.ids),
            )
        )
        by_redemption, by_coupon = {}, {}
        with exact():
            for redemption_id, coupon_id, amount in rows:
                by_redemption[redemption_id] = parse_decimal(amount)
                by_coupon[coupon_id] = by_coupon.get(coupon_id, _ZERO) + parse_decimal(amount)
        return by_redemption, by_coupon
