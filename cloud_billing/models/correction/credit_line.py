"""What a person gives back of billed lines, as values: shares of amounts, and the rated line that says so."""

from decimal import Decimal
from typing import NamedTuple

from ...engine.numbers import PER_CENT, divide, exact, round_to, to_text, trim
from ...engine.rating import ENGINE_VERSION, RatedResult
from ...engine.schedule import share

_ZERO = Decimal(0)


class CreditedLine(NamedTuple):
    """What is given back of a rated line. amount: positive, rounded; amount_exact: before that.

    start, end: the days it is for. share: the part of the line's days that they are, a dict as in statements, or None.
    """

    amount: Decimal
    amount_exact: Decimal
    start: object
    end: object
    share: dict | None = None


def credit_whole(line, amount):
    """An amount of a rated line, for all of its days."""
    return CreditedLine(amount, amount, line.service_start, line.service_end)


def credit_days(line, start, end, left, step):
    """The share of a rated line that the days [start, end) are, by the method of its period; None where they are none
    of its own.

    left: what there is to give back of it, Decimal; step: the rounding of its currency. A line that is due in full,
    whatever was served, is shared by days here: somebody asks for these days.
    """
    start, end = max(start, line.service_start), min(end, line.service_end)
    if start >= end:
        return None
    charge = line.charge_id
    method = charge.proration if charge.proration in ("second", "thirty") else "day"
    zone = charge.period_id.tz or charge.customer_id.tz or "UTC"
    numerator, denominator = share(method, start, end, line.service_start, line.service_end, zone)
    label = {"second": "seconds", "thirty": "days of 30-day months"}.get(method, "days")
    with exact():
        amount_exact = trim(divide(line.amount * numerator, Decimal(denominator)))
    amount = min(round_to(amount_exact, step), left)
    told = {"numerator": numerator, "denominator": denominator, "label": label}
    return CreditedLine(amount, amount_exact, start, end, told)


def spread(amount, lefts, step):
    """An amount over lines in proportion to what is left of them: list of Decimal that adds up to it.

    lefts: list of Decimal > 0 that add up to at least the amount. No line is given more than is left of it.
    """
    with exact():
        total, given, shares = sum(lefts, _ZERO), _ZERO, []
        reached = _ZERO
        for left in lefts:
            # Of the running total, so that the rounding of one line is made good by the next one.
            reached += left
            upto = amount if reached == total else round_to(divide(amount * reached, total), step)
            shares.append(upto - given)
            given = upto
    return shares


def add_up(amounts):
    """The exact sum of Decimals, None among them counting nothing."""
    with exact():
        return sum((amount or _ZERO for amount in amounts), _ZERO)


def take_percent(amount, percent, step):
    """So many percent of an amount, rounded once."""
    with exact():
        return round_to(amount * (percent or _ZERO) * PER_CENT, step)


def make_result(credit, left, currency, invoice, text):
    """The RatedResult of a CreditedLine. left: what there was to give back before, Decimal; currency: its code.

    invoice, text: on which invoice the line stands, and what the customer is told; empty texts for none.
    """
    with exact():
        amount, amount_exact = -credit.amount, -credit.amount_exact
    told = to_text(amount)
    step = {"step": "price_credit", "before": to_text(left), "after": told, "share": credit.share}
    statement = {
        "usage": "none",
        "unit": "",
        "proration": credit.share,
        "service_start": credit.start.isoformat(),
        "service_end": credit.end.isoformat(),
        "currency": currency,
        "amount": told,
        "credit": {"invoice": invoice, "text": text},
    }
    workings = {
        "engine_version": ENGINE_VERSION,
        "currency": currency,
        "usage": "none",
        "steps": [step],
        "quantity": None,
        "amount_exact": to_text(amount_exact),
        "amount": told,
    }
    return RatedResult(amount_exact, amount, None, None, (), workings, statement)
