from odoo import models

from ..control.res_groups import ROLES


class IrModelData(models.Model):
    """A role is found by its external ID: whoever points that at another group gives the role to its members."""

    _inherit = "ir.model.data"

    def _filter_guarded(self, companies):
        """Those of the roles."""
        return (
            super()
            ._filter_guarded(companies)
            .filtered(lambda data: data.module == "cloud_billing" and data.model == "res.groups" and data.name in ROLES)
        )
