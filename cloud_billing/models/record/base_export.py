from odoo import models

# Beside everything of ours and everything that is tracked: where money, people and rights are.
SENSITIVE = ("account.", "res.partner", "res.users", "mail.message", "ir.attachment")
MAX_FIELDS = 100


class Base(models.AbstractModel):
    """Exports of what is sensitive are events: who took how much of what out."""

    _inherit = "base"

    def export_data(self, fields_to_export):
        result = super().export_data(fields_to_export)
        if self._is_export_recorded():
            detail = {
                "count": len(self),
                "fields": list(fields_to_export[:MAX_FIELDS]),
                "ids": f"{min(self.ids)} to {max(self.ids)}" if self else None,
            }
            self.env["cloud.audit.event"]._record("exported", detail=detail, model=self._name)
        return result

    # === HOOKS === #

    def _is_export_recorded(self):
        """Return whether an export of this model is an event. To add a model: override it there, return True."""
        return self._name.startswith(("cloud.", *SENSITIVE)) or bool(self._get_audit_tracked())
