from odoo import fields, models

from ..fields import DecimalField


class CloudEstimateEntryLine(models.TransientModel):
    """One line of a bill whose usage is not final, and what a person says was used."""

    _name = "cloud.estimate.entry.line"
    _description = "Estimated Quantity of a Line"

    entry_id = fields.Many2one("cloud.estimate.entry", required=True, ondelete="cascade")
    charge_id = fields.Many2one("cloud.charge", required=True, readonly=True, ondelete="cascade")
    name = fields.Char(related="charge_id.subscription_line_id.name", string="Line")
    service_start = fields.Date(related="charge_id.service_start")
    service_end = fields.Date(related="charge_id.service_end")
    unit = fields.Char(related="charge_id.meter_id.unit")
    arrived = DecimalField(readonly=True, help="As the meter measures what has arrived so far.")
    last = DecimalField(string="Month Before", readonly=True, help="What was used in the month before, by days.")
    quantity = DecimalField(string="Estimate", help="Empty: what the source says is billed.")
