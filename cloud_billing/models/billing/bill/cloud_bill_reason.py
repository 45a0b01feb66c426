from odoo import models

from ..rated.told_numbers import tell_money

# Facts of a reason that are amounts of its currency, as texts of digits; they are told as the reader writes money.
_MONEY = {"amount_too_large": ("amount",), "tax_does_not_tie": ("amount", "invoice")}


class _Facts(dict):
    """Facts of a reason; one that is missing is empty text, so that an old reason can always be told."""

    def __missing__(self, key):
        return ""


class CloudBillReason(models.AbstractModel):
    """Codes and facts to sentences and places to go: why a bill is not simply ready.

    A reason is a dict {"code": ..., facts}; it is stored without language and told in the reader's own.
    """

    _name = "cloud.bill.reason"
    _description = "Reasons of Bills"

    # === BUSINESS === #

    def _get_sentence(self, reason):
        """The sentence of one reason: what is wrong and what to do next."""
        facts = _Facts(reason)
        code = reason["code"]
        for name in _MONEY.get(code, ()):
            facts[name] = tell_money(self.env, reason[name], reason.get("currency", ""))
        for sentences in (self._get_price_sentences, self._get_usage_sentences, self._get_bill_sentences):
            sentence = sentences().get(code)
            if sentence:
                return sentence % facts
        if code.startswith("engine_"):
            return self.env._(
                "%(line)s cannot be priced (%(detail)s). Check its price and its quantity, then recalculate.",
                line=facts.get("line"),
                detail=facts.get("detail"),
            )
        return code

    def _is_blocking(self, code):
        return code not in self._get_look_codes()

    # === HOOKS === #

    def _get_look_codes(self):
        """Return the codes that only ask for a look; every other one blocks a bill. To add one: extend super()."""
        return {
            "first_bill",
            "zero_bill",
            "negative_total",
            "difference",
            "nothing_mapped",
            "order_exceeded",
            "order_expired",
            "order_coming",
            "order_closed",
        }

    def _get_resolvable_codes(self):
        """Return the codes that ask for a look and have a place where what they tell is put right, see `_get_action`.

        What blocks can always be resolved. To add one: extend what super() returns.
        """
        return {"nothing_mapped"}

    def _get_price_sentences(self):
        """Return {code: sentence with named placeholders}. To add a reason: extend what super() returns."""
        return {
            "price_missing": self.env._(
                "%(line)s of %(customer)s has no price on %(day)s in %(plan)s. Add a price to the plan, have it"
                " approved, then recalculate."
            ),
            "price_missing_for": self.env._(
                "%(line)s of %(customer)s has no price for %(values)s on %(day)s in %(plan)s. Add one for these values,"
                " or one without conditions as the rest, have it approved, then recalculate."
            ),
            "price_ambiguous": self.env._(
                "%(line)s of %(customer)s has several equally specific prices on %(day)s in %(plan)s (%(rules)s)."
                " End all but one of them, then recalculate."
            ),
            "rate_missing": self.env._(
                "%(line)s of %(customer)s: there is no exchange rate of %(currency)s on or before %(day)s. Add one"
                " under Accounting, Configuration, Currencies, then recalculate."
            ),
            "plan_currency": self.env._(
                "%(line)s was begun in %(currency)s, but %(plan)s has another currency. Give the subscription a plan in"
                " %(currency)s, or end it and make a new one."
            ),
            "quantity_wrong": self.env._(
                "%(line)s has the quantity %(quantity)s. Enter a quantity of 0 or more on the subscription line, then"
                " recalculate."
            ),
            "meter_missing": self.env._(
                "%(line)s is metered, but its product has no meter. Choose one on the product, then recalculate."
            ),
            "not_billed": self.env._(
                "%(line)s has no billing model, so it has no price here. Choose one on the product."
            ),
            "cost_not_given": self.env._(
                "The price of %(line)s is made of the provider's cost. Enter a cost to see an amount."
            ),
            "unforeseen": self.env._("%(line)s cannot be rated: %(detail)s. The log of the server says more."),
            "bundle_empty": self.env._(
                "%(line)s: every part of the bundle %(bundle)s is billed by its usage, so it has no price of its own."
                " Give the set one price, or add a part with a fee."
            ),
            "bundle_currency": self.env._(
                "%(line)s: the discount of the bundle %(bundle)s is in another currency than %(currency)s. Make it a"
                " percentage, or give the subscription another bundle."
            ),
            "minimum_waits": self.env._(
                "%(line)s of %(customer)s counts charges that cannot be rated yet. Resolve those first, then"
                " recalculate."
            ),
            "too_many_digits": self.env._(
                "%(line)s: the quantity times the price has more than 120 digits. Check both, then recalculate."
            ),
        }

    def _get_usage_sentences(self):
        """Return {code: sentence with named placeholders}. To add a reason: extend what super() returns."""
        return {
            "two_calendars": self.env._(
                "%(line)s of %(customer)s counts usage by the provider's month and by the customer's own period. Use"
                " one subscription line for each kind of source and map the streams to them."
            ),
            "unit_mismatch": self.env._(
                "The meter %(meter)s counts %(unit)s, but usage in %(units)s is mapped to it. Add a conversion to the"
                " meter, or map that usage to a line with another product, then recalculate."
            ),
            "several_units": self.env._(
                "The meter %(meter)s got usage in several units (%(units)s). Give the meter its unit and map the"
                " rest to a line with another product, then recalculate."
            ),
            "bad_tag": self.env._(
                "Row %(row)s of %(file)s says \u201c%(text)s\u201d in the tag %(tag)s, which the meter %(meter)s cannot"
                " read: it expects a number, or add or remove. Deliver the row corrected and recalculate; or take the"
                " run back to draft, choose another tag on the meter and rate again."
            ),
            "several_currencies": self.env._(
                "The meter %(meter)s got costs in several currencies (%(currencies)s), which have no sum. Use one"
                " subscription line for each, then recalculate."
            ),
            "value_currency": self.env._(
                "%(line)s: its usage was worth %(currencies)s, and its price is a share of that in %(currency)s. Give"
                " the subscription a plan in that currency, then recalculate."
            ),
            "too_many_events": self.env._(
                "%(line)s has %(count)s events, too many for a price that looks at each. Give it a price without a fee,"
                " a minimum or a maximum per event, then recalculate."
            ),
            "events_by_dimension": self.env._(
                "%(line)s: a price that looks at single events cannot be for some values of a dimension only. Filter"
                " the meter %(meter)s by that dimension instead, then recalculate."
            ),
            "cost_without_currency": self.env._(
                "%(line)s of %(customer)s: the provider's cost has no currency. Correct the delivery, then rate again."
            ),
        }

    def _get_bill_sentences(self):
        """Return {code: sentence with named placeholders}. To add a reason: extend what super() returns."""
        return {
            "held": self.env._("Held by %(user)s: %(note)s. Release or exclude it before the run is submitted."),
            "journal_missing": self.env._("%(company)s has no sales journal. Make one, or choose one on the customer."),
            "account_missing": self.env._(
                "%(product)s has no income account. Set one on the product, its category or the sales journal."
            ),
            "currency_inactive": self.env._(
                "The currency %(currency)s is not active. Activate it under Accounting, Currencies."
            ),
            "amount_too_large": self.env._(
                "%(line)s: the ledger cannot hold %(amount)s with every digit. Split the line over several"
                " subscriptions."
            ),
            "tax_does_not_tie": self.env._(
                "The taxes of %(product)s do not fit a %(basis)s price plan: %(amount)s on the plan would become"
                " %(invoice)s on the invoice. Give the product a tax that is %(remedy)s, then recalculate."
            ),
            "first_bill": self.env._("The first bill of this customer in this currency."),
            "zero_bill": self.env._("Nothing to pay."),
            "negative_total": self.env._("The total is negative: it becomes a credit note."),
            "difference": self.env._("%(percent)s %% against the last bill of %(previous)s."),
            "nothing_mapped": self.env._("No usage is mapped to %(lines)s."),
        }

    def _get_action(self, reason):
        """Return the action that leads to where a reason is resolved, or None. To add one: override, call super()."""
        code = reason["code"]
        if code in ("price_missing", "price_missing_for", "price_ambiguous", "plan_currency") and reason.get("plan_id"):
            return self._open("cloud.price.plan", reason["plan_id"])
        if code in ("unit_mismatch", "several_units", "bad_tag") and reason.get("meter_id"):
            return self._open("cloud.meter", reason["meter_id"])
        if code == "meter_missing":
            product = self.env["product.product"].browse(reason["product_id"])
            return self._open("product.template", product.product_tmpl_id.id)
        if code == "account_missing":
            return self._open("product.product", reason["product_id"])
        if code in ("rate_missing", "currency_inactive"):
            return self.env["ir.actions.act_window"]._for_xml_id("base.action_currency_form")
        if code == "nothing_mapped":
            return self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_stream_action_unmatched")
        return None

    def _open(self, model, record_id):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
