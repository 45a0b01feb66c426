from odoo import fields, models

from ..fields import DecimalField


class CloudInstalmentPlanRow(models.TransientModel):
    """One part of a plan that is being made."""

    _name = "cloud.instalment.plan.row"
    _description = "Part of an Instalment Plan"
    _order = "date_due, id"

    plan_id = fields.Many2one("cloud.instalment.plan", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date_due = fields.Date(string="Due On", required=True)
    amount = DecimalField(required=True, currency_field="currency_id")
    kind = fields.Selection([("part", "Instalment"), ("down", "Down payment")], default="part", required=True)
