from odoo import models
from odoo.fields import Domain

from .sharing_table import FREE


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_cloud_row_limits(self, model_name):
        """What this login sees of a model, as a Domain beside all other rules; None where nothing limits it."""
        self.ensure_one()
        # A login of another system is neither: it has the role of integration user, or none.
        if self._is_portal() or self._is_public():
            return self._get_cloud_portal_domain(model_name)
        return self.env["cloud.sharing.group"]._get_user_domain(self, model_name)

    def _get_cloud_portal_domain(self, model_name):
        """A customer in the portal sees rows of his own and of those he pays for, whatever else would let him see.

        Of what has no customer he sees nothing. None: no model of ours; Odoo's own rules hold.
        """
        if not model_name.startswith("cloud."):
            return None
        paths = self.env[model_name]._get_sharing_paths()
        if paths is None:
            return Domain.FALSE if model_name in FREE else None
        own = Domain("partner_id.commercial_partner_id", "=", self.partner_id.commercial_partner_id.id)
        # sudo: lends the right to find one's own customers, of whatever company, also archived ones.
        mine = self.env["cloud.customer"].sudo().with_context(active_test=False).search(own)
        # A price for everybody says nothing of this customer, and is not shown to him.
        return paths.get_owned_domain({"customer": Domain("id", "child_of", mine.ids)})
