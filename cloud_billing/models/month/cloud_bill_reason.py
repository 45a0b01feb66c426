from odoo import models

from ..billing.told_numbers import tell_money

# Reasons of this room for which a bill needs a look; its other codes block.
_LOOK_CODES = {"large"}


class CloudBillReason(models.AbstractModel):
    """The sentences of this room's reasons."""

    _inherit = "cloud.bill.reason"

    def _get_sentence(self, reason):
        if reason["code"] == "large":
            reason = {**reason, "limit": tell_money(self.env, reason["limit"], reason["currency"])}
        return super()._get_sentence(reason)

    def _is_blocking(self, code):
        return code not in _LOOK_CODES and super()._is_blocking(code)

    def _get_bill_sentences(self):
        return {
            **super()._get_bill_sentences(),
            "large": self.env._("Above %(limit)s: it is posted only after an approval of its own, besides the run's."),
        }
