from odoo import models
from odoo.tools import format_date

from ..billing.rated.told_numbers import tell_quantity


class CloudRatedLine(models.Model):
    """The line of an estimate says what its quantity was made of."""

    _inherit = "cloud.rated.line"

    # === HOOKS === #

    def _get_explained_facts(self):
        facts = super()._get_explained_facts()
        # sudo: whoever may read the line is told what it is made of.
        estimate = self.env["cloud.charge.estimate"].sudo().search([("charge_id", "=", self.charge_id.id)])
        if not estimate:
            return facts
        quantity = "" if estimate.quantity is None else tell_quantity(self.env, estimate.quantity, self.unit or "")
        if estimate.basis == "typed":
            told = self.env._("%(quantity)s, as a person typed", quantity=quantity)
        else:
            told = self.env._(
                "%(quantity)s, the usage from %(start)s on by days",
                quantity=quantity,
                start=format_date(self.env, estimate.base_charge_id.service_start),
            )
        return [*facts, (self.env._("Estimate"), told)]
