"""The order of one price. This is the only place that knows it.

    1. exchange     the provider's cost into the plan's currency: a percentage of it must be in the customer's money
    2. conversion   the quantity into the priced unit, rounded to a step: what is included is promised in that unit
    3. included     quantities that are granted are used up before anything is priced: ladders start behind them
    4. charge model unrounded, for a whole period
    5. adjustments  of the price, broad to narrow, each of what the one before left
    6. discounts    after the price is known; never through zero, never more than their limit
    7. proration    the share of the period, taken from the sums: dividing each part would lose digits
    8. maximum      the contract promises that no more is due, whatever was adjusted
    9. minimum      the contract promises that it is paid in full, whatever was discounted
   10. rounding     once, half up, to the currency's step: so grouping lines on an invoice never changes a total

With a counter over a longer cycle (facts.carried) 4 to 10 run twice, for the cycle with the stretch and for the cycle
before it, and the stretch owes the difference of the two rounded amounts: any split of a year adds up to the year.
Amounts of adjustments and limited discounts are of the stretch and come after that difference.
"""

from dataclasses import dataclass, replace
from decimal import Decimal, Inexact

from ..numbers import exact, round_to, to_text
from .adjustments import Change, adjust, discount
from .checks import check_terms
from .checks_around import check_adjustment, check_around
from .conversion import convert
from .counter import (
    get_counted,
    is_of_the_cycle,
    is_on_counter,
    note_counter,
    set_counter,
    subtract_changes,
    subtract_parts,
)
from .errors import FactsError
from .explain import ENGINE_VERSION, describe_part, make_statement, make_workings
from .explain_around import describe_adjustment, make_statement_around, show_changes
from .facts import RatedPart, RatedResult, check_facts, check_parts
from .grants import include
from .limits import cap, reach_minimum
from .models import PRICERS
from .running import Running, add_up, take_share

__all__ = ["ENGINE_VERSION", "rate"]

_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Price:
    """What the steps from the charge model on make of a quantity. amount: rounded; taken: see RatedResult.discounts."""

    parts: tuple[RatedPart, ...]
    changes: list[Change]
    exact: Decimal
    amount: Decimal
    taken: tuple = ()


def rate(terms, facts, pricer=None, resolution=None, adjustments=()):
    """Price facts by terms: RatedResult.

    pricer: (terms, facts) -> list of RatedPart, for a charge model of another module; it does its own checks.
    resolution: of resolve(); its reasons go into the workings. adjustments: Adjustments that apply, broad to narrow;
    discounts among them come after the others, whatever their place. Raises TermsError, TierError, FactsError
    (too_many_digits where a product needs more than 120); TypeError for a number that is not a Decimal.
    """
    if pricer is None or terms.charge_model in PRICERS:
        check_terms(terms)
    else:
        check_around(terms)
    for adjustment in adjustments:
        check_adjustment(adjustment)
    check_facts(facts)
    try:
        with exact():
            return _rate(terms, facts, pricer or PRICERS[terms.charge_model], resolution, tuple(adjustments))
    except Inexact as error:
        raise FactsError("too_many_digits", quantity=facts.quantity, cost=facts.cost) from error


def _rate(terms, facts, price, resolution, adjustments):
    """The conductor: every step in its order; each takes a value, returns the next one and notes what it did."""
    steps = []
    priced = _exchange(facts, steps)
    priced = convert(terms.conversion, priced, steps)
    charged, drawn = include(terms, priced, steps)
    way = _price_on_counter if is_on_counter(facts) else _price
    result = way(terms, charged, price, adjustments, steps)
    return _make_result(terms, facts, priced, charged, drawn, result, steps, resolution, adjustments)


def _price(terms, facts, price, adjustments, steps, is_minimum_due=True):
    """Steps 4 to 10 of one quantity. Where nothing was used nothing is adjusted; a minimum is due all the same."""
    parts = tuple(price(terms, facts))
    check_parts(parts)
    running, changes, taken = add_up(parts), [], ()
    _note_parts(parts, running, steps)
    if parts and adjustments:
        running, changes = adjust(running, [one for one in adjustments if not one.is_discount], facts, steps)
        discounts = [one for one in adjustments if one.is_discount]
        running, more, taken = discount(running, discounts, facts, steps, lambda due: _finish(due, terms, facts))
        changes += more
    exact_amount, amount = _finish_with_steps(running, terms, facts, steps, is_minimum_due)
    return _Price(parts, changes, exact_amount, amount, taken)


def _finish_with_steps(running, terms, facts, steps, is_minimum_due):
    """(amount exactly, amount rounded) of a running amount: steps 7 to 10."""
    amount = take_share(running, facts, steps)
    amount = cap(amount, terms, facts, steps)
    if is_minimum_due:
        amount = reach_minimum(amount, terms, facts, steps)
    return amount, _round(amount, facts.rounding, steps)


