from decimal import Decimal

from odoo import models

from ...engine.numbers import exact


class CloudChargeCorrection(models.AbstractModel):
    """What somebody has rated again: billed charges of chosen days, also where neither usage nor agreement changed.

    So a price that was corrected after posting reaches what was billed at the wrong one. What does not differ makes no
    correction, and what was corrected is compared with its corrections: the second time finds nothing.
    """

    _inherit = "cloud.charge.correction"

    # === BUSINESS === #

    def _get_changed(self, run, only):
        if run.correction_scope != "again":
            return super()._get_changed(run, only)
        found = self.env["cloud.charge"].search(run._get_again_domain(), order="id")
        return found if only is None else found & only

    def _get_corrected_parts(self, run, parts):
        # A price that begins within the billed days cuts them anew, also where it changes no amount.
        parts = super()._get_corrected_parts(run, parts)
        if run.correction_scope != "again":
            return parts
        return {charge_id: [] if _is_even(some) else some for charge_id, some in parts.items()}

    def _get_again_kinds(self):
        """Return the kinds of charges that can be rated again by choosing their days.

        True-ups of minimums follow from what they count; instalments are parts of a sum that was agreed. To add a kind:
        extend what super() returns.
        """
        return ("metered", "one_time", *self._get_agreed_kinds())


def _is_even(parts):
    """Whether differences of parts of one charge are nothing together: no amount, no quantity, nothing included."""
    with exact():
        amount = sum((part.result.amount for part in parts), Decimal(0))
        quantity = sum((part.result.quantity or Decimal(0) for part in parts), Decimal(0))
    return not amount and not quantity and not any(draw.used for part in parts for draw in part.draws)
