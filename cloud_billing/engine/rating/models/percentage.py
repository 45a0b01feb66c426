"""Percentage: a share of the money that was moved, and a fee for each time it was."""

from dataclasses import dataclass
from decimal import Decimal

from ...numbers import PER_CENT
from ..errors import FactsError
from ..result import RatedPart
from .measure import get_measured

_ZERO = Decimal(0)
# Terms that look at single events; without one of them the sum of the value is enough.
EVENT_TERMS = ("fixed_per_event", "free_events", "event_minimum", "event_maximum")


def percentage(terms, facts):
    """Price the value that events moved: percent of it, a fixed fee per event, each event between minimum and maximum.

    Events are taken in the order of service. An event is free as long as it is one of the first free_events (where the
    terms name a number) and the value so far is within free_amount (where they name one): what ends first ends it. Of
    an event that crosses free_amount only the value above is charged. A free event owes neither fee nor minimum.
    A negative event (a refund) gives its percentage back, at most the maximum, and owes neither fee nor minimum; it is
    taken off the value so far, so it undoes what was charged before it undoes what was free. What it takes back beyond
    that was paid in another period: its percentage is given back too, and the value so far is zero then.
    No usage: no part. A value of 0 without single events: a part of amount 0; an event of value 0 owes fee and minimum.
    A negative value in total gives its percentage back. Raises FactsError events_missing where the terms need single
    events. A share of a period is never taken: the value is that of the stretch. Example: docs/prices.md "Percentage".
    """
    value = get_value(facts)
    if value is None:
        return []
    if any(getattr(terms, name) is not None for name in EVENT_TERMS):
        if facts.events is None:
            raise FactsError("events_missing", rows=facts.rows)
        fees = _charge_events(terms, facts.events)
    else:
        fees = _EventFees(charged_value=_get_charged(value, terms.free_amount or _ZERO))
    return _make_parts(terms, value, fees)


def get_value(facts):
    """The value in total, None when there was no usage. Raises FactsError value_missing."""
    if facts.value is None and facts.events:
        return sum(facts.events, _ZERO)
    return get_measured(facts, "value")


@dataclass
class _EventFees:
    """What the events owe together. charged_events: those that owe the fixed fee."""

    charged_value: Decimal = _ZERO
    charged_events: int = 0
    free_events: int = 0
    raised_events: int = 0
    raised_amount: Decimal = _ZERO
    capped_events: int = 0
    capped_amount: Decimal = _ZERO


def _charge_events(terms, events):
    """The fees of single events, added up: a million events make one statement."""
    fees, running, seen = _EventFees(), _ZERO, 0
    has_free = terms.free_events is not None or terms.free_amount is not None
    # Up to this running total nothing is charged; None is no bound.
    free_up_to = terms.free_amount if has_free else _ZERO
    share, fixed = (terms.percent or _ZERO) * PER_CENT, terms.fixed_per_event or _ZERO
    minimum, maximum = terms.event_minimum, terms.event_maximum
    for value in events:
        is_refund = value < 0
        if not is_refund:
            seen += 1
            # Later ones are charged in full, also those that come after a refund of a free one.
            if terms.free_events is not None and seen > terms.free_events:
                free_up_to = running if free_up_to is None else min(free_up_to, running)
        charged = _get_charged(running + value, free_up_to) - _get_charged(running, free_up_to)
        # Of an event of value 0 nothing is charged anywhere: it is free where a payment would be.
        is_free = not is_refund and not charged and (value > 0 or free_up_to is None or running < free_up_to)
        running = max(running + value, _ZERO)
        if is_free:
            fees.free_events += 1
            continue
        fees.charged_value += charged
        fee = charged * share
        if not is_refund:
            fees.charged_events += 1
            fee += fixed
            if minimum is not None and fee < minimum:
                fees.raised_events += 1
                fees.raised_amount += minimum - fee
        if maximum is not None and abs(fee) > maximum:
            fees.capped_events += 1
            fees.capped_amount += (maximum if fee > 0 else -maximum) - fee
    return fees


def _get_charged(total, free_up_to):
    """How much of a running total is charged. Below zero all of it is given back: free value is for payments."""
    if total < 0:
        return total
    return _ZERO if free_up_to is None or total <= free_up_to else total - free_up_to


def _make_parts(terms, value, fees):
    """What was charged, by kind; a kind that came to nothing is left out, the percentage never is."""
    percent = terms.percent or _ZERO
    charged = fees.charged_value
    parts = [
        RatedPart(
            "percentage",
            charged * percent * PER_CENT,
            is_prorated=False,
            details=(("value", value), ("free_value", value - charged), ("percent", percent)),
        )
    ]
    counted = (
        ("event_fixed", fees.charged_events, "fixed_per_event", None),
        ("event_minimum", fees.raised_events, "event_minimum", fees.raised_amount),
        ("event_maximum", fees.capped_events, "event_maximum", fees.capped_amount),
    )
    for label, events, term, amount in counted:
        limit = getattr(terms, term)
        if limit is None or not events:
            continue
        details = (("events", events), (term, limit))
        if label == "event_fixed":
            amount = limit * events
            details = (("events", events), ("free_events", fees.free_events), (term, limit))
        parts.append(RatedPart(label, amount, is_prorated=False, details=details))
    return parts
