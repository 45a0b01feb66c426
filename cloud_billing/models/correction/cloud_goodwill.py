from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...engine.numbers import exact, parse_decimal, to_text
from ...fields import DecimalField, format_decimal


class CloudGoodwill(models.Model):
    """A credit that is given although nothing was billed wrong: agreed by another person, then on the next bill.

    Once it is agreed it is a one-off amount like any other; what was billed stays as it is.
    """

    _name = "cloud.goodwill"
    _description = "Goodwill Credit"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _request_kind = "goodwill"
    _protected_fields = (
        "customer_id", "company_id", "currency_id", "amount", "product_id", "name", "service_start", "service_end",
        "reason", "state",
    )  # fmt: skip

    name = fields.Char(string="Text", required=True, tracking=True, help="What the customer reads on the invoice.")
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True, tracking=True)
    company_id = fields.Many2one(related="customer_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="customer_id.currency_id", store=True)
    amount = DecimalField(
        required=True,
        currency_field="currency_id",
        tracking=True,
        help="What the customer gets back, above zero. Net or gross of tax as the customer's prices are.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self.env.company.cloud_goodwill_product_id,
        help="Gives account and taxes: one of its own shows what goodwill costs.",
    )
    service_start = fields.Date(
        string="Service From", required=True, default=fields.Date.context_today, help="The days that it is for."
    )
    service_end = fields.Date(
        string="Service To",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=1),
        help="First day after them.",
    )
    reason = fields.Char(required=True, tracking=True, help="For whoever approves it, and in the register.")
    adjustment_ids = fields.One2many("cloud.adjustment", "goodwill_id", string="One-off Amount", readonly=True)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A goodwill credit is of an amount above zero.")
    _dates_ordered = models.Constraint("CHECK (service_start < service_end)", "A service interval is not empty.")

    # === COMPUTE === #

    @api.depends("customer_id.name", "amount", "currency_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        new = self.filtered(lambda goodwill: not goodwill.customer_id)
        new.display_name = self.env._("New goodwill credit")
        for goodwill in self - new:
            goodwill.display_name = self.env._(
                "Goodwill of %(amount)s, %(customer)s", amount=goodwill._tell(), customer=goodwill.customer_id.name
            )

    # === ACTIONS === #

    def action_open_adjustment(self):
        """The one-off amount that it became, with its bill."""
        self.ensure_one()
        return self.adjustment_ids._get_records_action(name=self.env._("One-off Amount"))

    # === BUSINESS: APPROVAL === #

    def _tell(self):
        amount = format_decimal(self.env, self.amount, self.currency_id.decimal_places)
        return f"{amount} {self.currency_id.name or ''}".strip()

    def _get_content(self):
        names = ("name", "customer_id", "currency_id", "product_id")
        return {
            **{name: self[name].id if name != "name" else self.name for name in names},
            "amount": to_text(self.amount),
            "service_start": str(self.service_start),
            "service_end": str(self.service_end),
            "reason": self.reason,
        }

    def _get_effect_values(self):
        return {
            self.env._("Customer"): self.customer_id.display_name,
            self.env._("Credit"): self._tell(),
            self.env._("Text"): self.name,
            self.env._("Product"): self.product_id.display_name,
            self.env._("Days"): self.env._(
                "%(start)s up to, not including, %(end)s",
                start=format_date(self.env, self.service_start),
                end=format_date(self.env, self.service_end),
            ),
            self.env._("Reason"): self.reason,
        }

    def _is_large(self):
        """Whether it is above what one approver gives; one in another currency counts as such.

        Small ones add up: what the same customer was given in the calendar month in which this one was written counts.
        """
        self.ensure_one()
        limit = self.company_id.cloud_goodwill_limit
        if limit is None:
            return False
        if self.currency_id != self.company_id.currency_id:
            return True
        with exact():
            return self._fetch_given() + self.amount > limit

    def _fetch_given(self):
        """Decimal of the customer's other goodwill of the month that waits for approval, or was given and stays given.

        The customer is written first: of two submitted at once the second one fails, is tried again and sees the first.
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL("UPDATE cloud_customer SET write_date = write_date WHERE id = %s RETURNING id", self.customer_id.id)
        )
        rows = self.env.execute_query(
            SQL(
                """
            SELECT COALESCE(SUM(g.amount), 0)::text
              FROM cloud_goodwill g
             WHERE g.customer_id = %(customer_id)s
               AND g.currency_id = %(currency_id)s
               AND g.id <> %(id)s
               AND date_trunc('month', g.create_date) = date_trunc('month', %(written)s::timestamp)
               AND (g.state = 'pending'
                    OR g.state = 'approved'
                       AND EXISTS (SELECT FROM cloud_adjustment a
                                    WHERE a.goodwill_id = g.id AND a.state <> 'cancelled'))
                """,
                customer_id=self.customer_id.id,
                currency_id=self.currency_id.id,
                id=self.id,
                written=self.create_date,
            )
        )
        return parse_decimal(rows[0][0])

    def _take_effect(self, write):
        result = super()._take_effect(write)
        # sudo: the vote of another person makes the amount, whatever that person may write.
        self.env["cloud.adjustment"].sudo().create(self._prepare_adjustment_vals())
        return result

    def _prepare_adjustment_vals(self):
        """Return the values of the one-off amount that an approved goodwill becomes; writes nothing."""
        with exact():
            amount = -self.amount
        return {
            "kind": "goodwill",
            "goodwill_id": self.id,
            "name": self.name,
            "customer_id": self.customer_id.id,
            "currency_id": self.currency_id.id,
            "product_id": self.product_id.id,
            "amount": amount,
            "service_start": self.service_start,
            "service_end": self.service_end,
            "reason": self.reason,
        }
