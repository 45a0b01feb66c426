from odoo import models


class CloudPerson(models.Model):
    """A person who left votes again once two people have agreed that he or she is back."""

    _inherit = "cloud.person"

    def _get_guarded_changes(self, vals, names, state):
        """Those of whom something else changes than that they leave: that waits for nobody."""
        if vals.get("active", True):
            return super()._get_guarded_changes(vals, names, state)
        return super()._get_guarded_changes(vals, names - {"active"}, state)
