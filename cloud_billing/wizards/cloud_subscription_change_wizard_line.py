from odoo import api, fields, models

from ..fields import DecimalField
from ..models.contract.change.line_change import LineChange


class CloudSubscriptionChangeWizardLine(models.TransientModel):
    """One line of the subscription as it shall be; without a line of the subscription: one that is added."""

    _name = "cloud.subscription.change.wizard.line"
    _description = "Change of a Subscription Line"
    _order = "id"

    wizard_id = fields.Many2one("cloud.subscription.change.wizard", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="wizard_id.company_id")
    subscription_line_id = fields.Many2one("cloud.subscription.line", string="Line", readonly=True, ondelete="cascade")
    billing_model = fields.Selection(related="subscription_line_id.billing_model")
    quantity_now = DecimalField(related="subscription_line_id.quantity_today", string="Today")
    price_text = fields.Char(related="subscription_line_id.price_text")
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="cascade",
        check_company=True,
        domain=[("cloud_billing_model", "!=", False)],
        help="Choose another one for an upgrade or a downgrade: it takes the line's place from the day on.",
    )
    quantity = DecimalField(
        compute="_compute_from_line", store=True, readonly=False, precompute=True, help="From the day on."
    )
    is_ended = fields.Boolean(string="Ends", help="The line ends; the day is its first one without service.")

    # === COMPUTE === #

    @api.depends("subscription_line_id")
    def _compute_from_line(self):
        for line in self:
            source = line.subscription_line_id
            line.product_id = source.product_id or line.product_id
            line.quantity = source.quantity_today if source else 1

    # === BUSINESS === #

    def _get_change(self):
        """The LineChange that was asked for, None where nothing is different."""
        self.ensure_one()
        line = self.subscription_line_id
        if not line:
            return LineChange(product=self.product_id, quantity=self.quantity)
        is_other = self.quantity != line.quantity_today and self.billing_model != "metered"
        if self.is_ended:
            return LineChange(line=line, is_ended=True)
        if self.product_id != line.product_id:
            return LineChange(line=line, product=self.product_id, quantity=self.quantity if is_other else None)
        return LineChange(line=line, quantity=self.quantity) if is_other else None

    def _get_content(self):
        quantity = self._fields["quantity"].convert_to_read(self.quantity, self)
        return [self.subscription_line_id.id, self.product_id.id, quantity, self.is_ended]
