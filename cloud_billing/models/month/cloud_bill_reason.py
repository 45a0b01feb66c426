from odoo import models
from odoo.tools import format_date

from ..billing.rated.told_numbers import tell_money

# Reasons of this room for which a bill needs a look; its other codes block.
_LOOK_CODES = {"large", "estimated"}


class CloudBillReason(models.AbstractModel):
    """The sentences of this room's reasons."""

    _inherit = "cloud.bill.reason"

    def _get_sentence(self, reason):
        if reason["code"] == "large":
            reason = {**reason, "limit": tell_money(self.env, reason["limit"], reason["currency"])}
        elif reason["code"] in ("source_late", "estimated"):
            days = {name: format_date(self.env, reason[name]) for name in ("expected", "final")}
            reason = {**reason, **days, "month": format_date(self.env, reason["month"], date_format="MMMM yyyy")}
        return super()._get_sentence(reason)

    def _is_blocking(self, code):
        return code not in _LOOK_CODES and super()._is_blocking(code)

    def _get_bill_sentences(self):
        return {
            **super()._get_bill_sentences(),
            "source_late": self.env._(
                "%(source)s is not final: %(month)s is expected by %(expected)s and final from %(final)s on. The bill"
                " waits for it; or call the month final on the source."
            ),
            "estimated": self.env._(
                "Estimated: %(month)s of %(source)s is final from %(final)s on. The difference is billed then."
            ),
            "large": self.env._("Above %(limit)s: it is posted only after an approval of its own, besides the run's."),
        }

    def _get_resolvable_codes(self):
        return super()._get_resolvable_codes() | {"estimated"}

    def _get_action(self, reason):
        if reason["code"] in ("source_late", "estimated"):
            return self._open("cloud.usage.source", reason["source_id"])
        return super()._get_action(reason)
