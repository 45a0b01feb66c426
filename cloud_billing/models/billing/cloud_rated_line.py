from odoo import fields, models

from ...fields import DecimalField


class CloudRatedLine(models.Model):
    """One priced part of a charge, with the terms used and its workings. A draft until its run is approved, then frozen."""

    _name = "cloud.rated.line"
    _description = "Rated Line"
    _order = "charge_id, sequence, id"

    charge_id = fields.Many2one("cloud.charge", required=True, ondelete="restrict", index=True)
    bill_id = fields.Many2one("cloud.bill", ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    customer_name = fields.Char(required=True, help="As it was when the line was rated.")
    subscription_line_id = fields.Many2one("cloud.subscription.line", required=True, ondelete="restrict", index=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict", index=True)
    rule_id = fields.Many2one("cloud.price.rule", ondelete="restrict", index=True)
    version_id = fields.Many2one("cloud.price.plan.version", ondelete="restrict", index=True)
    sequence = fields.Integer(default=1)
    name = fields.Char(required=True)
    service_start = fields.Date(required=True)
    service_end = fields.Date(required=True)
    quantity = DecimalField(help="Empty: no usage. 0: usage of zero.")
    unit = fields.Char()
    unit_price = DecimalField(help="Where there is one single unit price.")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    amount_exact = DecimalField(required=True, currency_field="currency_id", help="Unrounded.")
    amount = DecimalField(
        required=True, currency_field="currency_id", help="Rounded once, half up, to the currency."
    )
    cost_amount = DecimalField(
        currency_field="currency_id", help="The provider's cost behind the line, in the line's currency."
    )
    exchange_rate = DecimalField()
    exchange_source = fields.Char()
    exchange_date = fields.Date()
    row_count = fields.Integer(help="Usage rows behind the line.")
    usage_number = fields.Integer(help="Usage as of this import number.")
    engine_version = fields.Char(required=True)
    workings = fields.Json(help="How the amount came about; for people who may see costs and rules.")
    statement = fields.Json(help="What the customer may see: quantity, unit, price, period, amount.")
    corrects_id = fields.Many2one("cloud.rated.line", ondelete="restrict", index=True)
    is_frozen = fields.Boolean(default=False, required=True)
    move_line_id = fields.Many2one("account.move.line", ondelete="restrict", index="btree_not_null", copy=False)
