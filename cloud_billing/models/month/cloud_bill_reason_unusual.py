from odoo import models

from ..billing.rated.told_numbers import tell_money, tell_rounded

_MONEY = {"above_median": ("median",), "unmatched_usage": ("cost",), "margin_negative": ("amount", "cost")}


class CloudBillReason(models.AbstractModel):
    """What is unusual about a bill beside its total, in words; and a short name for every reason."""

    _inherit = "cloud.bill.reason"

    # === BUSINESS === #

    def _get_sentence(self, reason):
        told = dict(reason)
        if reason["code"] == "position_change":
            nothing = self.env._("no fiscal position")
            told.update({name: reason[name] or nothing for name in ("position", "last")})
        for name in _MONEY.get(reason["code"], ()):
            told[name] = tell_rounded(self.env, reason[name], reason["currency"])
        if reason["code"] == "margin_negative" and told["amount"] == told["cost"]:
            # Less by a part of a cent: that is seen in the provider's digits alone.
            told["cost"] = tell_money(self.env, reason["cost"], reason["currency"])
        return super()._get_sentence(told)

    def _get_label(self, code):
        """A short name for a reason, for lists and counts; "other" stands for codes that have none."""
        labels = self._get_labels()
        return labels.get(code) or labels["engine" if code.startswith("engine_") else "other"]

    def _get_label_code(self, code):
        """The code under which a reason is counted: its own, or that of those without a name of their own."""
        if code in self._get_labels():
            return code
        return "engine" if code.startswith("engine_") else "other"

    # === HOOKS === #

    def _get_labels(self):
        """Return {code: short name}. To name a reason: extend what super() returns."""
        return {
            "held": self.env._("Held"),
            "price_missing": self.env._("Price missing"),
            "price_missing_for": self.env._("Price missing for some values"),
            "price_ambiguous": self.env._("Several prices"),
            "rate_missing": self.env._("Exchange rate missing"),
            "unit_mismatch": self.env._("Unit not known"),
            "several_units": self.env._("Several units"),
            "account_missing": self.env._("Income account missing"),
            "journal_missing": self.env._("Journal missing"),
            "tax_does_not_tie": self.env._("Tax does not fit"),
            "engine": self.env._("Cannot be priced"),
            "other": self.env._("Something else"),
            "first_bill": self.env._("First bill"),
            "zero_bill": self.env._("Zero bill"),
            "negative_total": self.env._("Negative total"),
            "difference": self.env._("Differs from the last bill"),
            "above_median": self.env._("Far above the median"),
            "usage_missing": self.env._("Usage missing"),
            "nothing_mapped": self.env._("No usage mapped"),
            "unmatched_usage": self.env._("Unmatched usage"),
            "tier_jump": self.env._("Another tier"),
            "margin_negative": self.env._("Margin below zero"),
            "ended_contract": self.env._("Contract ended"),
            "currency_change": self.env._("Another currency"),
            "position_change": self.env._("Another fiscal position"),
            "source_late": self.env._("Source is late"),
            "estimated": self.env._("Estimated"),
            "large": self.env._("Needs its own approval"),
            "order_exceeded": self.env._("Order exceeded"),
            "order_expired": self.env._("Order expired"),
            "order_coming": self.env._("Order not yet valid"),
            "order_closed": self.env._("Order closed"),
        }

    def _get_look_codes(self):
        return super()._get_look_codes() | {
            "usage_missing", "tier_jump", "ended_contract", "currency_change", "position_change", "unmatched_usage",
            "above_median", "margin_negative",
        }  # fmt: skip

    def _get_resolvable_codes(self):
        return super()._get_resolvable_codes() | {"usage_missing", "ended_contract", "unmatched_usage"}

    def _get_usage_sentences(self):
        return {
            **super()._get_usage_sentences(),
            "usage_missing": self.env._(
                "Streams without usage that had some in what was billed last: %(count)s (%(streams)s). Ask the source,"
                " or release the bill where nothing was used."
            ),
            "unmatched_usage": self.env._(
                "Streams of this customer's accounts that belong to nobody: %(count)s, at a cost of %(cost)s. Map them,"
                " then take the run back to draft and rate again; or release the bill, and what is mapped by then is"
                " billed with the next run."
            )
            if self.env["cloud.field.access"]._may_see_costs()
            else self.env._(
                "Streams of this customer's accounts that belong to nobody: %(count)s. Map them, then take the run back"
                " to draft and rate again; or release the bill, and what is mapped by then is billed with the next run."
            ),
        }

    def _get_bill_sentences(self):
        return {
            **super()._get_bill_sentences(),
            "tier_jump": self.env._(
                "%(line)s reached tier %(tier)s; what was billed last ended in tier %(last_tier)s."
            ),
            "ended_contract": self.env._("%(subscription)s ended on %(day)s: this may be its last bill."),
            "currency_change": self.env._("The last bill was in %(last)s, this one is in %(currency)s."),
            "position_change": self.env._(
                "Its taxes follow %(position)s, those of invoice %(invoice)s followed %(last)s: an address, the tax"
                " number or the fiscal position of the customer was changed. Ask whether that is right, then release"
                " the bill."
            ),
            "above_median": self.env._(
                "More than %(times)s times %(median)s, the middle of the customer's last %(count)s bills."
            ),
            "margin_negative": self.env._(
                "%(amount)s is less than the provider's cost of %(cost)s. Check the price, or release the bill."
            )
            if self.env["cloud.field.access"]._may_see_costs()
            else self.env._("%(amount)s is less than what it costs us. Ask an accountant to check the price."),
        }

    def _get_action(self, reason):
        if reason["code"] in ("unmatched_usage", "usage_missing") and reason.get("stream_ids"):
            action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_stream_action")
            return {**action, "domain": [("id", "in", reason["stream_ids"])], "context": {}}
        if reason["code"] == "ended_contract":
            return self._open("cloud.subscription", reason["subscription_id"])
        return super()._get_action(reason)
