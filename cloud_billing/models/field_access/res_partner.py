from odoo import api, models

from .hidden_names import without

# What the context asks a contact's name to tell besides, and the fields that this comes from.
_TOLD = {
    "show_email": ("email",),
    "show_vat": ("vat",),
    "show_address": ("street", "street2", "zip", "city"),
}


class ResPartner(models.Model):
    """The name of a contact tells its mail, VAT number and address to whoever asks for it by the context.

    Of a record that another one points to Odoo works the name out as superuser, so it is asked who it is for.
    """

    _inherit = "res.partner"

    # === COMPUTE === #

    @api.depends_context("uid")
    def _compute_display_name(self):
        context = self.env.context
        hidden = [key for key, names in _TOLD.items() if context.get(key) and self._get_hidden_fields(names)]
        if not hidden:
            super()._compute_display_name()
            return
        plain = self.with_context(**dict.fromkeys(hidden, False))
        super(ResPartner, plain)._compute_display_name()
        for partner, named in zip(self, plain, strict=True):
            partner.display_name = named.display_name

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        return without(domain, operator, self._get_hidden_fields(self._rec_names_search))
