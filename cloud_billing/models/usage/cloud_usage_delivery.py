from odoo import api, fields, models
from odoo.tools import format_date

from ...fields import DecimalField
from .usage_store_delivery import SEVERAL


class CloudUsageDelivery(models.Model):
    """The share of one import in one partition: (source, provider account, billing month).

    It exists for billing from its import number on and until its superseded number; both are written once.
    """

    _name = "cloud.usage.delivery"
    _description = "Delivered Month"
    _order = "billing_month desc, id desc"

    import_id = fields.Many2one("cloud.usage.import", required=True, ondelete="restrict", index=True)
    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    is_snapshot = fields.Boolean(required=True)
    is_pushed = fields.Boolean(
        readonly=True,
        help="Its rows were acknowledged one batch after the other: they are known before it has a number.",
    )
    provider_account = fields.Char(required=True, default="")
    billing_month = fields.Date(help="First day of the provider's month; empty for an append source.")
    content_hash = fields.Char(help="Order-free digest of the rows: equal digests are equal deliveries.")
    import_number = fields.Integer(required=True, default=0, help="0 while it is being read.")
    superseded_number = fields.Integer(
        string="Replaced by Number",
        required=True,
        default=0,
        help="0 while it is live; the import number that replaced or undid it.",
    )
    confirmed_at = fields.Datetime(
        string="Came Again Unchanged",
        readonly=True,
        help="When the month last came again with the same content, which changed nothing.",
    )
    row_count = fields.Integer(string="Rows", required=True, default=0)
    currencies = fields.Char(
        compute="_compute_currencies", help="Of its costs; where there are several, nobody adds these up."
    )
    cost_billed = DecimalField(string="Billed Cost")
    cost_effective = DecimalField(string="Effective Cost")
    cost_list = DecimalField(string="List Cost")
    cost_contracted = DecimalField(string="Contracted Cost")

    _one_live_per_partition = models.UniqueIndex(
        "(source_id, provider_account, billing_month)"
        " WHERE is_snapshot AND import_number > 0 AND superseded_number = 0",
        "This month of the provider account was delivered by another import meanwhile: preview again.",
    )
    _one_per_import_and_month = models.UniqueIndex(
        "(import_id, provider_account, COALESCE(billing_month, '0001-01-01'::date))",
        "The import has a delivery of this month already.",
    )
    _superseded_after = models.Constraint(
        "CHECK (superseded_number = 0 OR superseded_number > import_number)",
        "A delivery is superseded by a later one.",
    )

    # === COMPUTE === #

    @api.depends("source_id", "provider_account", "billing_month", "import_id")
    def _compute_display_name(self):
        for delivery in self:
            month = delivery.billing_month and format_date(self.env, delivery.billing_month, date_format="MMMM yyyy")
            names = (delivery.provider_account or delivery.source_id.name, month or delivery.import_id.name)
            delivery.display_name = ", ".join(filter(None, names))

    def _compute_currencies(self):
        found = self.env["cloud.usage.store"]._get_currencies(self.ids)
        for delivery in self:
            delivery.currencies = SEVERAL.join(found.get(delivery.id, ()))
