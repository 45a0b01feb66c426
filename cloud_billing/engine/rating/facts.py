"""What is to be priced: RatingFacts, and what of them contradicts itself. What comes out: result.py."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .errors import FactsError
from .formula import MEASURED


@dataclass(frozen=True)
class Proration:
    """The share of a period's agreed price that is charged: numerator / denominator, whole numbers.

    label: what they count, for the reader: "days".
    """

    numerator: int
    denominator: int
    label: str = "days"


@dataclass(frozen=True)
class Exchange:
    """One unit of from_currency is `rate` units of to_currency, says `source` on `date`."""

    rate: Decimal
    from_currency: str
    to_currency: str
    source: str
    date: date


@dataclass(frozen=True)
class DimensionQuantity:
    """The share of a quantity that has one combination of dimension values; a row without a dimension has "" there."""

    values: tuple[tuple[str, str], ...]
    quantity: Decimal


@dataclass(frozen=True)
class Grant:
    """An included quantity that a stretch may draw on, in the priced unit, as it stands before the stretch.

    key: what the caller books the use on. expires: first day on which it is gone, None: with the period.
    """

    key: int | str
    label: str
    quantity: Decimal
    expires: date | None = None


@dataclass(frozen=True, kw_only=True)
class RatingFacts:
    """One quantity or cost over one stretch of service.

    quantity: in `unit`; None = no usage, 0 = usage of zero. cost: the provider's cost on the rule's cost basis, in
    exchange.from_currency, or in `currency` where there is no exchange; None = no cost is known.
    proration: for agreed prices only; what was measured is already of this stretch.
    rounding: the currency's step (0.01, 1, 0.001). service_start, service_end: local dates, half-open.
    rows, usage_number: how many usage rows were counted, and up to which import number.

    value: the money that events moved, in `currency`, for percentage and dynamic prices. events: the value of each
    event in the order of service, where a price looks at single events. dimensions: the quantity by the dimensions that
    a matrix names; they add up to `quantity`. variables: (name, number) for a formula, besides quantity, cost, value.

    carried: the measured quantity of the counter's cycle before this stretch (annual tiers billed monthly), in `unit`;
    for graduated_percentage the value before it. None: nothing was measured yet, the counter starts with the stretch.
    carried_counted: what of it stands on the counter, in the priced unit: the sum of RatedResult.counted of the cycle
    so far. Needed where each stretch's quantity is rounded on its own or where earlier stretches drew on grants; None:
    all that was carried, converted.
    grants: included quantities, in the order in which they are used up.
    period_share: the share of its billing period that the stretch is, for maximum, minimum and amounts of adjustments;
    None: as proration says, else the whole.
    """

    quantity: Decimal | None
    unit: str
    currency: str
    rounding: Decimal
    service_start: date
    service_end: date
    cost: Decimal | None = None
    proration: Proration | None = None
    exchange: Exchange | None = None
    rows: int | None = None
    usage_number: int | None = None
    value: Decimal | None = None
    events: tuple[Decimal, ...] | None = None
    dimensions: tuple[DimensionQuantity, ...] = ()
    variables: tuple[tuple[str, Decimal], ...] = ()
    carried: Decimal | None = None
    grants: tuple[Grant, ...] = ()
    carried_counted: Decimal | None = None
    period_share: Proration | None = None


def check_facts(facts):
    """Raise FactsError when the facts contradict themselves, TypeError when a number is not a Decimal.

    Call it under exact(): single numbers are added up.
    """
    if facts.quantity is not None:
        require_fact(facts.quantity, "quantity")
    if facts.cost is not None:
        require_fact(facts.cost, "cost")
    _check_measures(facts)
    require_fact(facts.rounding, "rounding")
    if facts.rounding <= 0:
        raise FactsError("rounding", rounding=facts.rounding)
    if not facts.service_start < facts.service_end:
        raise FactsError("interval", service_start=facts.service_start, service_end=facts.service_end)
    for proration in (facts.proration, facts.period_share):
        if proration is not None:
            check_proration(proration)
    if facts.carried is not None:
        _check_counter(facts)
    check_grants(facts.grants)
    if facts.exchange is not None:
        check_exchange(facts.exchange, facts.currency)


def check_grants(grants):
    """Raise TypeError, FactsError where less than nothing is granted."""
    for grant in grants:
        require_fact(grant.quantity, "grants")
        if grant.quantity < 0:
            raise FactsError("grant_negative", grant=grant.key, quantity=grant.quantity)


def _check_measures(facts):
    """The facts that only some charge models read: exact numbers that agree with each other."""
    if facts.value is not None:
        require_fact(facts.value, "value")
    if facts.events is not None:
        _check_total(facts.events, facts.value, "events")
    if facts.dimensions:
        _check_total([share.quantity for share in facts.dimensions], facts.quantity, "dimensions")
    if facts.variables:
        _check_variables(facts.variables)


def _check_variables(variables):
    names = set()
    for name, number in variables:
        if name in MEASURED:
            raise FactsError("variable_name_taken", name=name)
        if name in names:
            raise FactsError("variable_twice", name=name)
        names.add(name)
        require_fact(number, name)


def _check_total(numbers, total, name):
    """Raise FactsError where single numbers do not add up to the total that stands beside them."""
    for number in numbers:
        require_fact(number, name)
    if total is None:
        return
    added = sum(numbers, Decimal(0))
    if added != total:
        raise FactsError(f"{name}_do_not_add_up", added=added, total=total)


def check_proration(proration):
    """Raise TypeError where a share is not of whole numbers, FactsError where it is none."""
    for name in ("numerator", "denominator"):
        value = getattr(proration, name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"proration counts in whole numbers, not {type(value).__name__}: {value!r}")
    if proration.numerator < 0 or proration.denominator <= 0:
        raise FactsError("proration", numerator=proration.numerator, denominator=proration.denominator)


def _check_counter(facts):
    for name in ("carried", "carried_counted"):
        if getattr(facts, name) is not None:
            require_fact(getattr(facts, name), name)
    # A share of a period is of an agreed price; what a counter counts was measured.
    if facts.proration is not None:
        raise FactsError("counter_prorated", numerator=facts.proration.numerator)


def check_exchange(exchange, currency):
    """Raise TypeError, FactsError for a rate that is none, or one into another currency than `currency`."""
    require_fact(exchange.rate, "rate")
    if exchange.rate <= 0:
        raise FactsError("exchange_rate", rate=exchange.rate)
    if exchange.to_currency != currency:
        raise FactsError("exchange_currency", to_currency=exchange.to_currency, currency=currency)


def require_fact(value, name):
    """Refuse what is not a finite Decimal. Raises TypeError (a float has lost digits already) or FactsError."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} is an exact Decimal, not {type(value).__name__}: {value!r}")
    if not value.is_finite():
        raise FactsError("not_finite", name=name)
