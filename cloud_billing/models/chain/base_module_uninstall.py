from odoo import api, fields, models
from odoo.exceptions import UserError

_MODULE = "cloud_billing"


class BaseModuleUninstall(models.TransientModel):
    """Whoever removes the add-on says that the audit trail was thought of. It is exported whatever is said."""

    _inherit = "base.module.uninstall"

    has_cloud_billing = fields.Boolean(compute="_compute_has_cloud_billing")
    is_cloud_record_kept = fields.Boolean(
        string="I know where the audit trail stays, and who answers for it from now on",
        help="It is written to the folder cloud_billing of the server's data_dir, and stays in the database, in a "
        "schema that nothing of Odoo uses any more.",
    )

    @api.depends("module_ids")
    def _compute_has_cloud_billing(self):
        for wizard in self:
            wizard.has_cloud_billing = _MODULE in wizard._get_modules().mapped("name")

    def action_uninstall(self):
        if self.has_cloud_billing and not self.is_cloud_record_kept:
            raise UserError(
                self.env._(
                    "Removing Cloud Billing ends the audit trail. Read what becomes of it, and tick that you know; or "
                    "discard."
                )
            )
        return super().action_uninstall()