def _finish(running, terms, facts):
    """What a running amount would come to; a trial of the same steps, noted nowhere."""
    return _finish_with_steps(running, terms, facts, [], is_minimum_due=True)[1]


def _price_on_counter(terms, facts, price, adjustments, steps):
    """The stretch's share of a longer cycle: the cycle up to its end, less the cycle up to its start."""
    of_the_cycle = [one for one in adjustments if is_of_the_cycle(one)]
    now, then = set_counter(terms.charge_model, facts)
    before_steps, before = [], _Price((), [], _ZERO, _ZERO)
    if then is not None:
        before = _price(terms, then, price, of_the_cycle, before_steps, is_minimum_due=False)
    total = _price(terms, now, price, of_the_cycle, steps, is_minimum_due=facts.is_cycle_end is True)
    amount = note_counter(facts, before.amount, total.amount, before_steps, steps)
    amount_exact = total.exact - before.exact
    if get_counted(terms.charge_model, facts) is None:
        return _Price((), [], amount_exact, amount)
    parts = subtract_parts(total.parts, before.parts)
    changes = subtract_changes(total.changes, before.changes)
    return _add_amounts_of_stretch(_Price(parts, changes, amount_exact, amount), facts, adjustments, steps)


def _add_amounts_of_stretch(price, facts, adjustments, steps):
    """Amounts per period, and discounts that are amounts or limited, on what the stretch owes of its cycle."""
    later = [one for one in adjustments if one.is_discount and not is_of_the_cycle(one)]
    amounts = [one for one in adjustments if one.amount is not None and not one.is_discount]
    if not later and not amounts:
        return price
    running = Running(plain=price.amount)
    running, changes = adjust(running, amounts, facts, steps)
    running, more, taken = discount(
        running, later, facts, steps, lambda due: _round(take_share(due, facts, []), facts.rounding, [])
    )
    amount_exact = take_share(running, facts, steps)
    amount = _round(amount_exact, facts.rounding, steps)
    return replace(
        price,
        changes=[*price.changes, *changes, *more],
        exact=price.exact + amount_exact - price.amount,
        amount=amount,
        taken=taken,
    )


def _exchange(facts, steps):
    """The facts with their cost in the plan's currency."""
    if facts.exchange is None or facts.cost is None:
        return facts
    exchange = facts.exchange
    cost = facts.cost * exchange.rate
    steps.append(
        {
            "step": "exchange",
            "before": to_text(facts.cost),
            "after": to_text(cost),
            "rate": to_text(exchange.rate),
            "from_currency": exchange.from_currency,
            "to_currency": exchange.to_currency,
            "source": exchange.source,
            "date": exchange.date.isoformat(),
        }
    )
    return replace(facts, cost=cost)


def _note_parts(parts, running, steps):
    """The sum of the charge model's parts."""
    steps.append(
        {
            "step": "charge_model",
            "before": None,
            "after": to_text(running.whole),
            "parts": [describe_part(part) for part in parts],
        }
    )


def _round(amount_exact, rounding, steps):
    """The amount to the currency's step."""
    amount = round_to(amount_exact, rounding)
    steps.append(
        {
            "step": "rounding",
            "before": to_text(amount_exact),
            "after": to_text(amount),
            "to": to_text(rounding),
            "mode": "half_up",
        }
    )
    return amount


def _make_result(terms, facts, priced, charged, drawn, price, steps, resolution, adjustments):
    usage = _get_usage(priced, price.parts)
    shown, rows = show_changes(price.parts, price.changes)
    unit_price = shown[0].unit_price if len(shown) == 1 else None
    workings = make_workings(terms, facts, usage, steps, price.exact, price.amount, priced.cost, resolution)
    if adjustments:
        workings["adjustments"] = [describe_adjustment(one) for one in adjustments]
    statement = make_statement(priced, usage, priced.quantity, unit_price, shown, price.amount)
    statement.update(make_statement_around(charged, drawn, rows, steps))
    return RatedResult(
        amount_exact=price.exact,
        amount=price.amount,
        quantity=priced.quantity,
        unit_price=unit_price,
        parts=price.parts,
        workings=workings,
        statement=statement,
        granted=tuple((one.grant.key, one.used) for one in drawn if one.used),
        discounts=price.taken,
        counted=get_counted(terms.charge_model, charged),
    )


def _get_usage(facts, parts):
    """none (nothing was measured), zero (a measurement of zero) or some: three answers, never one."""
    measured = [number for number in (facts.quantity, facts.cost, facts.value) if number is not None]
    measured += [*(facts.events or ()), *(number for _name, number in facts.variables)]
    if not parts or not measured:
        return "none"
    return "some" if any(measured) else "zero"
