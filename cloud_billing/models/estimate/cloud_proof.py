from odoo import models
from odoo.exceptions import UserError


class CloudProof(models.AbstractModel):
    """An estimate has no rows to count again: what proves it is its true-up."""

    _inherit = "cloud.proof"

    # === BUSINESS === #

    def _describe_usage(self, line, files):
        # sudo: whoever may save proofs is told that there is none.
        if self.env["cloud.charge.estimate"].sudo().search_count([("charge_id", "=", line.charge_id.id)], limit=1):
            raise UserError(
                self.env._(
                    "%(line)s is an estimate: no usage rows add up to it. Once its usage is final the difference is"
                    " billed, and that has a proof.",
                    line=line.display_name,
                )
            )
        return super()._describe_usage(line, files)
