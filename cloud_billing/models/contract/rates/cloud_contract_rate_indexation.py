from odoo import api, fields, models


class CloudContractRate(models.Model):
    """Prices of contracts that are a part of one proposal for many."""

    _inherit = "cloud.contract.rate"

    indexation_id = fields.Many2one(
        "cloud.indexation", string="Proposal", readonly=True, ondelete="restrict", index="btree_not_null"
    )

    # === BUSINESS === #

    @api.model
    def _create_agreed(self, vals_list, token=None):
        """Create rates that were agreed as a part of something else. token: of the applied request, if there is one."""
        agreed = [{**vals, "state": "approved"} for vals in vals_list]
        if token is None:
            return self.create(agreed)
        with self._overlap_said_first():
            return self._create_protected(agreed, token)
