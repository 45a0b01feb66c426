from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....fields import DecimalField


class CloudCustomerOrder(models.Model):
    """A purchase order of a customer: its number on invoices, an amount that is not to be exceeded, a validity."""

    _name = "cloud.customer.order"
    _description = "Purchase Order of a Customer"
    _inherit = ["mail.thread"]
    _order = "date_end DESC NULLS FIRST, name, id"
    _check_company_auto = True

    name = fields.Char(string="Order Number", required=True, tracking=True, help="As the customer reads it.")
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True, tracking=True)
    company_id = fields.Many2one(related="customer_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="customer_id.currency_id")
    amount = DecimalField(
        string="Budget",
        currency_field="currency_id",
        tracking=True,
        help="Net of tax; with a gross price plan, with it. Empty: the order has a number and no budget.",
    )
    date_start = fields.Date(string="Valid From", tracking=True, help="First invoice date. Empty: from ever.")
    date_end = fields.Date(
        string="Expires", tracking=True, help="First invoice date on which it is not valid any more. Empty: never."
    )
    is_closed = fields.Boolean(string="Closed", tracking=True, help="Nothing more is to be billed on it.")
    note = fields.Text()
    line_ids = fields.One2many("cloud.subscription.line", "order_id", string="Subscription Lines")
    subscription_ids = fields.One2many("cloud.subscription", "order_id", string="Subscriptions")

    _number_uniq = models.UniqueIndex("(customer_id, name)", "The customer has an order of this number already.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "A budget is more than 0; leave it empty for none.")
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "An order expires after it begins.")

    # === CONSTRAINTS === #

    @api.constrains("customer_id")
    def _check_owner(self):
        (self.subscription_ids | self.line_ids.subscription_id)._check_order_owner()

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        for order in self:
            if order.subscription_ids or order.line_ids:
                raise UserError(
                    self.env._(
                        "%(order)s is the order of %(subscription)s. Close it instead of deleting it.",
                        order=order.name,
                        subscription=(order.subscription_ids | order.line_ids.subscription_id)[0].name,
                    )
                )

    # === BUSINESS === #

    def _check_fits(self, customer, what):
        """Raise ValidationError unless the order is of a customer or of somebody who pays for it. what: its name."""
        self.ensure_one()
        if self.customer_id not in customer._get_scope_chain():
            raise ValidationError(
                self.env._(
                    "%(what)s: the order %(order)s is of %(owner)s, which does not pay for %(customer)s. Choose an"
                    " order of %(customer)s or of its payer.",
                    what=what,
                    order=self.name,
                    owner=self.customer_id.name,
                    customer=customer.name,
                )
            )
