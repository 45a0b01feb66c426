from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _filter_guarded(self, companies):
        """Those that invoices and our own documents are sent with."""
        return (
            super()
            ._filter_guarded(companies)
            .filtered(lambda template: template.model == "account.move" or (template.model or "").startswith("cloud."))
        )
