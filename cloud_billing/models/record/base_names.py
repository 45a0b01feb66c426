from odoo import models


class Base(models.AbstractModel):
    """What records of ours are called that have no name: in the trail, in requests and on screens, for people."""

    _inherit = "base"

    def _compute_display_name(self):
        super()._compute_display_name()
        if self._rec_name or not self._name.startswith("cloud."):
            return
        # Odoo calls them by the name of their table.
        # sudo: what a kind of record is called is no secret.
        kind = self.env["ir.model"].sudo()._get(self._name).name
        for record in self:
            record.display_name = f"{kind} {record._origin.id}" if record._origin else False
