from odoo import fields, models

from ...fields import DecimalField
from . import usage_guards, usage_schema


class CloudUsageRecord(models.Model):
    """Read-only window on the usage rows, which SQL owns (`usage_store`)."""

    _name = "cloud.usage.record"
    _description = "Usage Row"
    _auto = False
    _order = "id"

    source_id = fields.Many2one("cloud.usage.source", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    import_id = fields.Many2one("cloud.usage.import", readonly=True)
    delivery_id = fields.Many2one("cloud.usage.delivery", readonly=True)
    stream_id = fields.Many2one("cloud.usage.stream", readonly=True)
    file_sequence = fields.Integer(string="File", readonly=True)
    row_no = fields.Integer(string="Row", readonly=True)
    external_id = fields.Char(string="ID at the Source", readonly=True)
    service_start = fields.Datetime(readonly=True)
    service_end = fields.Datetime(readonly=True)
    billing_month = fields.Date(readonly=True)
    quantity = DecimalField(readonly=True)
    cost_billed = DecimalField(readonly=True)
    cost_effective = DecimalField(readonly=True)
    cost_list = DecimalField(readonly=True)
    cost_contracted = DecimalField(readonly=True)
    resource = fields.Char(readonly=True)
    tags = fields.Json(readonly=True)
    is_live = fields.Boolean(
        readonly=True,
        help="Its delivery was not replaced or undone, nor the row itself. It counts, unless it is held or waived.",
    )

    def init(self):
        usage_schema.create(self.env.cr)
        usage_guards.create(self.env.cr)
        # It reads charges, whose table is made after this.
        self.pool.post_init(usage_schema.create_state_view, self.env.cr)
