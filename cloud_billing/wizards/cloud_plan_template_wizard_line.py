from odoo import fields, models

from ..fields import DecimalField


class CloudPlanTemplateWizardLine(models.TransientModel):
    """One price of the new plan, or one step of a ladder; the first line of a price names its product."""

    _name = "cloud.plan.template.wizard.line"
    _description = "Price of the New Plan"
    _order = "id"

    wizard_id = fields.Many2one("cloud.plan.template.wizard", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="wizard_id.company_id")
    key = fields.Char(required=True, help="Which price of the template.")
    sequence = fields.Integer()
    is_first = fields.Boolean()
    is_tier = fields.Boolean()
    # A line that an onchange makes reaches the screen with 0 for an empty number: the last step says so itself.
    is_last = fields.Boolean(help="The last step of a ladder, which has no upper bound.")
    is_wanted = fields.Boolean(string="Make It", default=True)
    product_name = fields.Char(string="Product", required=True, help="Printed on the invoice.")
    product_id = fields.Many2one(
        "product.product",
        string="Existing Product",
        domain="[('cloud_billing_model', '!=', False), ('company_id', 'in', (company_id, False))]",
        help="Empty: a new one is made, with its meter.",
    )
    unit = fields.Char()
    up_to = DecimalField(help="Upper bound of the step, inclusive; the last step has none.")
    unit_price = DecimalField(string="Price")
    flat_amount = DecimalField(string="Once", help="Added once when the quantity reaches the step.")
