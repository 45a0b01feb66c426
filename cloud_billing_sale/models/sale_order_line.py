from odoo import api, fields, models
from odoo.addons.cloud_billing.fields import get_changed
from odoo.exceptions import UserError

from .sale_order import SHARING_PATHS

# Charged over time or with usage: not by an invoice of the order. One-time products stay the order's own.
BILLED_BY_SUBSCRIPTION = ("recurring", "metered", "instalment")
_FIXED_ONCE_SUBSCRIBED = ("product_id", "product_uom_qty", "price_unit", "discount", "product_uom_id")


class SaleOrderLine(models.Model):
    """A line whose product a subscription bills; the order itself never invoices it."""

    _inherit = "sale.order.line"

    is_cloud_billed = fields.Boolean(
        compute="_compute_is_cloud_billed", help="Billed by a subscription, not by an invoice of the order."
    )
    cloud_line_id = fields.Many2one(
        "cloud.subscription.line", string="Subscription Line", readonly=True, copy=False, index="btree_not_null"
    )
    cloud_instalment_count = fields.Integer(
        string="Instalments", default=12, help="Of a product that is paid in instalments: so many monthly parts."
    )
    cloud_billing_text = fields.Char(string="Billed", compute="_compute_cloud_billing_text")

    _cloud_instalments_counted = models.Constraint(
        "CHECK (cloud_instalment_count > 0)", "A sum is paid in one part at least."
    )

    # === COMPUTE === #

    @api.depends("product_id.cloud_billing_model", "display_type", "is_downpayment")
    def _compute_is_cloud_billed(self):
        for line in self:
            line.is_cloud_billed = (
                not line.display_type
                and not line.is_downpayment
                and line.product_id.cloud_billing_model in BILLED_BY_SUBSCRIPTION
            )

    @api.depends("product_id.cloud_billing_model", "cloud_instalment_count")
    @api.depends_context("lang")
    def _compute_cloud_billing_text(self):
        for line in self:
            texts = {
                "recurring": self.env._("each period"),
                "metered": self.env._("by usage, price per unit"),
                "instalment": self.env._("in %(count)s parts", count=line.cloud_instalment_count),
            }
            line.cloud_billing_text = texts.get(line.product_id.cloud_billing_model, False)

    @api.depends("is_cloud_billed")
    def _compute_qty_to_invoice(self):
        result = super()._compute_qty_to_invoice()
        self.filtered("is_cloud_billed").qty_to_invoice = 0
        return result

    @api.depends("is_cloud_billed")
    def _compute_invoice_status(self):
        result = super()._compute_invoice_status()
        self.filtered("is_cloud_billed").invoice_status = "no"
        return result

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # sudo: that there is a subscription decides what may be added, also for whoever may not see subscriptions.
        late = lines.filtered(lambda line: line.is_cloud_billed and line.order_id.sudo().cloud_subscription_ids)
        if late:
            raise UserError(
                self.env._(
                    "%(order)s is confirmed and its subscription was made. Add %(product)s there with Change, or make"
                    " a new quotation for it.",
                    order=late[0].order_id.name,
                    product=late[0].product_id.display_name,
                )
            )
        return lines

    def write(self, vals):
        for line in self.filtered("cloud_line_id"):
            if get_changed(line, vals, _FIXED_ONCE_SUBSCRIBED):
                # sudo: the name of the subscription is told to whoever sells; opening it needs a right of its own.
                raise UserError(
                    self.env._(
                        "%(product)s is billed by subscription %(subscription)s. Change it there: with Change it is"
                        " otherwise from a day on, and the next invoice is shown first.",
                        product=line.product_id.display_name,
                        subscription=line.sudo().cloud_line_id.subscription_id.name,
                    )
                )
        return super().write(vals)

    # === BUSINESS === #

    def _get_sharing_paths(self):
        return SHARING_PATHS.behind("order_id")
