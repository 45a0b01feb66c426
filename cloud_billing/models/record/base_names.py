from odoo import api, models


class Base(models.AbstractModel):
    """What records of ours are called that have no name: in the trail, in requests and on screens, for people."""

    _inherit = "base"

    @api.depends_context("lang")
    def _compute_display_name(self):
        super()._compute_display_name()
        if self._rec_name or not self._name.startswith("cloud."):
            return
        # Odoo calls them by the name of their table.
        # sudo: lends the right to read what a kind of record is called.
        kind = self.env["ir.model"].sudo()._get(self._name).name
        for record in self:
            record.display_name = f"{kind} {record._origin.id}" if record._origin else False
