from decimal import Decimal

from odoo import models
from odoo.addons.cloud_billing.engine.numbers import exact, trim
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """The subscription that a confirmed order becomes, with the order's prices."""

    _inherit = "sale.order"

    # === BUSINESS === #

    def _make_cloud_subscription(self, now):
        """Make the subscription of this order as of an instant (naive UTC), with its lines and prices."""
        self.ensure_one()
        # sudo: confirming makes the agreement that the order is, also where the customer signs it in the portal.
        order = self.sudo()
        problems = order._get_cloud_problems()
        if problems:
            raise UserError("\n".join(problems))
        customer = order._get_cloud_customer() or order.env["cloud.customer"].create(
            order._prepare_cloud_customer_vals()
        )
        subscription = order.env["cloud.subscription"].create(
            order._prepare_cloud_subscription_vals(customer, order.cloud_date_start or customer._get_local_day(now))
        )
        lines = order.order_line.filtered("is_cloud_billed")
        for line in lines:
            line.cloud_line_id = order.env["cloud.subscription.line"].create(
                line._prepare_cloud_line_vals(subscription)
            )
        rates = order.env["cloud.contract.rate"].create(
            [vals for line in lines for vals in line._prepare_cloud_rate_vals_list()]
        )
        for line in lines:
            line._plan_cloud_instalments()
        if order.cloud_is_activated:
            subscription._apply_activation(now)
        order._propose_discounts(rates.filtered(lambda rate: rate.state == "draft"))
        # No link: who sells need not be one who opens subscriptions; who is has the button above the order.
        order.message_post(
            body=order.env._("Billed by subscription %(subscription)s.", subscription=subscription.display_name)
        )
        return subscription

    def _propose_discounts(self, rates):
        """Submit the prices that are above the seller's limit; until somebody approves them the plan's prices hold."""
        if not rates:
            return
        # Who signs in the portal, or is not enrolled, proposes nothing: somebody of billing does.
        seller = self.user_id.name or self.env.user.name
        if self.env.user._get_cloud_person():
            rates._agree()
            text = self.env._("The discount is above the limit of %(seller)s: it waits for approval.", seller=seller)
        else:
            text = self.env._(
                "The discount is above the limit of %(seller)s. Submit it under Agreed Prices of the subscription; "
                "until it is approved the plan's prices hold.",
                seller=seller,
            )
        self.message_post(body=text)

    def _get_cloud_problems(self):
        """Why no subscription can be made of this order, as sentences with a way out."""
        customer, plan, problems = self._get_cloud_customer(), self.cloud_plan_id, []
        values = {"order": self.name, "currency": self.currency_id.name}
        if not plan:
            problems.append(
                self.env._(
                    "%(order)s has products that a subscription bills, and no price plan. Choose one in %(currency)s"
                    " under Subscription.",
                    **values,
                )
            )
        elif plan.currency_id != self.currency_id:
            problems.append(
                self.env._(
                    "%(order)s is in %(currency)s and its price plan %(plan)s in %(plan_currency)s. Choose a plan in"
                    " %(currency)s, or a pricelist in %(plan_currency)s.",
                    plan=plan.name,
                    plan_currency=plan.currency_id.name,
                    **values,
                )
            )
        elif customer and not plan._can_bill(customer):
            problems.append(
                self.env._(
                    "%(customer)s is billed in %(customer_currency)s and %(order)s is in %(currency)s. Use a pricelist"
                    " in %(customer_currency)s, or a plan that is billed in the customer's currency.",
                    customer=customer.name,
                    customer_currency=customer.currency_id.name,
                    **values,
                )
            )
        negative = self.order_line.filtered(lambda line: line.is_cloud_billed and line.product_uom_qty < 0)
        problems += [
            self.env._(
                "%(product)s has a negative quantity, which a subscription cannot have. Give a discount instead.",
                product=line.product_id.display_name,
            )
            for line in negative
        ]
        return problems

    # === HOOKS === #

    def _prepare_cloud_customer_vals(self):
        """Return the values of a billing customer for the contact who gets the invoices; writes nothing."""
        partner = self.partner_invoice_id if self.partner_invoice_id.name else self.partner_id
        return {
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "tz": partner.tz or self.company_id.partner_id.tz or self.env.user.tz or "UTC",
            "payment_term_id": self.payment_term_id.id,
        }

    def _prepare_cloud_subscription_vals(self, customer, date_start):
        """Return the values of the subscription, without its lines; writes nothing."""
        return {
            "customer_id": customer.id,
            "plan_id": self.cloud_plan_id.id,
            "date_start": date_start,
            "order_reference": self.client_order_ref,
            "sale_order_id": self.id,
            "user_id": self.user_id.id,
        }


