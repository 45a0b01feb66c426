"""What an invoice line says: made of the customer's statement alone, in the customer's language and number format."""

from odoo import fields
from odoo.tools import format_date

from ....engine.numbers import parse_decimal
from ..rated.told_numbers import tell_amount, tell_money, tell_number, tell_quantity, tell_share
from .instalment_text import get_instalment_texts
from .statement_around import get_price_currency, tell_after, tell_before
from .statement_rows import get_row_text


def get_line_text(env, name, statement):
    """The text of an invoice line: what it is, how much of it at which price, and from when to when.

    env: in the customer's language. statement: of a rated line.
    """
    texts = [name, *get_detail_texts(env, statement), get_period_text(env, statement)]
    return "\n".join(text for text in texts if text)


def get_bundle_text(env, name, statement):
    """The text of a bundle's section: what was bought, and of which days. statement: of one of its parts."""
    bundle = statement.get("bundle")
    if not bundle:
        return "\n".join([name, get_period_text(env, statement)])
    kept = {key: statement[key] for key in ("currency", "price_currency", "exchange") if key in statement}
    whole = {**kept, **bundle}
    texts = [name, *get_detail_texts(env, whole), *_get_discount_texts(env, whole)]
    return "\n".join([*texts, get_period_text(env, bundle)])


def _get_discount_texts(env, whole):
    """What was taken off the sum of the parts."""
    discount = whole.get("discount")
    if not discount:
        return []
    if discount["percent"] is not None:
        return [env._("%(percent)s %% off the sum of its parts", percent=tell_number(env, discount["percent"]))]
    amount = tell_amount(env, discount["amount"], whole["currency"])
    return [env._("%(amount)s %(currency)s off the sum of its parts", amount=amount, currency=whole["currency"])]


def get_period_text(env, statement):
    """The service period with its last day, as people write it."""
    start = fields.Date.to_date(statement["service_start"])
    last = fields.Date.subtract(fields.Date.to_date(statement["service_end"]), days=1)
    if start == last:
        return format_date(env, start)
    return env._("%(start)s to %(end)s", start=format_date(env, start), end=format_date(env, last))


def get_detail_texts(env, statement):
    """How an amount came about, as a list of texts: quantity and price, or what else it is made of."""
    correction = statement.get("correction")
    if correction:
        cited = [env._("Of invoice %(name)s", name=correction["invoice"])] if correction.get("invoice") else []
        return [*cited, _get_correction_text(env, statement, correction)]
    if statement.get("credit"):
        return _get_credit_texts(env, statement["credit"])
    if statement.get("instalment"):
        return get_instalment_texts(env, statement["instalment"], statement["currency"])
    if statement.get("true_up"):
        return _get_true_up_texts(env, statement)
    if statement.get("adjustment"):
        return _get_one_off_texts(env, statement)
    before = [f"{label}: {value}" for label, value in tell_before(env, statement)]
    if statement.get("included") and statement.get("quantity") is not None:
        before.insert(0, _with_unit(env, statement["quantity"], statement))
    after = [f"{label}: {value}" for label, value in tell_after(env, statement)]
    own = [*_get_model_texts(env, statement), *_get_share_texts(env, statement)]
    return [*before, *own, *after, *get_exchange_texts(env, statement)]


def _get_model_texts(env, statement):
    """What is paid, as the charge model says it: quantity and unit price, tiers, or what else it is made of."""
    quantity = statement.get("charged") or statement.get("quantity")
    if statement.get("rows"):
        return _get_row_texts(env, statement)
    if statement.get("tiers"):
        return [_get_tier_text(env, statement, tier) for tier in statement["tiers"]]
    if quantity is None:
        return []
    if statement.get("unit_price") is not None:
        return [_get_product_text(env, quantity, statement, statement["unit_price"])]
    return [] if statement.get("included") else [_with_unit(env, quantity, statement)]


