"""A price in the plan's currency, billed in the customer's: exchanged once, exactly, and rounded once."""

from dataclasses import replace
from decimal import Inexact

from ...numbers import exact, round_to, to_text
from ..errors import FactsError
from ..facts import check_exchange, require_fact
from ..texts import describe_exchange


def bill_in(result, exchange, rounding):
    """The RatedResult of rate() in another currency: its exact amount times the rate, rounded to that currency's step.

    exchange: Exchange from the price's currency; rounding: the step of exchange.to_currency. What the plan's currency
    would have been rounded to is left out: an amount is rounded once. Parts, discounts, unit prices and tiers stay in
    the price's currency, which the statement then names (`price_currency`) with the rate: a customer is told it.
    Raises FactsError (exchange_rate, exchange_currency, rounding, too_many_digits), TypeError for no Decimal.
    """
    currency = result.workings["currency"]
    check_exchange(exchange, exchange.to_currency)
    if exchange.from_currency != currency:
        raise FactsError("exchange_currency", to_currency=exchange.from_currency, currency=currency)
    require_fact(rounding, "rounding")
    if rounding <= 0:
        raise FactsError("rounding", rounding=rounding)
    try:
        with exact():
            amount_exact = result.amount_exact * exchange.rate
            amount = round_to(amount_exact, rounding)
    except Inexact as error:
        raise FactsError("too_many_digits", quantity=result.quantity, cost=None) from error
    described = describe_exchange(exchange)
    return replace(
        result,
        amount_exact=amount_exact,
        amount=amount,
        workings=_make_workings(result, amount_exact, amount, described, rounding),
        statement={
            **result.statement,
            "currency": exchange.to_currency,
            "price_currency": currency,
            "exchange": {name: described[name] for name in ("rate", "source", "date")},
            "amount": to_text(amount),
        },
    )


def _make_workings(result, amount_exact, amount, described, rounding):
    """The workings of the price with the exchange before its rounding; `bill_in` is a part of the request."""
    before, rounded = result.workings["steps"][:-1], result.workings["steps"][-1]
    steps = [
        *before,
        {"step": "bill_currency", "before": rounded["before"], "after": to_text(amount_exact), **described},
        {**rounded, "before": to_text(amount_exact), "after": to_text(amount), "to": to_text(rounding)},
    ]
    return {
        **result.workings,
        "steps": steps,
        "amount_exact": to_text(amount_exact),
        "amount": to_text(amount),
        "currency": described["to_currency"],
        "price_currency": described["from_currency"],
        "bill_in": {"exchange": described, "rounding": to_text(rounding)},
    }
