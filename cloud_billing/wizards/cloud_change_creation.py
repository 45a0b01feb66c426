from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudChangeCreation(models.TransientModel):
    """Which kind of record is proposed to be made, of those that a live company makes with two people only."""

    _name = "cloud.change.creation"
    _description = "Propose a New Record"

    kind = fields.Selection(selection="_get_kinds", string="Kind of Record", required=True)

    # === ACTIONS === #

    def action_continue(self):
        """The dialog with the fields of the new record."""
        self.ensure_one()
        if self.kind not in dict(self._get_kinds()):
            raise UserError(self.env._("%(kind)s is made without a request.", kind=self.kind))
        return self.env[self.kind].action_cloud_propose_new()

    # === BUSINESS === #

    @api.model
    def _get_kinds(self):
        """[(model, name)] of what the person could make, if it were not protected."""
        # sudo: what is protected holds for everyone.
        listed = self.env["cloud.protected.field"].sudo().search([("is_existence", "=", True)])
        kinds = {protected.model_name: protected.model_id.name for protected in listed}
        return [(model, name) for model, name in kinds.items() if self.env[model].has_access("create")]
