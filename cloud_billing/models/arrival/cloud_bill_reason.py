from odoo import fields, models
from odoo.tools import format_date


class CloudBillReason(models.AbstractModel):
    """The sentence of a bill that waits for a seal, and the way to the calendar."""

    _inherit = "cloud.bill.reason"

    def _get_sentence(self, reason):
        if reason["code"] == "unsealed":
            month = format_date(self.env, reason["month"], date_format="MMMM yyyy")
            accounts = ", ".join(filter(None, reason.get("accounts") or ())) or reason["source"]
            reason = {**reason, "month": month, "accounts": accounts}
        return super()._get_sentence(reason)

    def _get_bill_sentences(self):
        return {
            **super()._get_bill_sentences(),
            "unsealed": self.env._(
                "%(source)s: %(month)s of %(accounts)s is not sealed. See in its calendar what is missing; it closes by"
                " itself when it is complete, or is signed there."
            ),
        }

    def _get_labels(self):
        return {**super()._get_labels(), "unsealed": self.env._("Month is not sealed")}

    def _get_action(self, reason):
        if reason["code"] == "unsealed":
            source = self.env["cloud.usage.source"].browse(reason["source_id"])
            return source._open_calendar(fields.Date.to_date(reason["month"]))
        return super()._get_action(reason)
