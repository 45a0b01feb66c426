from odoo import models

from .own_models import is_own


class IrRule(models.Model):
    """Which records of ours a person reaches: a rule that is edited or switched off opens those of other companies."""

    _inherit = "ir.rule"

    def _filter_guarded(self, companies):
        """Those of our own models."""
        return super()._filter_guarded(companies).filtered(lambda rule: is_own(rule.model_id))

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed | self if is_own(self.env["ir.model"].browse(vals.get("model_id"))) else changed
