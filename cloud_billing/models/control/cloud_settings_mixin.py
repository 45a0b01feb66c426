from odoo import fields, models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    """The settings of a company for its billing, one related field each; the screens that show them inherit it.

    Odoo's own settings are for Odoo's administrators; `cloud.settings` is for billing administrators. A room adds its
    settings here, and they can be changed on both.
    """

    _name = "cloud.settings.mixin"
    _description = "Settings of Cloud Billing"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    cloud_billing_state = fields.Selection(related="company_id.cloud_billing_state")
    cloud_look_percent = DecimalField(related="company_id.cloud_look_percent", readonly=False)
    cloud_look_amount = DecimalField(related="company_id.cloud_look_amount", readonly=False)

    # === ACTIONS === #

    def action_cloud_go_live(self):
        """The dialog with the checklist."""
        return self.company_id.action_cloud_go_live()

    def action_cloud_back_to_setup(self):
        """Propose to set up again."""
        return self.company_id.action_cloud_back_to_setup()

    # === BUSINESS === #

    def _get_cloud_settings(self):
        """{name of a field here: name on the company} of the settings that may be changed."""
        return {
            name: field.related.split(".")[1]
            for name, field in self._fields.items()
            if name.startswith("cloud_")
            and not field.readonly
            and isinstance(field.related, str)
            and field.related.startswith("company_id.")
        }

    # === HOOKS === #

    def _write_company(self, values):
        """Write values of the company; a screen that lends a right for it checks who asks."""
        self.company_id.write(values)

    def _reopen(self):
        """The screen once more, after a button has changed something on it."""
        return {"type": "ir.actions.client", "tag": "reload"}
