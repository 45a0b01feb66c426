from odoo import api, fields, models
from odoo.addons.cloud_billing.models.access.sharing_paths import Every, Paths
from odoo.exceptions import UserError

# An order that became no subscription is seen as Odoo's own roles say.
SHARING_PATHS = Paths(
    customer=Every("cloud_subscription_ids", "customer_id"),
    subscription=Every("cloud_subscription_ids", "id"),
    product=Every("cloud_subscription_ids.line_ids", "product_id"),
    is_shared=True,
)


class SaleOrder(models.Model):
    """What an order says of the subscription that it becomes, and where that stands."""

    _inherit = "sale.order"

    has_cloud_lines = fields.Boolean(
        compute="_compute_has_cloud_lines", help="A product of it is billed by a subscription."
    )
    cloud_plan_id = fields.Many2one(
        "cloud.price.plan",
        string="Price Plan",
        compute="_compute_cloud_plan_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Prices of usage that the order itself does not say; in the currency of the order.",
    )
    cloud_date_start = fields.Date(
        string="Service From", copy=False, help="First day that is billed. Empty: the day on which it is confirmed."
    )
    cloud_is_activated = fields.Boolean(
        string="Activate at Once",
        default=True,
        help="Bill from the first day on. Otherwise the subscription is a draft that somebody looks at first.",
    )
    cloud_subscription_ids = fields.One2many("cloud.subscription", "sale_order_id", string="Subscriptions")
    cloud_subscription_count = fields.Integer(
        compute="_compute_cloud_subscription_count", string="Number of Subscriptions"
    )

    # === COMPUTE === #

    @api.depends("order_line.is_cloud_billed")
    def _compute_has_cloud_lines(self):
        for order in self:
            order.has_cloud_lines = any(order.order_line.mapped("is_cloud_billed"))

    @api.depends("partner_id", "partner_invoice_id", "currency_id", "company_id")
    def _compute_cloud_plan_id(self):
        for order in self:
            if order.state == "sale":
                continue
            # sudo: the plan's name is proposed to whoever sells; its prices are not shown.
            customer = order.sudo()._get_cloud_customer()
            plans = self.env["cloud.price.plan"].sudo()  # sudo: as above.
            if customer.plan_id.currency_id == order.currency_id:
                order.cloud_plan_id = customer.plan_id
            elif order.cloud_plan_id.sudo().currency_id != order.currency_id:  # sudo: as above.
                found = plans.search(
                    [
                        *plans._check_company_domain(order.company_id),
                        ("currency_id", "=", order.currency_id.id),
                    ],
                    limit=2,
                )
                # One of several is for a person to choose.
                order.cloud_plan_id = found if len(found) == 1 else False

    @api.depends("cloud_subscription_ids")
    def _compute_cloud_subscription_count(self):
        # sudo: that there is one is told to whoever sells; opening it needs a right of its own.
        for order in self.sudo():
            order.cloud_subscription_count = len(order.cloud_subscription_ids)

    # === ACTIONS === #

    def action_view_cloud_subscriptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_subscription_action")
        action.update(domain=[("sale_order_id", "=", self.id)], context={"create": False})
        if len(self.cloud_subscription_ids) == 1:
            action.update(res_id=self.cloud_subscription_ids.id, views=[(False, "form")])
        return action

    def _action_confirm(self):
        result = super()._action_confirm()
        now = fields.Datetime.now()
        for order in self.filtered("has_cloud_lines"):
            order._make_cloud_subscription(now)
        return result

    def _action_cancel(self):
        self._drop_cloud_subscriptions()
        return super()._action_cancel()

    # === BUSINESS === #

    def _get_sharing_paths(self):
        return SHARING_PATHS

    def _drop_cloud_subscriptions(self):
        """Take the subscriptions of these orders back; refused where something was billed."""
        # sudo: whoever may cancel the order takes back what confirming it made.
        subscriptions = self.sudo().cloud_subscription_ids.filtered(lambda one: one.state != "cancelled")
        charges = subscriptions._get_charge_counts()
        for subscription in subscriptions:
            if charges.get(subscription.id):
                raise UserError(
                    self.env._(
                        "%(order)s is billed as %(subscription)s. Cancel the subscription, which credits what is not"
                        " used; the order stays as what was agreed.",
                        order=subscription.sale_order_id.name,
                        subscription=subscription.name,
                    )
                )
        running = subscriptions.filtered(lambda one: one.state != "draft")
        now = fields.Datetime.now()
        for subscription in running:
            subscription._apply_cancel(subscription.date_start, now, reason=subscription.sale_order_id.name)
        (subscriptions - running).unlink()

    def _get_cloud_customer(self):
        """The billing customer who pays for the order: that of the invoice's contact, else of the company it is of."""
        self.ensure_one()
        wanted = self.partner_invoice_id | self.partner_id | self.partner_invoice_id.commercial_partner_id
        customers = self.env["cloud.customer"].search(
            [("partner_id", "in", wanted.ids), ("company_id", "=", self.company_id.id)]
        )
        order = {partner_id: place for place, partner_id in enumerate(wanted.ids)}
        return customers.sorted(lambda customer: order[customer.partner_id.id])[:1]
