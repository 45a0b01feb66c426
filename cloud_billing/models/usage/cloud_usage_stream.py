from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...fields import DecimalField
from .cloud_usage_source_policy import CHARGE_KINDS, POLICIES

# The rest of a stream is what its rows say, or is counted from them.
_WRITTEN_BY_PEOPLE = {"policy"}


class CloudUsageStream(models.Model):
    """What usage rows have in common and belong to: source, accounts, service, SKU, region, kind, unit, currency."""

    _name = "cloud.usage.stream"
    _description = "Usage Stream"
    _order = "unmatched_value desc, id"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    identity_hash = fields.Char(required=True, help="Digest of the identifying columns.")
    provider = fields.Char()
    provider_account = fields.Char(index=True)
    sub_account = fields.Char(index=True)
    sub_account_name = fields.Char()
    service = fields.Char(index=True)
    sku = fields.Char(string="SKU")
    sku_name = fields.Char(string="SKU Name")
    region = fields.Char()
    charge_kind = fields.Selection(CHARGE_KINDS, required=True)
    unit = fields.Char()
    currency = fields.Char(help="Of the provider's costs.")
    policy = fields.Selection(
        POLICIES, string="Own Rule", help="What its rows are for. Empty: as the source says for this charge kind."
    )
    effective_policy = fields.Selection(
        POLICIES,
        string="What It Is For",
        compute="_compute_effective_policy",
        store=True,
        index=True,
        help="The stream's own rule, else what its source says of the charge kind.",
    )
    mapping_ids = fields.One2many("cloud.usage.mapping", "stream_id", string="Owners")
    row_count = fields.Integer(string="Rows", help="Rows of live deliveries.")
    cost_billed = DecimalField(
        string="Billed Cost", currency_field="currency", help="Of live deliveries, in the stream's currency."
    )
    unmatched_rows = fields.Integer(
        string="Rows Without Owner", index=True, help="Live rows that are to be billed and belong to nobody."
    )
    unmatched_cost = DecimalField(
        string="Cost Without Owner", currency_field="currency", help="Billed cost of the rows without owner."
    )
    unmatched_value = DecimalField(
        string="Size", help="Cost without owner, whatever its sign, in the company's currency: for the order of lists."
    )
    first_service_start = fields.Datetime(string="First Usage")
    last_service_start = fields.Datetime(string="Last Usage")

    _identity_uniq = models.UniqueIndex("(source_id, identity_hash)", "The stream is known already.")

    # === COMPUTE === #

    @api.depends("policy", "charge_kind", "source_id.policy_ids.policy", "source_id.policy_ids.charge_kind")
    def _compute_effective_policy(self):
        policies = {(line.source_id.id, line.charge_kind): line.policy for line in self.source_id.policy_ids}
        for stream in self:
            stream.effective_policy = stream.policy or policies.get((stream.source_id.id, stream.charge_kind), "hold")

    @api.depends("service", "sku_name", "sku", "sub_account_name", "sub_account", "charge_kind")
    def _compute_display_name(self):
        for stream in self:
            parts = (stream.sub_account_name or stream.sub_account, stream.service, stream.sku_name or stream.sku)
            stream.display_name = " · ".join(filter(None, parts)) or stream.charge_kind

    # === CRUD === #

    def write(self, vals):
        if not self.env.su and not vals.keys() <= _WRITTEN_BY_PEOPLE:
            raise AccessError(self.env._("A stream is what its rows say. Only what it is for can be chosen."))
        result = super().write(vals)
        if "policy" in vals:
            self.env["cloud.usage.store"]._reassign(self)
            self.env["cloud.usage.store"]._refresh(self)
        return result

    # === BUSINESS === #

    @api.model
    def _get_unmatched_domain(self):
        """Streams with usage that is to be billed and belongs to nobody."""
        return [("unmatched_rows", ">", 0)]
