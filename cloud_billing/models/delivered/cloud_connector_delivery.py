from odoo import fields, models


class CloudConnectorDelivery(models.Model):
    """Deliveries that are tables of customers or subscriptions."""

    _inherit = "cloud.connector.delivery"

    table_ids = fields.One2many("cloud.sheet.delivery", "connector_delivery_id", string="Tables", readonly=True)