def get_exchange_texts(env, statement):
    """The rate of a price that was exchanged, as a list of one text; empty where it was not."""
    exchange = statement.get("exchange")
    if not exchange:
        return []
    return [
        env._(
            "1 %(price_currency)s = %(rate)s %(currency)s (%(table)s, %(day)s)",
            price_currency=statement["price_currency"],
            rate=tell_number(env, exchange["rate"]),
            currency=statement["currency"],
            table=exchange["source"],
            day=format_date(env, exchange["date"]),
        )
    ]


def _get_share_texts(env, statement):
    proration = statement.get("proration")
    if not proration:
        return []
    return [tell_share(env, proration)]


def _get_credit_texts(env, credit):
    """On which invoice stands what is given back, and what the customer is told of it."""
    cited = [env._("Credit on invoice %(name)s", name=credit["invoice"])] if credit["invoice"] else []
    return [*cited, *([credit["text"]] if credit["text"] else [])]


def _get_true_up_texts(env, statement):
    """What was agreed and what was billed of it."""
    figures, currency = statement["true_up"], statement["currency"]
    return [
        env._(
            "%(amount)s %(currency)s agreed", amount=tell_amount(env, figures["minimum"], currency), currency=currency
        ),
        *_get_share_texts(env, statement),
        env._(
            "%(amount)s %(currency)s billed", amount=tell_amount(env, figures["billed"], currency), currency=currency
        ),
    ]


def _get_one_off_texts(env, statement):
    """What a percent is of; an amount that was agreed says all by itself."""
    told, currency = statement["adjustment"], statement["currency"]
    if told.get("percent") is None:
        return []
    return [
        env._(
            "%(percent)s %% of %(amount)s %(currency)s",
            percent=tell_number(env, told["percent"]),
            amount=tell_amount(env, told["base"], currency),
            currency=currency,
        )
    ]


def _get_row_texts(env, statement):
    """The quantity, where the rows together are of one, then each row; one without words says its amount."""
    currency, unit = get_price_currency(statement), statement.get("unit") or ""
    texts = [
        get_row_text(env, row, currency, unit) or tell_money(env, row["amount"], currency) for row in statement["rows"]
    ]
    is_of_one = statement.get("quantity") is not None and statement["rows"][0]["row"] in ("blocks", "step")
    quantity = statement.get("charged") or statement.get("quantity")
    return [_with_unit(env, quantity, statement), *texts] if is_of_one else texts


def _get_tier_text(env, statement, tier):
    currency = get_price_currency(statement)
    if tier["quantity"] is None:
        return env._(
            "%(amount)s %(currency)s once",
            amount=tell_amount(env, tier["flat_amount"], currency),
            currency=currency,
        )
    text = _get_product_text(env, tier["quantity"], statement, tier["unit_price"])
    if not parse_decimal(tier["flat_amount"]):
        return text
    return env._(
        "%(text)s + %(amount)s %(currency)s",
        text=text,
        amount=tell_amount(env, tier["flat_amount"], currency),
        currency=currency,
    )


def _get_product_text(env, quantity, statement, unit_price):
    currency = get_price_currency(statement)
    return env._(
        "%(quantity)s × %(price)s %(currency)s",
        quantity=_with_unit(env, quantity, statement),
        price=tell_amount(env, unit_price, currency),
        currency=currency,
    )


def _get_correction_text(env, statement, correction):
    """What was billed and what it should have been: by quantity where one was shown and differs, else by amount."""
    if correction["quantity_now"] == correction["quantity_billed"]:
        return env._(
            "Correction: %(billed)s %(currency)s were billed, %(now)s %(currency)s are right",
            billed=tell_amount(env, correction["amount_billed"], statement["currency"]),
            now=tell_amount(env, correction["amount_now"], statement["currency"]),
            currency=statement["currency"],
        )
    return env._(
        "Correction: %(billed)s were billed, %(now)s are right",
        billed=_with_unit(env, correction["quantity_billed"] or "0", statement),
        now=_with_unit(env, correction["quantity_now"] or "0", statement),
    )


def _with_unit(env, quantity, statement):
    return tell_quantity(env, quantity, statement.get("unit") or "")
