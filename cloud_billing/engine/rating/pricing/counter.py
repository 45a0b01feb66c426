"""A counter over a longer cycle than the bill's: annual tiers billed monthly, each month a difference of totals."""

from dataclasses import replace
from decimal import Decimal

from ...numbers import to_text
from ..errors import FactsError
from ..texts import as_text
from .steps import tell_steps

_ZERO = Decimal(0)
_BY_VALUE = ("graduated_percentage",)
# Details of a part that count something; all others say at which price or in which tier.
_COUNTED_DETAILS = ("blocks", "free_units", "value", "free_value", "events", "free_events")
# These price each cost, event, cell or agreed quantity by itself: what was there before does not change their price.
_NOT_COUNTED = ("cost_plus", "dynamic", "percentage", "matrix", "formula", "flat")


def can_count(charge_model):
    """Whether what a longer cycle had come to before can change the price of a stretch: carry nothing where not."""
    return charge_model not in _NOT_COUNTED


def get_counted(terms, facts):
    """What the stretch puts on a counter: its quantity, or its value; None where nothing was measured."""
    return facts.value if terms.charge_model in _BY_VALUE else facts.quantity


def set_counter(terms, facts):
    """(facts of the cycle up to and with the stretch, facts of the cycle before it). Raises FactsError.

    facts.carried_counted: as convert() leaves it, in the priced unit. Rows of the stretch without the number that is
    priced stay what they are: a mistake, which the charge model refuses.
    """
    if not can_count(terms.charge_model):
        raise FactsError("counter_not_possible", charge_model=terms.charge_model)
    name = "value" if terms.charge_model in _BY_VALUE else "quantity"
    before, stretch = facts.carried_counted, getattr(facts, name)
    is_missing = stretch is None and facts.rows
    total = None if is_missing else before + (stretch or _ZERO)
    return replace(facts, **{name: total}), replace(facts, **{name: before}, rows=None)


def subtract_parts(total, before):
    """The stretch's own parts: those of the total less those of before, tier by tier and price by price.

    What a part counts besides its quantity (blocks, value, free units) is subtracted too.

    A part of before that has no like in the total (all units were cheaper then) comes with its sign turned. Where the
    stretch adds nothing, the last part of the total is kept, with 0: it says where the counter stands.
    """
    sums = {}
    for sign, parts in ((1, total), (-1, before)):
        for part in parts:
            same = tuple(pair for pair in part.details if pair[0] not in _COUNTED_DETAILS)
            key = part._replace(amount=_ZERO, quantity=None, details=same)
            sums[key] = _add(sums.get(key), part, sign)
    parts = list(sums.values())
    moved = tuple(part for part in parts if part.amount or part.quantity)
    if moved or not total:
        return moved
    return (next(part for part in reversed(parts) if part.tier == total[-1].tier),)


def _add(former, part, sign):
    """The sum of two like parts, each number of its own kind."""
    if former is None:
        former = part._replace(amount=_ZERO, quantity=None, details=_turn_to_zero(part.details))
    quantity = former.quantity
    if part.quantity is not None:
        quantity = (quantity or _ZERO) + sign * part.quantity
    counted = dict(part.details)
    details = tuple(
        (name, value + sign * counted[name] if name in _COUNTED_DETAILS else value) for name, value in former.details
    )
    return former._replace(amount=former.amount + sign * part.amount, quantity=quantity, details=details)


def _turn_to_zero(details):
    return tuple((name, value - value if name in _COUNTED_DETAILS else value) for name, value in details)


def subtract_changes(total, before, own):
    """What adjustments did to the stretch: percentages to its part of the cycle, and to its own amounts.

    total, before: changes of the same percentages, or one is empty. own: those of its amounts and the same percentages.
    """
    moved = {}
    for sign, changes in ((1, total), (-1, before), (1, own)):
        for change in changes:
            key = id(change.adjustment)
            former = moved.get(key, replace(change, amount=_ZERO))
            moved[key] = replace(former, amount=former.amount + sign * change.amount)
    order = [*dict.fromkeys(id(change.adjustment) for change in (own or total or before))]
    return [moved[key] for key in order]


def note_counter(facts, before, total, before_steps, steps):
    """The step that takes what the counter had come to before off what it comes to now; both rounded."""
    steps.append((_tell_counter, facts.carried_counted, before, total, total - before, before_steps))


def _tell_counter(counted_before, before, total, due, before_steps):
    return {
        "step": "counter",
        "before": to_text(total),
        "after": to_text(due),
        "counted_before": as_text(counted_before),
        "amount_before": to_text(before),
        "steps_before": tell_steps(before_steps),
    }
