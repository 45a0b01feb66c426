"""A minimum spend or a commitment over several charges: what is missing is billed as a true-up."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, Inexact

from ...numbers import divide, exact, round_to, to_text, trim
from ..errors import FactsError
from ..facts import Proration, check_proration, require_fact
from ..pricing.steps import tell_rounding
from ..result import RatedPart, RatedResult
from ..terms import RuleFacts
from ..texts import describe_proration, describe_rule
from ..version import ENGINE_VERSION

_ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What was agreed for one interval and what came of it.

    minimum: for a whole period or term. billed: the rounded amounts that count towards it, discounts taken off, added
    up. proration: the share of the period that was served, None for the whole of it.
    """

    minimum: Decimal
    billed: Decimal
    currency: str
    rounding: Decimal
    service_start: date
    service_end: date
    proration: Proration | None = None
    rule: RuleFacts | None = None


def true_up(commitment):
    """What is due beyond what was billed: the minimum, or its share, less what counts towards it; never below 0.

    Where credits make what was billed negative it counts as nothing, as with the minimum of a rule (limits.py): a
    minimum that swallowed a credit would keep money that was charged earlier. Nothing but the true-up is rounded.
    A RatedResult without a quantity; when what was billed changes, the correction is a difference (difference.py).
    Raises FactsError minimum_negative, interval, rounding, proration, too_many_digits. Example: docs/prices.md
    "Minimum spend and commitments".
    """
    _check(commitment)
    try:
        with exact():
            return _true_up(commitment)
    except Inexact as error:
        raise FactsError("too_many_digits", minimum=commitment.minimum, billed=commitment.billed) from error


def _true_up(commitment):
    steps = []
    due = _take_share(commitment, steps)
    amount_exact = max(due - max(commitment.billed, _ZERO), _ZERO)
    steps.append(
        {
            "step": "true_up",
            "before": to_text(due),
            "after": to_text(amount_exact),
            "billed": to_text(commitment.billed),
        }
    )
    amount = round_to(amount_exact, commitment.rounding)
    steps.append(tell_rounding(amount_exact, amount, commitment.rounding))
    return RatedResult(
        amount_exact=amount_exact,
        amount=amount,
        quantity=None,
        unit_price=None,
        parts=(RatedPart("true_up", amount_exact, is_prorated=False),),
        workings={
            "engine_version": ENGINE_VERSION,
            "rule": describe_rule(commitment.rule),
            "true_up": describe_commitment(commitment),
            "usage": "none",
            "steps": steps,
            "amount_exact": to_text(amount_exact),
            "amount": to_text(amount),
            "currency": commitment.currency,
        },
        statement=_make_statement(commitment, due, amount),
    )


def _take_share(commitment, steps):
    share = commitment.proration
    if share is None:
        return commitment.minimum
    due = trim(divide(commitment.minimum * share.numerator, Decimal(share.denominator)))
    steps.append(
        {
            "step": "proration",
            "before": to_text(commitment.minimum),
            "after": to_text(due),
            "prorated": to_text(commitment.minimum),
            "numerator": share.numerator,
            "denominator": share.denominator,
            "label": share.label,
        }
    )
    return due


def describe_commitment(commitment):
    """The commitment as JSON; with its rule it is a request that comes to the same."""
    return {
        "minimum": to_text(commitment.minimum),
        "billed": to_text(commitment.billed),
        "currency": commitment.currency,
        "rounding": to_text(commitment.rounding),
        "service_start": commitment.service_start.isoformat(),
        "service_end": commitment.service_end.isoformat(),
        "proration": describe_proration(commitment.proration),
    }


def _make_statement(commitment, due, amount):
    """The customer's view, with the keys of every statement, and what was agreed and billed."""
    return {
        "usage": "none",
        "quantity": None,
        "unit": "",
        "unit_price": None,
        "tiers": [],
        "rows": [],
        "proration": describe_proration(commitment.proration),
        "service_start": commitment.service_start.isoformat(),
        "service_end": commitment.service_end.isoformat(),
        "currency": commitment.currency,
        "amount": to_text(amount),
        "true_up": {
            "minimum": to_text(commitment.minimum),
            "due": to_text(due),
            "billed": to_text(commitment.billed),
        },
    }


def _check(commitment):
    for name in ("minimum", "billed", "rounding"):
        require_fact(getattr(commitment, name), name)
    if commitment.minimum < 0:
        raise FactsError("minimum_negative", minimum=commitment.minimum)
    if commitment.rounding <= 0:
        raise FactsError("rounding", rounding=commitment.rounding)
    if not commitment.service_start < commitment.service_end:
        raise FactsError("interval", service_start=commitment.service_start, service_end=commitment.service_end)
    if commitment.proration is not None:
        check_proration(commitment.proration)
