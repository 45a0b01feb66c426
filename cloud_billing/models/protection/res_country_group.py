from odoo import models


class ResCountryGroup(models.Model):
    """Which countries a fiscal position is for, where it names a group of them."""

    _inherit = "res.country.group"

    def _filter_guarded(self, companies):
        positions = self.env["account.fiscal.position"].search([("country_group_id", "in", self.ids)])
        return self & positions._filter_guarded(companies).country_group_id
