from odoo import fields, models

from ...fields import DecimalField


class CloudPriceRule(models.Model):
    """One price: for which product, for whom, how it is charged."""

    _name = "cloud.price.rule"
    _description = "Price Rule"
    _inherit = ["cloud.protected.mixin"]
    _order = "version_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    version_id = fields.Many2one("cloud.price.plan.version", required=True, ondelete="cascade", index=True)
    plan_id = fields.Many2one(related="version_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="version_id.plan_id.currency_id")
    product_id = fields.Many2one("product.product", ondelete="restrict", index=True, help="Empty: by category, or any.")
    categ_id = fields.Many2one("product.category", ondelete="restrict", help="This product category and those below.")
    customer_id = fields.Many2one(
        "cloud.customer", ondelete="restrict", index=True, check_company=True, help="Empty: for everyone."
    )
    subscription_id = fields.Many2one("cloud.subscription", ondelete="restrict", check_company=True)
    subscription_line_id = fields.Many2one("cloud.subscription.line", ondelete="restrict", check_company=True)
    date_start = fields.Date(help="Empty: from the start of the version.")
    date_end = fields.Date(help="First day on which the rule no longer holds. Empty: until the next version.")
    charge_model = fields.Selection(
        [
            ("per_unit", "Per unit"),
            ("graduated", "Graduated (ladder)"),
            ("cost_plus", "Cost plus percent"),
        ],
        required=True,
        default="per_unit",
    )
    unit_price = DecimalField()
    percent = DecimalField(help="Cost plus: 20 adds twenty percent to the provider's cost.")
    cost_basis = fields.Selection(
        [
            ("cost_billed", "Billed cost"),
            ("cost_effective", "Effective cost"),
            ("cost_list", "List cost"),
            ("cost_contracted", "Contracted cost"),
        ],
        default="cost_billed",
        required=True,
    )
    tier_ids = fields.One2many("cloud.price.tier", "rule_id", string="Tiers", copy=True)

    _one_customer_scope = models.Constraint(
        "CHECK (num_nonnulls(customer_id, subscription_id, subscription_line_id) <= 1)",
        "A rule is for everyone, one customer, one subscription or one line: choose one.",
    )
    _one_product_scope = models.Constraint(
        "CHECK (num_nonnulls(product_id, categ_id) <= 1)", "A rule is for a product or a category: choose one."
    )
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A rule ends after it starts.")
