from odoo import models
from odoo.tools import format_date


class CloudBillReason(models.AbstractModel):
    """A bill that waits until somebody has typed what was used."""

    _inherit = "cloud.bill.reason"

    # === BUSINESS === #

    def _get_sentence(self, reason):
        if reason["code"] == "estimate_missing":
            reason = {
                **reason,
                "final": format_date(self.env, reason["final"]),
                "month": format_date(self.env, reason["month"], date_format="MMMM yyyy"),
            }
        return super()._get_sentence(reason)

    # === HOOKS === #

    def _get_labels(self):
        return {**super()._get_labels(), "estimate_missing": self.env._("Estimate to be typed")}

    def _get_bill_sentences(self):
        return {
            **super()._get_bill_sentences(),
            "estimate_missing": self.env._(
                "%(month)s of %(source)s is final from %(final)s on, and is billed by a typed estimate until then. Type"
                " the quantity of %(lines)s with Estimate."
            ),
        }

    def _get_action(self, reason):
        if reason["code"] == "estimate_missing":
            bill = self.env["cloud.charge"].browse(reason["charge_ids"]).bill_id[:1]
            return self.env["cloud.estimate.entry"]._open(bill)
        return super()._get_action(reason)