class SaleOrderLine(models.Model):
    """What a line of the order agrees: the quantity, and its price where the order says one."""

    _inherit = "sale.order.line"

    # === BUSINESS === #

    def _get_cloud_price(self):
        """The unit price of this line, before its discount, per unit of the product and on the plan's tax basis."""
        price = self.product_uom_id._compute_price(self.price_unit, self.product_id.uom_id)
        is_gross = self.order_id.cloud_plan_id.tax_basis == "gross"
        if self.tax_ids and is_gross != all(self.tax_ids.flatten_taxes_hierarchy().mapped("price_include")):
            details = self.tax_ids._get_tax_details(price, 1.0, rounding_method="round_globally")
            price = details["total_included" if is_gross else "total_excluded"]
        # Odoo computes prices as floats: what is noise behind the tenth decimal is not a price.
        return trim(Decimal(repr(round(price, 10))))

    def _is_price_agreed(self):
        """Whether the order says a price: always of fees; of usage where somebody typed one, else the plan's holds."""
        if self.product_id.cloud_billing_model != "metered":
            return True
        return self.currency_id.compare_amounts(self.price_unit, self.technical_price_unit) != 0

    def _is_above_limit(self):
        """Whether the seller lets more off than he or she may alone: by the discount, and by a lower price typed in."""
        company = self.company_id
        seller = self.order_id.user_id
        limit = seller.cloud_seller_discount if seller else None
        if limit is None:
            limit = company.cloud_seller_discount
        if company.cloud_billing_state == "setup" or limit is None:
            return False
        rest = 100 - Decimal(repr(round(self.discount, 10)))
        price, usual = (Decimal(repr(round(number, 10))) for number in (self.price_unit, self.technical_price_unit))
        with exact():
            # Let off of 100: more than the limit where price x rest < usual x (100 - limit).
            return price * rest < usual * (100 - limit) if 0 < price < usual else 100 - rest > limit

    def _plan_cloud_instalments(self):
        """Agree on the parts of a sum that is paid in instalments: monthly, from the first day on."""
        line = self.cloud_line_id
        if self.product_id.cloud_billing_model != "instalment":
            return
        total, problem = line._get_instalment_price()
        if problem:
            raise UserError(problem)
        line._apply_instalments(
            line._make_equal_parts(total, line._get_interval()[0], self.cloud_instalment_count),
            total=total,
            reason=self.order_id.name,
        )

    # === HOOKS === #

    def _prepare_cloud_line_vals(self, subscription):
        """Return the values of the subscription line of this order line; writes nothing."""
        quantity = self.product_uom_id._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False)
        return {
            "subscription_id": subscription.id,
            "product_id": self.product_id.id,
            "name": self.name,
            "sequence": self.sequence,
            "quantity": trim(Decimal(repr(round(quantity, 10)))),
            "analytic_distribution": self.analytic_distribution,
        }

    def _prepare_cloud_rate_vals_list(self):
        """Return the values of the contract's prices that this order line says; writes nothing."""
        line = self.cloud_line_id
        vals = {
            "subscription_id": line.subscription_id.id,
            "line_id": line.id,
            "origin": "order",
            "reason": self.order_id.name,
            "date_start": line.subscription_id.date_start,
        }
        if self._is_above_limit():
            vals["state"] = "draft"
        rates = []
        if self._is_price_agreed():
            rates.append({**vals, "kind": "price", "unit_price": self._get_cloud_price()})
        if self.discount:
            with exact():
                percent = -trim(Decimal(repr(round(self.discount, 10))))
            rates.append({**vals, "kind": "adjust", "percent": percent, "label": self.env._("Discount")})
        return rates
