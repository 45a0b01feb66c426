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

With a counter over a longer cycle than the bill's (facts.carried) 4 and the percentages of 5 and 6 run twice, for the
cycle with the stretch and for the cycle before it, each is rounded, and the stretch goes on with the difference: so
any split of a year's usage adds up to the year. Amounts, limits, maximum and minimum are of the stretch: 5 a month is
not 5 a year.
"""

from dataclasses import replace
from decimal import Inexact
from typing import NamedTuple

from ..numbers import exact, round_to, to_text
from .around.grants import include
from .checking.checks import check_terms
from .checking.checks_around import check_adjustment, check_around
from .errors import FactsError
from .facts import check_facts
from .models import PRICERS
from .pricing.adjustments import Change, change, discount, put_in_order
from .pricing.conversion import convert
from .pricing.counter import get_counted, note_counter, set_counter, subtract_changes, subtract_parts
from .pricing.limits import cap, reach_minimum
from .pricing.running import Running, add_up, take_share
from .pricing.steps import tell_rounding
from .result import RatedPart, RatedResult, check_parts
from .telling.explain import Explanation, Price, describe_part
from .telling.explain_around import show_changes
from .texts import describe_exchange


class _Charged(NamedTuple):
    """What the charge model and the changes that know no limit made of a quantity."""

    parts: tuple[RatedPart, ...]
    running: Running
    changes: list[Change]


def rate(terms, facts, pricer=None, resolution=None, adjustments=()):
    """Price facts by terms: RatedResult.

    pricer: (terms, facts) -> list of RatedPart, for a charge model of another module; it does its own checks.
    resolution: of resolve(); its reasons go into the workings. adjustments: Adjustments that apply, broad to narrow;
    discounts among them come after the others, see put_in_order(). Raises TermsError, TierError, FactsError
    (too_many_digits where a product needs more than 120); TypeError for a number that is not a Decimal.
    """
    if pricer is None or terms.charge_model in PRICERS:
        check_terms(terms)
    else:
        check_around(terms)
    for adjustment in adjustments:
        check_adjustment(adjustment)
    try:
        with exact():
            check_facts(facts)
            return _rate(terms, facts, pricer or PRICERS[terms.charge_model], resolution, tuple(adjustments))
    except Inexact as error:
        raise FactsError("too_many_digits", quantity=facts.quantity, cost=facts.cost) from error


def _rate(terms, facts, price, resolution, adjustments):
    """The conductor: every step in its order; each takes a value, returns the next one and notes what it did."""
    steps = []
    priced = _exchange(facts, steps)
    priced = convert(terms.conversion, priced, steps)
    charged, drawn = include(terms, priced, steps)
    price = _price(terms, charged, price, put_in_order(adjustments), steps)
    return _make_result(terms, facts, priced, charged, drawn, price, steps, resolution, adjustments)


def _price(terms, facts, price, adjustments, steps):
    """Steps 4 to 10 of a quantity. Where nothing was used nothing is adjusted; a minimum is due all the same."""
    changing, limiting = adjustments
    charge = _charge if facts.carried is None else _charge_on_counter
    charged = charge(terms, facts, price, changing, steps)
    running, changes, taken = charged.running, charged.changes, ()
    if charged.parts and limiting:
        running, more, taken = discount(
            running, limiting, facts, steps, finish=lambda due: _finish(due, terms, facts, [])[1]
        )
        changes = [*changes, *more]
    amount_exact, amount = _finish(running, terms, facts, steps)
    return Price(charged.parts, changes, amount_exact, amount, taken)


def _charge(terms, facts, price, changing, steps):
    """Steps 4 to 6, without the discounts that have a limit."""
    parts = tuple(price(terms, facts))
    check_parts(parts)
    running, changes = add_up(parts), []
    steps.append((_tell_parts, parts, running.whole))
    if parts and changing:
        running, changes = change(running, changing, facts, steps)
    return _Charged(parts, running, changes)


def _charge_on_counter(terms, facts, price, changing, steps):
    """The stretch's share of a longer cycle: the cycle up to its end, less the cycle up to its start, both rounded."""
    now, then = set_counter(terms, facts)
    percentages = [one for one in changing if one.amount is None]
    before_steps = []
    before = _charge(terms, then, price, percentages, before_steps)
    total = _charge(terms, now, price, percentages, steps)
    amounts = [
        _round(one.running.whole, facts.rounding, noted) for one, noted in ((before, before_steps), (total, steps))
    ]
    note_counter(facts, *amounts, before_steps, steps)
    due = Running(plain=amounts[1] - amounts[0])
    if get_counted(terms, facts) is None:
        return _Charged((), due, [])
    own, own_changes = Running(), []
    if len(percentages) < len(changing):
        own, own_changes = change(own, changing, facts, steps)
    changes = subtract_changes(total.changes, before.changes, own_changes)
    return _Charged(subtract_parts(total.parts, before.parts), due.plus_running(own), changes)


def _finish(running, terms, facts, steps):
    """(amount exactly, amount rounded) of a running amount: steps 7 to 10."""
    amount = take_share(running, facts, steps)
    amount = cap(amount, terms, facts, steps)
    amount = reach_minimum(amount, terms, facts, steps)
    return amount, _round(amount, facts.rounding, steps)


def _exchange(facts, steps):
    """The facts with their cost in the plan's currency."""
    if facts.exchange is None or facts.cost is None:
        return facts
    exchange = facts.exchange
    cost = facts.cost * exchange.rate
    steps.append((_tell_exchange, facts.cost, cost, exchange))
    return replace(facts, cost=cost)


def _tell_exchange(before, after, exchange):
    return {"step": "exchange", "before": to_text(before), "after": to_text(after), **describe_exchange(exchange)}


def _tell_parts(parts, whole):
    """The sum of the charge model's parts."""
    return {
        "step": "charge_model",
        "before": None,
        "after": to_text(whole),
        "parts": [describe_part(part) for part in parts],
    }


def _round(amount_exact, rounding, steps):
    """The amount to the currency's step."""
    amount = round_to(amount_exact, rounding)
    steps.append((tell_rounding, amount_exact, amount, rounding))
    return amount


def _make_result(terms, facts, priced, charged, drawn, price, steps, resolution, adjustments):
    shown, rows = show_changes(price.parts, price.changes)
    unit_price = shown[0].unit_price if len(shown) == 1 else None
    return RatedResult.explained_by(
        Explanation(
            terms, facts, priced, charged, drawn, price, shown, rows, unit_price, steps, resolution, adjustments
        ),
        amount_exact=price.exact,
        amount=price.amount,
        quantity=priced.quantity,
        unit_price=unit_price,
        parts=price.parts,
        granted=tuple([(one.grant.key, one.used) for one in drawn if one.used]),
        discounts=price.taken,
        counted=get_counted(terms, charged),
        unit=priced.unit,
    )
