from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """Mails with invoices of a brand are sent in its name; the detail of a summed-up invoice goes with it."""

    _inherit = "account.move.send"

    @api.model
    def _get_mail_default_field_value_from_template(self, mail_template, lang, move, field, **kwargs):
        if field == "email_from":
            # sudo: whoever sends an invoice sends it as its brand, also without a role in Cloud Billing.
            sender = move.sudo().cloud_brand_id.email_from
            if sender:
                return sender
        return super()._get_mail_default_field_value_from_template(mail_template, lang, move, field, **kwargs)

    @api.model
    def _get_invoice_extra_attachments(self, move):
        # sudo: the customer gets it with the invoice, whoever sends it.
        return super()._get_invoice_extra_attachments(move) | move.sudo().cloud_detail_id.sudo(self.env.su)
