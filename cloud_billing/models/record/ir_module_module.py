from odoo import models


class IrModuleModule(models.Model):
    """That a module was installed or updated, also by the command line of the server, where nobody presses a button."""

    _inherit = "ir.module.module"

    def _register_hook(self):
        super()._register_hook()
        # Odoo calls this once while modules are loaded, and again whenever fields are made on a screen.
        if self.pool.updated_modules and not self.pool.ready:
            self._record_loaded(self.pool.updated_modules)

    # === BUSINESS === #

    def _record_loaded(self, names):
        """Tell which modules were installed or updated just now, with the version that is on the server."""
        modules = self.search([("name", "in", names)])
        self.env["cloud.audit.event"]._record(
            "module_changed", modules, detail=lambda module: {"module": module.name, "version": module.latest_version}
        )
