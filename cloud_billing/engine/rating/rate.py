"""The order of one price. This is the only place that knows it.

    1. exchange     the provider's cost into the plan's currency: a percentage of it must be in the customer's money
    2. charge model unrounded, for a whole period
    3. proration    the share of the period, taken from the sum of the parts: dividing each part would lose digits
    4. rounding     once, half up, to the currency's step: so grouping lines on an invoice never changes a total

Quantity conversion and allowances belong before 2; adjustments, discount, maximum and minimum between 3 and 4.
"""

from dataclasses import replace
from decimal import Decimal, Inexact

from ..numbers import divide, exact, round_to, to_text, trim
from .checks import check_terms
from .errors import FactsError
from .explain import ENGINE_VERSION, describe_part, make_statement, make_workings
from .facts import RatedResult, check_facts, check_parts
from .models import PRICERS

__all__ = ["ENGINE_VERSION", "rate"]


def rate(terms, facts, pricer=None, resolution=None):
    """Price facts by terms: RatedResult.

    pricer: (terms, facts) -> list of RatedPart, for a charge model of another module; it does its own checks.
    resolution: of resolve(); its reasons go into the workings. Raises TermsError, TierError, FactsError
    (too_many_digits where a product needs more than 120); TypeError for a number that is not a Decimal.
    """
    if pricer is None or terms.charge_model in PRICERS:
        check_terms(terms)
    check_facts(facts)
    try:
        with exact():
            return _rate(terms, facts, pricer or PRICERS[terms.charge_model], resolution)
    except Inexact as error:
        raise FactsError("too_many_digits", quantity=facts.quantity, cost=facts.cost) from error


def _rate(terms, facts, price, resolution):
    """The conductor: every step in its order; each takes a value, returns the next one and notes what it did."""
    steps = []
    priced = _exchange(facts, steps)
    parts = tuple(price(terms, priced))
    check_parts(parts)
    amount_exact = _add_up(parts, steps)
    amount_exact = _prorate(amount_exact, parts, facts.proration, steps)
    amount = _round(amount_exact, facts.rounding, steps)
    return _make_result(terms, facts, priced, parts, steps, amount_exact, amount, resolution)


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


def _add_up(parts, steps):
    """The sum of the charge model's parts."""
    amount = sum((part.amount for part in parts), Decimal(0))
    steps.append(
        {
            "step": "charge_model",
            "before": None,
            "after": to_text(amount),
            "parts": [describe_part(part) for part in parts],
        }
    )
    return amount


def _prorate(amount, parts, proration, steps):
    """The amount with the share of its prorated parts, divided once."""
    if proration is None:
        return amount
    whole = sum((part.amount for part in parts if part.is_prorated), Decimal(0))
    share = trim(divide(whole * proration.numerator, Decimal(proration.denominator)))
    after = amount - whole + share
    steps.append(
        {
            "step": "proration",
            "before": to_text(amount),
            "after": to_text(after),
            "prorated": to_text(whole),
            "numerator": proration.numerator,
            "denominator": proration.denominator,
            "label": proration.label,
        }
    )
    return after


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


def _make_result(terms, facts, priced, parts, steps, amount_exact, amount, resolution):
    usage = _get_usage(priced, parts)
    unit_price = parts[0].unit_price if len(parts) == 1 else None
    return RatedResult(
        amount_exact=amount_exact,
        amount=amount,
        quantity=priced.quantity,
        unit_price=unit_price,
        parts=parts,
        workings=make_workings(terms, facts, usage, steps, amount_exact, amount, priced.cost, resolution),
        statement=make_statement(priced, usage, priced.quantity, unit_price, parts, amount),
    )


def _get_usage(facts, parts):
    """none (nothing was measured), zero (a measurement of zero) or some: three answers, never one."""
    measured = [number for number in (facts.quantity, facts.cost, facts.value) if number is not None]
    measured += [*(facts.events or ()), *(number for _name, number in facts.variables)]
    if not parts or not measured:
        return "none"
    return "some" if any(measured) else "zero"
