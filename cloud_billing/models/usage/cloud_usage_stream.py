from odoo import fields, models

from ...fields import DecimalField
from .cloud_usage_source_policy import CHARGE_KINDS, POLICIES


class CloudUsageStream(models.Model):
    """What usage rows have in common and belong to: source, account, project, service, SKU, region, kind, unit, currency."""

    _name = "cloud.usage.stream"
    _description = "Usage Stream"
    _order = "id"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    identity_hash = fields.Char(required=True, help="Digest of the identifying columns.")
    provider = fields.Char()
    provider_account = fields.Char(index=True)
    sub_account = fields.Char(index=True)
    sub_account_name = fields.Char()
    service = fields.Char(index=True)
    sku = fields.Char()
    sku_name = fields.Char()
    region = fields.Char()
    charge_kind = fields.Selection(CHARGE_KINDS, required=True)
    unit = fields.Char()
    currency = fields.Char(help="Of the provider's costs.")
    policy = fields.Selection(POLICIES, help="Empty: as the source says for this charge kind.")
    mapping_ids = fields.One2many("cloud.usage.mapping", "stream_id", string="Owners")
    row_count = fields.Integer(help="Rows of live deliveries; kept by every import.")
    cost_billed = DecimalField(help="Billed cost of live deliveries, in the stream's currency; kept by every import.")
    first_service_start = fields.Datetime()
    last_service_start = fields.Datetime()

    _identity_uniq = models.UniqueIndex("(source_id, identity_hash)", "The stream is known already.")
