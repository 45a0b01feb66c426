from odoo import models


class CloudChangeRequest(models.Model):
    """The page of a bill run, printed from where the approver votes."""

    _inherit = "cloud.change.request"

    # === ACTIONS === #

    def action_print_page(self):
        """The approver's page of the bill run that the request is about."""
        self.ensure_one()
        return self._get_record().action_print_page()

    def action_export_bridge(self):
        """The revenue bridge of the bill run that the request is about, of every customer and product."""
        self.ensure_one()
        return self._get_record().action_export_bridge()
