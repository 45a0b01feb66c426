"""The price of a set: its parts added up, less a discount, rounded once, split on the parts."""

from dataclasses import dataclass
from decimal import Decimal, Inexact

from ...numbers import PER_CENT, divide, exact, round_to, to_text, trim
from ..errors import FactsError
from ..facts import Proration, check_proration, require_fact
from ..pricing.steps import tell_rounding
from ..texts import as_text, describe_proration
from .bundle import split_bundle

_ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class SetDiscount:
    """What is taken off the sum of a set: a percentage, or an amount for a whole period of which the share is due."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    proration: Proration | None = None


@dataclass(frozen=True)
class SetPrice:
    """amount: amount_exact rounded once. shares: what each part gets of it; they add up to amount exactly.

    exact_shares: what each part would get of amount_exact, unrounded. Who asks what some days of a part were billed
    takes these: a share of a cent that went to one part is nobody's days.
    """

    amount_exact: Decimal
    amount: Decimal
    shares: tuple[Decimal, ...]
    exact_shares: tuple[Decimal, ...]
    steps: tuple[dict, ...]


def price_set(amounts, rounding, weights=None, discount=None):
    """The SetPrice of what a set is made of.

    amounts: Decimals, unrounded: of its parts; or of the one price of the whole set, and then `weights` are the
    stand-alone prices of its parts for the quantities in it. Without weights each part weighs what it costs; one that
    gives money back weighs nothing. A discount never takes the sum through zero.
    Raises FactsError no_parts, price_negative, discount_negative, too_many_digits.
    >>> price_set((Decimal("60"), Decimal("40")), Decimal("0.01"), discount=SetDiscount(percent=Decimal(10))).shares
    (Decimal('54.00'), Decimal('36.00'))
    """
    _check(amounts, weights, discount)
    try:
        with exact():
            return _price_set(amounts, rounding, weights, discount)
    except Inexact as error:
        raise FactsError("too_many_digits", amounts=amounts) from error


def _price_set(amounts, rounding, weights, discount):
    total = sum(amounts, _ZERO)
    steps = [{"step": "set_sum", "before": None, "after": to_text(total), "amounts": [to_text(one) for one in amounts]}]
    due = _take_off(total, discount, steps)
    amount = round_to(due, rounding)
    steps.append(tell_rounding(due, amount, rounding))
    weights = tuple(max(one, _ZERO) for one in amounts) if weights is None else tuple(weights)
    shares = split_bundle(amount, weights, rounding)
    steps.append(
        {
            "step": "set_split",
            "before": to_text(amount),
            "after": to_text(amount),
            "weights": [to_text(weight) for weight in weights],
            "shares": [to_text(share) for share in shares],
        }
    )
    return SetPrice(due, amount, shares, _split_exact(due, weights), tuple(steps))


def _split_exact(due, weights):
    total = sum(weights, _ZERO)
    if not total:
        weights, total = (Decimal(1),) * len(weights), Decimal(len(weights))
    return tuple(trim(divide(due * weight, total)) for weight in weights)


def _take_off(total, discount, steps):
    if discount is None or total <= 0:
        return total
    if discount.percent is not None:
        off = total * discount.percent * PER_CENT
    else:
        off = discount.amount
        if discount.proration is not None:
            off = trim(divide(off * discount.proration.numerator, Decimal(discount.proration.denominator)))
    due = total - min(off, total)
    steps.append(
        {
            "step": "set_discount",
            "before": to_text(total),
            "after": to_text(due),
            "percent": as_text(discount.percent),
            "amount": as_text(discount.amount),
            "proration": describe_proration(discount.proration),
        }
    )
    return due


def describe_set(amounts, rounding, weights=None, discount=None):
    """What price_set() was asked, as JSON: a request that comes to the same."""
    return {
        "amounts": [to_text(one) for one in amounts],
        "rounding": to_text(rounding),
        "weights": None if weights is None else [to_text(one) for one in weights],
        "discount": discount
        and {
            "percent": as_text(discount.percent),
            "amount": as_text(discount.amount),
            "proration": describe_proration(discount.proration),
        },
    }


def _check(amounts, weights, discount):
    for name, numbers in (("amounts", amounts), ("weights", weights or ())):
        for number in numbers:
            require_fact(number, name)
    if not amounts:
        raise FactsError("no_parts")
    if discount is None:
        return
    if (discount.percent is None) == (discount.amount is None):
        raise FactsError("discount_kind")
    for name in ("percent", "amount"):
        number = getattr(discount, name)
        if number is not None:
            require_fact(number, name)
            if number < 0:
                raise FactsError("discount_negative", **{name: number})
    if discount.proration is not None:
        check_proration(discount.proration)
