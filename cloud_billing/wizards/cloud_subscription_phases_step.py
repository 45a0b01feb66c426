from odoo import fields, models

from ..fields import DecimalField


class CloudSubscriptionPhasesStep(models.TransientModel):
    """One step: how long, and what it costs meanwhile."""

    _name = "cloud.subscription.phases.step"
    _description = "Step of a Phase or Ramp"
    _order = "sequence, id"

    wizard_id = fields.Many2one("cloud.subscription.phases", required=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    count = fields.Integer(string="For", default=3, help="0: without an end; only the last step.")
    unit = fields.Selection(
        [("month", "Months"), ("period", "Billing periods"), ("year", "Years")], default="month", required=True
    )
    value = DecimalField(help="-50 takes half off. Or the price per unit.")
    label = fields.Char(string="On the Invoice")
