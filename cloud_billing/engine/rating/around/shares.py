"""A correction of a part of the days of what was billed: the price of those days now, less their share of it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from ...numbers import divide, exact, round_to, to_text, trim
from ..result import RatedPart
from .difference import difference


@dataclass(frozen=True)
class BilledShare:
    """What a billed line has of some days. amount: of the whole line, exact; quantity: that of each of its days.

    key: names the line. numerator, denominator: the share of the line that its days are.
    """

    key: int
    amount: Decimal
    quantity: Decimal | None
    numerator: int
    denominator: int

    def get_amount(self):
        return trim(divide(self.amount * self.numerator, Decimal(self.denominator)))


def difference_of_days(now, billed, rounding):
    """The correction of some days: RatedResult, rounded once, half up, from the exact difference.

    now: RatedResult of these days as they are priced now. billed: BilledShares, those of corrections included; their
    quantities hold for each day, so they add up. rounding: the step of the currency. So 4 units more for 21 of 31 days
    are 4 x price x 21/31, rounded, whatever the whole was rounded to.
    """
    with exact():
        amount_billed = sum((one.get_amount() for one in billed), Decimal(0))
        quantities = [one.quantity for one in billed if one.quantity is not None]
        quantity_billed = sum(quantities, Decimal(0)) if quantities else None
        amount_exact = now.amount_exact - amount_billed
        amount = round_to(amount_exact, rounding)
    whole = difference(now, amount_billed, quantity_billed)
    shares = [
        {
            "line": one.key,
            "amount_exact": to_text(one.amount),
            "quantity": None if one.quantity is None else to_text(one.quantity),
            "numerator": one.numerator,
            "denominator": one.denominator,
        }
        for one in billed
    ]
    step = {**whole.workings["steps"][0], "after": to_text(amount_exact), "amount_now": to_text(now.amount_exact)}
    rounded = {
        "step": "rounding",
        "before": to_text(amount_exact),
        "after": to_text(amount),
        "to": to_text(rounding),
        "mode": "half_up",
    }
    result = replace(
        whole,
        amount_exact=amount_exact,
        amount=amount,
        parts=(RatedPart("difference", amount_exact, quantity=whole.quantity, is_prorated=False),),
        workings={**whole.workings, "steps": [{**step, "shares": shares}, rounded]},
    )
    shown = {**whole.statement["correction"], "amount_billed": to_text(round_to(amount_billed, rounding))}
    return _with_amount(replace(result, statement={**whole.statement, "correction": shown}), amount)


def settle(result, amount):
    """The correction with another rounded amount: what is owed for nothing any more is given back to the last cent."""
    step = {"step": "settle", "before": to_text(result.amount), "after": to_text(amount)}
    workings = {**result.workings, "steps": [*result.workings["steps"], step]}
    return _with_amount(replace(result, workings=workings), amount)


def _with_amount(result, amount):
    text = to_text(amount)
    return replace(
        result,
        amount=amount,
        workings={**result.workings, "amount_exact": to_text(result.amount_exact), "amount": text},
        statement={**result.statement, "amount": text},
    )
