from odoo import api, models
from odoo.exceptions import UserError


class CloudReadOnlyMixin(models.AbstractModel):
    """For models that are windows on tables which SQL owns: nobody creates, changes or deletes them through the ORM."""

    _name = "cloud.read.only.mixin"
    _description = "Read Only"

    # === CRUD === #
    # No super() and no exception: what is written there is written by SQL, in one place of its room.
    # pylint: disable=method-required-super,no-raise-unlink

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self._get_refusal())

    def write(self, vals):
        raise UserError(self._get_refusal())

    def unlink(self):
        raise UserError(self._get_refusal())

    # === HOOKS === #

    def _get_refusal(self):
        """The sentence for whoever tries: how it is written instead."""
        return self.env._("This is written by itself, and never changed or deleted.")
