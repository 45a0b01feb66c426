from odoo import models
from odoo.addons.cloud_billing.fields import DecimalField
from odoo.addons.cloud_billing.models.protection import exact_values

_LIMIT = "cloud_seller_discount"


class ResUsers(models.Model):
    _inherit = "res.users"

    cloud_seller_discount = DecimalField(
        string="Discount as a Seller",
        help="In percent: what this seller lets off alone, instead of the company's limit. Empty: the company's.",
    )

    _cloud_seller_discount_in_range = models.Constraint(
        "CHECK (cloud_seller_discount BETWEEN 0 AND 100)", "A limit of discounts is 0 to 100 percent."
    )

    def _filter_guarded_changes(self, vals, names, companies):
        """A limit is protected for every seller of such a company, who may have no role of billing."""
        changed = super()._filter_guarded_changes(vals, names - {_LIMIT}, companies)
        if _LIMIT not in names:
            return changed
        # sudo: where the seller works is asked for whoever changes it.
        return changed | self.filtered(
            lambda user: user.sudo().company_ids & companies and exact_values.changes(user, _LIMIT, vals[_LIMIT])
        )
