from odoo import models
from odoo.exceptions import UserError


class CloudProof(models.AbstractModel):
    _inherit = "cloud.proof"

    # === BUSINESS === #

    def _check_may_save(self, line):
        result = super()._check_may_save(line)
        if line.charge_id.is_price_credit:
            raise UserError(
                self.env._(
                    "%(line)s is what people decided to give back: there is no price to work out again. Save the proof"
                    " of the line that it cites (%(invoice)s); who agreed stands in the approval of %(run)s.",
                    line=line.display_name,
                    invoice=line.corrects_id.move_id.name or "",
                    run=line.run_id.name or "",
                )
            )
        return result
