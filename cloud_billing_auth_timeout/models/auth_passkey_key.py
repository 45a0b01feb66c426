from odoo import api, models


class AuthPasskeyKey(models.Model):
    """A passkey is a second factor: whoever enrols one is asked no more, whoever removes the last one is."""

    _inherit = "auth.passkey.key"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        keys = super().create(vals_list)
        # sudo: lends the right to know whose keys they are.
        owners = keys.sudo().create_uid
        # Before: those who have another factor besides.
        owners._note_cloud_factors(owners.browse())
        return keys

    def unlink(self):
        # sudo: lends the right to know whose keys they are.
        owners = self.sudo().create_uid
        before = owners._filter_second_factor()
        result = super().unlink()
        owners._note_cloud_factors(before)
        return result
