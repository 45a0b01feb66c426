"""Later changes of a price: adjustments, then discounts, each of the amount that the one before left."""

from dataclasses import dataclass
from decimal import Decimal

from ...numbers import PER_CENT, divide_whole, to_text
from ..terms import Adjustment
from ..texts import as_text, describe_rule
from .running import Running, take_share

_ZERO = Decimal(0)
_ONE = Decimal(1)


@dataclass(frozen=True)
class Change:
    """What one adjustment did. amount: by how much it moved the amount of a whole period, or what a limit left of it.

    is_limited: its limit was reached, so that it took this amount and no percentage.
    """

    adjustment: Adjustment
    amount: Decimal
    is_limited: bool = False


def put_in_order(adjustments):
    """(those that change an amount by what they say alone, those that look at what is left), each in the order given.

    First adjustments of the price, broad to narrow; then discounts in per cent; then discounts that are amounts, which
    stop at zero, or have a limit.
    """
    if not adjustments:
        return [], []
    prices = [one for one in adjustments if not one.is_discount]
    percentages = [one for one in adjustments if one.is_discount and not _has_end(one)]
    return [*prices, *percentages], [one for one in adjustments if one.is_discount and _has_end(one)]


def _has_end(discount):
    return discount.amount is not None or discount.limit is not None


def change(running, adjustments, facts, steps):
    """(Running, list of Change) after adjustments that change an amount by what they say alone, in the order given."""
    changes = []
    for adjustment in adjustments:
        after = _apply(running, adjustment, facts)
        name = "discount" if adjustment.is_discount else "adjustment"
        changes.append(_note(name, adjustment, running, after, steps))
        running = after
    return running, changes


def discount(running, discounts, facts, steps, finish):
    """(Running, list of Change, ((rule id, money taken off), ...)) after discounts that end, in the order given.

    finish: Running -> the rounded amount that it would come to. What a discount with a limit takes off its limit is the
    difference it makes there, so the limit is counted in money that the customer really saves.
    """
    changes, taken = [], []
    for adjustment in discounts:
        after, is_limited = _take_off(running, adjustment, facts)
        money = None if adjustment.limit is None else finish(running) - finish(after)
        if money:
            taken.append((adjustment.rule.rule_id, money))
        changes.append(_note("discount", adjustment, running, after, steps, is_limited, money))
        running = after
    return running, changes, tuple(taken)


def _apply(running, adjustment, facts):
    if adjustment.percent is not None:
        return running.times(_ONE + adjustment.percent * PER_CENT)
    return running.plus(adjustment.amount, facts)


def _take_off(running, discount, facts):
    """(Running, whether the limit was reached).

    A percentage is taken of credits as of charges, with the same limit: a credit gives back what was charged. An amount
    is taken of charges only, down to nothing: it was given once for the period, and a credit does not ask for it again.
    """
    due = take_share(running, facts, [])
    after = _apply(running, discount, facts)
    off = due - take_share(after, facts, [])
    if discount.amount is not None:
        off = min(off, max(due, _ZERO))
        after = Running() if off == due else after
        if off <= 0:
            return running, False
    limit = _get_limit(discount, facts)
    if limit is None or abs(off) <= limit:
        return after, False
    left = limit if off > 0 else -limit
    return Running(running.plain - left, running.prorated, running.shared), True


def _get_limit(discount, facts):
    """The limit in whole steps of the currency: a part of a cent can be taken off no invoice."""
    if discount.limit is None:
        return None
    return divide_whole(discount.limit, facts.rounding)[0] * facts.rounding


def _note(step, adjustment, before, after, steps, is_limited=False, taken=None):
    """The Change from one Running to the next. taken: what a discount takes off its limit."""
    steps.append((_tell_change, step, adjustment, before.whole, after.whole, is_limited, taken))
    return Change(adjustment, after.whole - before.whole, is_limited)


def _tell_change(step, adjustment, before, after, is_limited, taken):
    told = {
        "step": step,
        "before": to_text(before),
        "after": to_text(after),
        "percent": as_text(adjustment.percent),
        "amount": as_text(adjustment.amount),
        "label": adjustment.label,
        "rule": describe_rule(adjustment.rule),
    }
    if adjustment.limit is not None:
        told.update(limit=to_text(adjustment.limit), is_limited=is_limited, taken=to_text(taken))
    return told
