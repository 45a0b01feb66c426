import re

from odoo import api, models

_CALLS = re.compile(r"""t-call=["']([\w.]+)["']""")


class IrUiView(models.Model):
    """The templates that invoices and our own documents are printed with, their layouts, and all that extends them."""

    _inherit = "ir.ui.view"

    # === BUSINESS === #

    @api.model
    def _get_printed_keys(self):
        """The keys of the templates that these documents consist of: found by what calls what, from the reports on."""
        # sudo: what is protected does not depend on the views that a person may read.
        views, env = self.sudo().with_context(active_test=False, lang=None), self.sudo().env
        # A company's layout is called by its own key, so no template names it.
        layouts = env["report.layout"].search([("view_id", "!=", False)]).view_id
        layouts |= env["res.company"].search([("external_report_layout_id", "!=", False)]).external_report_layout_id
        printed = env["ir.actions.report"].search([("report_name", "!=", False)])._filter_documents()
        keys, new = set(), {*printed.mapped("report_name"), *layouts.mapped("key")} - {False}
        while new:
            keys |= new
            found = level = views.search([("key", "in", list(new))])
            while level := level.inherit_children_ids:
                found |= level
            new = {key for view in found for key in _CALLS.findall(view.arch_db or "")} - keys
        return keys

    def _is_printed(self, keys):
        """Whether this is one of the templates with these keys, a second one of the key, or extends one."""
        view = self
        while view and view.key not in keys:
            view = view.inherit_id
        return bool(view)

    # === HOOKS === #

    def _filter_guarded(self, companies):
        """Those that are printed."""
        keys = self._get_printed_keys() if self else ()
        return super()._filter_guarded(companies).filtered(lambda view: view._is_printed(keys))

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one: by their key, or by extending one."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        if names.isdisjoint({"key", "inherit_id"}):
            return changed
        keys = self._get_printed_keys()
        # sudo: whether it is printed does not depend on what the person may read.
        extended = self.sudo().browse(vals.get("inherit_id") or [])
        return changed | self if vals.get("key") in keys or extended._is_printed(keys) else changed
