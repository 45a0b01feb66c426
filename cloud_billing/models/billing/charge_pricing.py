"""One charge to its priced parts: where its price changes, which quantity or cost it takes, what the engine answers.

Works on dicts and engine values only: no records, no database, so that ten thousand charges take no statement here.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from ...engine.rating import (
    AmbiguousPrice,
    Exchange,
    PriceMissing,
    Proration,
    RatedResult,
    RatingFacts,
    Resolution,
    Terms,
    get_reads,
    rate,
    resolve,
    resolve_stretches,
)
from .exchange_rates import NoRate
from .usage_facts import Refused, StretchUsage, check_measured_cost, get_unit

# Where nothing was used no price is needed; the charge still says that it was looked at.
_NO_PRICE = Terms("none")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """The part of a charge in which one price holds. utc_start, utc_end: None is open (a provider's whole month).

    resolution: None where no price was found.
    """

    start: date
    end: date
    utc_start: datetime | None
    utc_end: datetime | None
    resolution: Resolution | None


@dataclass(frozen=True, kw_only=True)
class Priced:
    """One rated part: its stretch and price, the engine's answer, and what only the books want to know.

    key: which part of its stretch it is, "" where the stretch has one price for all; what was billed of a part is found
    again by stretch and key, also where another version's rule prices it now. measured: the quantity before conversion.
    cost_amount: the provider's billed cost in the line's currency, None where it is not known.
    """

    stretch: Stretch
    result: RatedResult
    resolution: Resolution | None
    key: str = ""
    unit: str = ""
    measured: Decimal | None = None
    rows: int | None = None
    cost_amount: Decimal | None = None
    exchange: Exchange | None = None


def cut(item, candidates, get_bounds):
    """The stretches of a charge in which one price holds, in order. Raises Refused (price_missing, price_ambiguous).

    item: dict of `cloud.rating`. get_bounds: (start, end, tz) -> UTC bounds. A metered charge without a price is one
    stretch without a resolution: whether that matters depends on its usage.
    """
    start, end = item["service_start"], item["service_end"]
    is_metered = item["kind"] == "metered"
    try:
        if item["kind"] == "one_time":
            parts = [(start, end, resolve(candidates, start))]
        else:
            parts = resolve_stretches(start, end, candidates)
    except PriceMissing as error:
        if not is_metered:
            raise refuse_price(item, error.facts["at"]) from error
        parts = [(start, end, None)]
    except AmbiguousPrice as error:
        names = ", ".join(sorted(rule.rule_name for rule in error.rules))
        raise Refused("price_ambiguous", rules=names, **_get_place(item, error.facts["at"])) from error
    if not is_metered:
        return [Stretch(left, right, None, None, resolution) for left, right, resolution in parts]
    instants = [get_bounds(left, right, item["tz"])[0] for left, right, _resolution in parts[1:]]
    # The bounds of the whole were computed once, when the charge was made; a provider's month has none.
    first, last = (None, None) if item["billing_month"] else (item["utc_start"], item["utc_end"])
    bounds = zip([first, *instants], [*instants, last], strict=True)
    return [
        Stretch(left, right, *utc, resolution) for (left, right, resolution), utc in zip(parts, bounds, strict=True)
    ]


def refuse_price(item, at):
    return Refused("price_missing", **_get_place(item, at))


def _get_place(item, at):
    return {
        "line": item["line_name"],
        "customer": item["customer_name"],
        "plan": item["plan_name"],
        "plan_id": item["plan_id"],
        "product_id": item["product_id"],
        "day": at.isoformat()[:10],
    }


def price_agreed(item, stretch, pricer):
    """The priced part of a recurring or one-time charge: the quantity agreed, by the days used of the whole period."""
    used, whole = (stretch.end - stretch.start).days, (item["full_end"] - item["full_start"]).days
    facts = RatingFacts(
        quantity=item["agreed_quantity"],
        unit=item["agreed_unit"] or "",
        currency=item["currency"],
        rounding=item["rounding"],
        service_start=stretch.start,
        service_end=stretch.end,
        proration=None if used == whole else Proration(used, whole),
    )
    return Priced(stretch=stretch, result=_rate(stretch, facts, pricer), resolution=stretch.resolution, unit=facts.unit)


def price_metered(item, stretch, usage, rates, pricer, number):
    """The priced parts of one stretch of usage: one, or one per currency of the provider's cost. Raises Refused.

    usage: StretchUsage, None where there is none. rates: ExchangeRates. number: usage as of this import number.
    """
    usage = usage or StretchUsage()
    if stretch.resolution is None and usage.rows:
        raise refuse_price(item, stretch.start)
    unit = get_unit(usage, item["meter"])
    check_measured_cost(usage, item["meter"])
    facts = RatingFacts(
        quantity=usage.quantity,
        unit=unit,
        currency=item["currency"],
        rounding=item["rounding"],
        service_start=stretch.start,
        service_end=stretch.end,
        rows=usage.rows,
        usage_number=number,
    )
    terms = stretch.resolution.chosen.terms if stretch.resolution else _NO_PRICE
    if "cost" not in get_reads(terms):
        result = _rate(stretch, facts, pricer)
        cost = _get_known_cost(item, stretch, usage.costs, rates)
        return [_make_metered_part(item, stretch, result, facts, cost)]
    return list(_price_by_cost(item, stretch, usage, rates, pricer, facts, terms))


def _price_by_cost(item, stretch, usage, rates, pricer, facts, terms):
    """Priced parts of a price on the provider's cost: one per currency in which the provider bills."""
    costs = usage.costs or {item["currency"]: {}}
    if len(costs) > 1 and terms.fixed is not None:
        raise Refused("several_currencies", currencies=", ".join(sorted(costs)), meter=item["meter"]["name"])
    for currency, by_basis in sorted(costs.items()):
        cost = by_basis.get(terms.cost_basis)
        exchange = _get_exchange(item, stretch, currency, rates) if cost is not None else None
        # One quantity cannot be shown with several costs: it belongs to none of them alone.
        quantity = facts.quantity if len(costs) == 1 else None
        given = replace(facts, cost=cost, exchange=exchange, quantity=quantity)
        result = _rate(stretch, given, pricer)
        cost_amount = _get_known_cost(item, stretch, {currency: by_basis} if by_basis else {}, rates)
        yield _make_metered_part(item, stretch, result, given, cost_amount)


def _make_metered_part(item, stretch, result, facts, cost_amount):
    return Priced(
        stretch=stretch,
        result=_without_cost(item, result),
        resolution=stretch.resolution,
        unit=facts.unit,
        measured=facts.quantity,
        rows=facts.rows,
        cost_amount=cost_amount,
        exchange=facts.exchange,
    )


def _rate(stretch, facts, pricer):
    if stretch.resolution is None:
        return rate(_NO_PRICE, facts, pricer=lambda terms, facts: [])
    return rate(stretch.resolution.chosen.terms, facts, pricer=pricer, resolution=stretch.resolution)


def _get_exchange(item, stretch, currency, rates):
    """The rate of the last day of service: the price depends on the service alone, not on when somebody bills it.

    So that rating again next month, or correcting, gives the same amount. None where there is nothing to convert.
    """
    if currency == item["currency"]:
        return None
    day = stretch.end - _ONE_DAY
    if not currency:
        raise Refused("cost_without_currency", line=item["line_name"], customer=item["customer_name"])
    try:
        return rates.get(currency, item["currency"], day)
    except NoRate as missing:
        raise Refused(
            "rate_missing",
            currency=missing.currency,
            day=day.isoformat(),
            line=item["line_name"],
            customer=item["customer_name"],
        ) from missing


def _get_known_cost(item, stretch, costs, rates):
    """The provider's billed cost in the line's currency for the margin, or None: a price does not wait for it.

    With every digit: nothing is billed by it, and the costs of a run must add up to the provider's own total.
    """
    total = Decimal(0)
    for currency, by_basis in costs.items():
        if by_basis["billed"] is None:
            return None
        try:
            exchange = _get_exchange(item, stretch, currency, rates)
        except Refused:
            return None
        total += by_basis["billed"] * exchange.rate if exchange else by_basis["billed"]
    return total if costs else None


def _without_cost(item, result):
    """The result without a quantity that is the provider's cost: it must not reach the customer in any price."""
    if item["meter"]["basis"] == "quantity" or item["meter"]["aggregation"] == "count":
        return result
    statement = {**result.statement, "quantity": None, "unit": "", "unit_price": None, "tiers": [], "rows": []}
    return replace(result, quantity=None, unit_price=None, statement=statement)
