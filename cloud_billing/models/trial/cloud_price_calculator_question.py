from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import schedule
from ...engine.numbers import NumberError, parse_decimal
from .price_question import PriceQuestion

_NUMBERS = ("quantity", "seats", "cost", "value", "besides")


class CloudPriceCalculator(models.AbstractModel):
    """Requests to questions: which records are asked about, and whether whoever asks may know."""

    _inherit = "cloud.price.calculator"

    # === BUSINESS: QUESTIONS === #

    def _parse_request(self, request):
        """(PriceQuestion, version or None) of a request, all records with the rights of the person who asks."""
        line = self._browse("cloud.subscription.line", request, "subscription_line_id")
        subscription = line.subscription_id or self._browse("cloud.subscription", request, "subscription_id")
        customer = subscription.customer_id or self._browse("cloud.customer", request, "customer_id")
        version = self._browse("cloud.price.plan.version", request, "version_id")
        plan = (
            self._browse("cloud.price.plan", request, "plan_id")
            or version.plan_id
            or subscription.plan_id
            or customer.plan_id
        )
        product = self._browse("product.product", request, "product_id") or line.product_id
        self._check_complete(plan, product)
        return self._make_question(request, plan, product, customer, subscription, line), version or None

    def _browse(self, model, request, name):
        record_id = request.get(name) or None
        if record_id is not None and not isinstance(record_id, int):
            raise UserError(self.env._("%(name)s is the ID of one record, a whole number.", name=name))
        record = self.env[model].browse(record_id or ())
        record.check_access("read")
        return record

    def _check_complete(self, plan, product):
        if not product:
            raise UserError(self.env._("Choose the product whose price you want to know."))
        if not plan:
            raise UserError(self.env._("Choose a price plan, or a customer who has one."))

    def _make_question(self, request, plan, product, customer, subscription, line):
        return PriceQuestion(
            plan=plan,
            product=product,
            customer=customer,
            subscription=subscription,
            line=line,
            day=fields.Date.to_date(request.get("date")) or fields.Date.context_today(self),
            cost_currency=request.get("cost_currency") or "",
            dimensions=tuple(
                (tuple(part["values"].items()), self._parse_number(part["quantity"]))
                for part in request.get("dimensions") or ()
            ),
            events=tuple(self._parse_number(value) for value in request.get("events") or ()),
            is_of_bill=True,
            **{name: self._parse_number(request.get(name)) for name in _NUMBERS},
        )

    def _parse_number(self, value):
        if value is None or value is False or value == "":
            return None
        try:
            return parse_decimal(value)
        except (NumberError, TypeError) as error:
            raise UserError(
                self.env._("%(value)s is no number. Give digits as text, such as 1234.50.", value=value)
            ) from error

    def _parse_of_portal(self, request):
        """The question of a customer in the portal about his own prices; raises AccessError for everything else."""
        customer_id, product_id = request.get("customer_id"), request.get("product_id")
        # sudo: a customer may know the prices that were agreed with him; whose they are is checked right below.
        customers = self.env["cloud.customer"].sudo()
        customer = customers.browse(customer_id).exists() if isinstance(customer_id, int) else customers
        own = self.env.user.partner_id.commercial_partner_id
        if not customer or customer.partner_id.commercial_partner_id != own or not isinstance(product_id, int):
            raise AccessError(self._get_portal_refusal())
        product = customer.env["product.product"].browse(product_id).exists()
        lines = customer.subscription_ids.line_ids.filtered(
            lambda line: (
                line.product_id == product
                and line.state != "draft"
                and request.get("subscription_id") in (None, False, line.subscription_id.id)
            )
        )
        line = lines.sorted(lambda line: line.state not in schedule.RUNNING)[:1]
        plan = line.subscription_id.plan_id or customer.plan_id
        self._check_portal(request, plan, product, customer)
        return self._make_question(request, plan, product, customer, line.subscription_id, line)

    def _check_portal(self, request, plan, product, customer):
        """Refuse what would tell a customer more than his own prices of today and before."""
        day = fields.Date.to_date(request.get("date")) or fields.Date.context_today(self)
        asked_too_much = (
            any(request.get(name) for name in ("plan_id", "version_id", "cost", "cost_currency"))
            or day > fields.Date.context_today(self)
            or (product.company_id and product.company_id != customer.company_id)
        )
        if asked_too_much or not plan or not product.cloud_billing_model:
            raise AccessError(self._get_portal_refusal())

    def _get_portal_refusal(self):
        return self.env._("Choose one of your own contracts, a product and a day up to today.")
