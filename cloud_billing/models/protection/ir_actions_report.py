from odoo import models


class IrActionsReport(models.Model):
    """A report says which template a document is printed with."""

    _inherit = "ir.actions.report"

    # === BUSINESS === #

    def _filter_documents(self):
        """Those that print invoices and our own documents."""
        return self.filtered(lambda report: _is_document(report.model))

    # === HOOKS === #

    def _filter_guarded(self, companies):
        return super()._filter_guarded(companies)._filter_documents()

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        becoming = "model" in names and _is_document(vals["model"])
        return changed | (self - self._filter_documents()) if becoming else changed


def _is_document(model):
    return model == "account.move" or (model or "").startswith("cloud.")
