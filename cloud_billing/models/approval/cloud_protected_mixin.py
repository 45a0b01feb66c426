from odoo import models


class CloudProtectedMixin(models.AbstractModel):
    """What an approval policy asks of a record that is submitted."""

    _inherit = "cloud.protected.mixin"

    # === HOOKS === #

    def _get_effect_amount(self):
        """How large what is proposed is: a Decimal of 0 or more in the currency of the company, None where it has none.

        Infinite where it cannot be told, so that what cannot be compared counts as large.
        """
        self.ensure_one()
        return

    def _get_approval_owner(self):
        """The user (res.users) who owns the account: the salesperson of the customer that the record is about.

        Default: of the record's `customer_id` or `partner_id`. Empty where there is none.
        """
        self.ensure_one()
        if "customer_id" in self._fields:
            return self.customer_id.partner_id.user_id
        return self.partner_id.user_id if "partner_id" in self._fields else self.env["res.users"]
