from odoo import fields, models


class CloudCustomer(models.Model):
    """By which keys other systems know a customer."""

    _inherit = "cloud.customer"

    external_key_ids = fields.One2many(
        "cloud.external.key",
        "customer_id",
        string="External Keys",
        help="Usage of an account with such a key is suggested for this customer.",
    )
