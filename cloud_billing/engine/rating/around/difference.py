"""A correction: what a charge costs as of now, less what it and its corrections have billed."""

from decimal import Decimal

from ...numbers import exact, to_text
from ..result import RatedPart, RatedResult
from ..telling.explain_around import AROUND_THE_WHOLE
from ..texts import as_text
from ..version import ENGINE_VERSION


def difference(now, billed_amount, billed_quantity, billed_granted=(), billed_discounts=(), billed_counted=None):
    """The correction that brings what was billed to `now`.

    now: RatedResult of all usage known now, rated with the grants and limits as they stand without what the charge and
    its corrections took of them. billed_amount, billed_quantity: sums over the charge's rated lines and those of its
    corrections, rounded as billed; billed_quantity None where no quantity was billed. billed_granted, billed_discounts,
    billed_counted: sums of what their results said; pairs (key, sum). The correction's own give back what is no longer
    used, as negative numbers.
    Taking the difference of two totals walks a ladder back through the tiers it had climbed. Nothing is rounded: both
    amounts are. An amount of 0 with a quantity of 0 needs no correction, unless it grants or discounts something.
    """
    if not isinstance(billed_amount, Decimal):
        raise TypeError(f"billed_amount is an exact Decimal, not {type(billed_amount).__name__}: {billed_amount!r}")
    with exact():
        amount = now.amount - billed_amount
        quantity = _subtract(now.quantity, billed_quantity)
        counted = _subtract(now.counted, billed_counted)
        granted = _subtract_pairs(now.granted, billed_granted)
        discounts = _subtract_pairs(now.discounts, billed_discounts)
    compared = {
        "amount_now": to_text(now.amount),
        "amount_billed": to_text(billed_amount),
        "quantity_now": as_text(now.quantity),
        "quantity_billed": as_text(billed_quantity),
    }
    return RatedResult(
        amount_exact=amount,
        amount=amount,
        quantity=quantity,
        unit_price=None,
        parts=(RatedPart("difference", amount, quantity=quantity, is_prorated=False),),
        workings=_make_workings(now, amount, quantity, compared),
        statement=_make_statement(now, amount, quantity, compared),
        granted=granted,
        discounts=discounts,
        counted=counted,
        unit=now.unit,
    )


def _subtract_pairs(now, billed):
    """What each key has more or less than was billed, in the order of now; nothing of a key that is even."""
    sums = {}
    for sign, pairs in ((1, now), (-1, billed)):
        for key, value in pairs:
            sums[key] = sums.get(key, Decimal(0)) + sign * value
    return tuple((key, value) for key, value in sums.items() if value)


def _subtract(quantity_now, quantity_billed):
    """Usage that is gone counts as zero against what was billed; None stays None only where neither is known."""
    if quantity_now is None and quantity_billed is None:
        return None
    return (quantity_now or Decimal(0)) - (quantity_billed or Decimal(0))


def _make_workings(now, amount, quantity, compared):
    return {
        "engine_version": ENGINE_VERSION,
        "steps": [{"step": "difference", "before": compared["amount_billed"], "after": to_text(amount), **compared}],
        "quantity": as_text(quantity),
        "amount_exact": to_text(amount),
        "amount": to_text(amount),
        "currency": now.workings["currency"],
        "now": now.workings,
    }


def _make_statement(now, amount, quantity, compared):
    shown = {name: value for name, value in now.statement.items() if name not in AROUND_THE_WHOLE}
    return {
        **shown,
        "quantity": as_text(quantity),
        "unit_price": None,
        "tiers": [],
        "rows": [],
        "amount": to_text(amount),
        "correction": compared,
    }
