from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError

from ....engine.schedule import RUNNING
from ....fields import get_changed

_FIXED_ONCE_SUBSCRIBED = ("company_id", "currency_id")


class CloudCustomer(models.Model):
    """Who pays: a contact in one company, with the currency, time zone and invoice settings of the agreement."""

    _name = "cloud.customer"
    _description = "Billing Customer"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True
    _parent_store = True

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True, tracking=True
    )
    code = fields.Char(help="Your own key of this customer, for instance of the CRM.", tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Whose name and address the invoices bear.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
        tracking=True,
        help="Of the invoices. The price plans of the subscriptions have the same.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Where a day of this customer begins. A later change moves nothing that was billed.",
    )
    parent_id = fields.Many2one(
        "cloud.customer",
        string="Paid By",
        ondelete="restrict",
        check_company=True,
        index=True,
        tracking=True,
        help="Another customer who pays for this one; prices agreed with it hold here too.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("cloud.customer", "parent_id", string="Pays For")
    plan_id = fields.Many2one(
        "cloud.price.plan",
        string="Default Price Plan",
        ondelete="restrict",
        check_company=True,
        help="Proposed for new subscriptions.",
    )
    journal_id = fields.Many2one(
        "account.journal", domain=[("type", "=", "sale")], check_company=True, help="Empty: the first sales journal."
    )
    payment_term_id = fields.Many2one("account.payment.term", check_company=True, help="Empty: as on the contact.")
    invoice_grouping = fields.Selection(
        [("customer", "One invoice per customer"), ("subscription", "One invoice per subscription")],
        help="What goes together on an invoice. Charges on different purchase orders never do: an invoice bears one"
        " number. Empty: as the company says. A change holds from the next run on, or once a run is rated anew.",
    )
    order_reference = fields.Char(string="Purchase Order", help="Printed on every invoice.")
    active = fields.Boolean(default=True)
    subscription_ids = fields.One2many("cloud.subscription", "customer_id", string="Subscriptions")
    subscription_count = fields.Integer(compute="_compute_subscription_count", string="Number of Subscriptions")
    rule_count = fields.Integer(compute="_compute_rule_count", string="Number of Own Prices")

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "This contact is a billing customer of the company already."
    )
    _code_company_uniq = models.UniqueIndex("(code, company_id)", "Another customer of the company has this code.")

    # === COMPUTE === #

    @api.depends("partner_id")
    def _compute_name(self):
        for customer in self:
            customer.name = customer.name or customer.partner_id.name

    @api.depends("subscription_ids")
    def _compute_subscription_count(self):
        groups = self.env["cloud.subscription"]._read_group(
            [("customer_id", "in", self.ids)], ["customer_id"], ["__count"]
        )
        counts = {customer.id: count for customer, count in groups}
        for customer in self:
            customer.subscription_count = counts.get(customer._origin.id, 0)

    def _compute_rule_count(self):
        groups = self.env["cloud.price.rule"]._read_group(
            [("customer_id", "in", self.ids)], ["customer_id"], ["__count"]
        )
        counts = {customer.id: count for customer, count in groups}
        for customer in self:
            customer.rule_count = counts.get(customer._origin.id, 0)

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.partner_id:
            self.name = self.partner_id.name
            self.tz = self.partner_id.tz or self.tz

    # === CRUD === #

    def write(self, vals):
        self._check_fixed_once_subscribed(vals)
        self._check_not_archived_while_active(vals)
        self._check_no_loop(vals)
        return super().write(vals)

    def _check_no_loop(self, vals):
        """Say who pays for whom before Odoo says only "Recursion"."""
        parent = self.browse(vals.get("parent_id") or ())
        loop = self & parent._get_scope_chain() if parent else parent
        if loop:
            raise UserError(
                self.env._(
                    "%(customer)s cannot be paid by %(parent)s, which it pays for itself. Choose another payer.",
                    customer=loop[0].name,
                    parent=parent.name,
                )
            )

    def _check_fixed_once_subscribed(self, vals):
        for customer in self:
            names = get_changed(customer, vals, _FIXED_ONCE_SUBSCRIBED)
            running = customer.subscription_ids.filtered(lambda subscription: subscription.state != "draft")
            if names and running:
                raise UserError(
                    self.env._(
                        "%(customer)s has the subscription %(subscription)s, so its %(field)s stays. "
                        "Make another customer and a new subscription.",
                        customer=customer.name,
                        subscription=running[0].name,
                        field=customer._fields[names[0]]._description_string(self.env),
                    )
                )

    def _check_not_archived_while_active(self, vals):
        running = self.subscription_ids.filtered(lambda subscription: subscription.state in RUNNING)
        if not vals.get("active", True) and running:
            raise UserError(
                self.env._(
                    "%(customer)s has the active subscription %(subscription)s. End it first, then archive.",
                    customer=running[0].customer_id.name,
                    subscription=running[0].name,
                )
            )

    # === ACTIONS === #

    def action_open_subscriptions(self):
        """The customer's subscriptions."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscriptions"),
            "res_model": "cloud.subscription",
            "view_mode": "list,form",
            "domain": [("customer_id", "=", self.id)],
            "context": {"default_customer_id": self.id},
        }

    def action_open_rules(self):
        """Prices agreed with this customer alone."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Own Prices"),
            "res_model": "cloud.price.rule",
            "view_mode": "list,form",
            "domain": [("customer_id", "=", self.id)],
            "context": {"create": False},
        }

    # === BUSINESS === #

    def _get_scope_chain(self):
        """This customer and those who pay for it, nearest first: for whom a price may have been agreed."""
        self.ensure_one()
        stored = self._origin
        above = [int(customer_id) for customer_id in (stored.parent_path or "").split("/") if customer_id]
        return self.browse(reversed(above)) if above else stored
