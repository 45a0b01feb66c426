from odoo import fields, models
from odoo.exceptions import UserError


class CloudBill(models.Model):
    """Posting under a standing approval stops as soon as it does not hold any more."""

    _inherit = "cloud.bill"

    def _check_seal(self):
        result = super()._check_seal()
        today = fields.Date.today()
        for run, bills in self.grouped("run_id").items():
            standing = run.sudo().standing_id  # sudo: the database asks it too, whoever posts.
            if standing and not standing._holds(today):
                raise UserError(
                    self.env._(
                        "%(bill)s: the standing approval “%(standing)s” under which it was approved was revoked or has"
                        " ended. Exclude the bill; it is due again with the next run.",
                        bill=bills[0].name,
                        standing=standing.name,
                    )
                )
        return result
