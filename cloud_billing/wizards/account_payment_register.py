from odoo import models
from odoo.exceptions import UserError


class AccountPaymentRegister(models.TransientModel):
    """What a payment leaves open of an invoice of a live company is not written off on the way: two people do that."""

    _inherit = "account.payment.register"

    # === BUSINESS === #

    def _create_payments(self):
        self._refuse_write_off()
        return super()._create_payments()

    def _refuse_write_off(self):
        """Raise UserError where a claim on a customer would be given up. A discount of the payment terms is none."""
        self.ensure_one()
        invoices = self.line_ids.move_id.filtered(lambda move: move.is_sale_document(include_receipts=True))
        # sudo: lends the right to read the state of the company.
        live = invoices.sudo().company_id.filtered(lambda company: company.cloud_billing_state == "live")
        gives_up = (
            self.payment_type == "inbound"
            and self.payment_difference_handling == "reconcile"
            and not self.early_payment_discount_mode
            and self.currency_id.compare_amounts(self.payment_difference, 0) > 0
        )
        if live and gives_up:
            raise UserError(
                self.env._(
                    "%(invoices)s: %(company)s is live, so another person agrees to what is written off. Keep the "
                    "difference open here, and use Correct, Write Off on the invoice.",
                    invoices=", ".join(invoices.mapped("name")),
                    company=live[:1].name,
                )
            )
