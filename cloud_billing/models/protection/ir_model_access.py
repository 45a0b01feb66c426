from odoo import models

from .own_models import is_own


class IrModelAccess(models.Model):
    """What a role may do with records of ours: whoever edits that gives and takes rights as by the role itself."""

    _inherit = "ir.model.access"

    def _filter_guarded(self, companies):
        """Those of our own models."""
        return super()._filter_guarded(companies).filtered(lambda right: is_own(right.model_id))

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed | self if is_own(self.env["ir.model"].browse(vals.get("model_id"))) else changed
