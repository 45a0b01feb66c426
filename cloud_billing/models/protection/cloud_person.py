from odoo import models


class CloudPerson(models.Model):
    """A person who left votes again once two people have agreed that he or she is back."""

    _inherit = "cloud.person"

    def _filter_guarded_changes(self, vals, names, companies):
        """Those of whom something else changes than that they leave: that waits for nobody."""
        if vals.get("active", True):
            return super()._filter_guarded_changes(vals, names, companies)
        return super()._filter_guarded_changes(vals, names - {"active"}, companies)
