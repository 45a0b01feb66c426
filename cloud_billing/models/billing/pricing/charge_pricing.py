"""The stretches of one charge to its priced parts: which quantity or cost each takes, what the engine answers.

Works on dicts and engine values only: no records, no database, so that ten thousand charges take no statement here.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from ....engine.rating import (
    DimensionQuantity,
    Exchange,
    RatedResult,
    RatingFacts,
    Resolution,
    Terms,
    get_reads,
    get_variables,
    rate,
)
from ..charge.charge_stretches import Stretch, refuse_price
from ..charge.period_share import get_share
from .allowance_pools import NO_POOLS, Draw, NoPools
from .charge_counters import Counters
from .charge_discounts import NO_DISCOUNTS
from .exchange_rates import ExchangeRates, NoRate
from .usage_facts import Refused, StretchUsage, check_measured_cost, check_rows, get_events, get_unit, get_value

# Where nothing was used no price is needed; the charge still says that it was looked at.
_NO_PRICE = Terms("none")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Priced:
    """One rated part: its stretch and price, the engine's answer, and what only the books want to know.

    key: which part of its days it is, "" where they have one price for all; what was billed of a part is found again by
    days and key, also where another version's rule prices it now.
    measured, value: the quantity before conversion, the money that was moved. draws: what it used of what is included,
    of allowance_pools. counter_start: first day of the longer
    cycle over which the price counts on, None where there is none.
    cost_amount: the provider's billed cost in the line's currency, None where it is not known.
    product_id, name, bundle_id: of a bundle's part, which is sold under its own name; else the charge's.
    corrects_id: of a correction, the rated line that it corrects, where its days and key do not say so.
    """

    stretch: Stretch
    result: RatedResult
    resolution: Resolution | None
    key: str = ""
    unit: str = ""
    measured: Decimal | None = None
    value: Decimal | None = None
    draws: tuple[Draw, ...] = ()
    counter_start: date | None = None
    rows: int | None = None
    cost_amount: Decimal | None = None
    exchange: Exchange | None = None
    product_id: int | None = None
    name: str = ""
    bundle_id: int | None = None
    corrects_id: int | None = None


@dataclass(frozen=True)
class Tools:
    """What all charges that are priced together have in common.

    number: usage as of this import number. pricers: {rule id: function or None}; what a contract itself says has the
    engine's own. counters: Counters, what is counted
    over several stretches. pools: Pools, what is included for whom.
    """

    number: int | None
    rates: ExchangeRates
    counters: Counters
    pools: NoPools = NO_POOLS
    pricers: dict = field(default_factory=dict)

    def get_pricer(self, resolution):
        return self.pricers.get(resolution.chosen.rule.rule_id) if resolution else None


def price_stretch(item, stretch, usage, tools):
    """The priced parts of one stretch. Raises Refused.

    usage: StretchUsage, None where there is none or where the quantity was agreed.
    """
    if item["kind"] == "metered":
        return price_metered(item, stretch, usage or StretchUsage(), tools)
    return [price_agreed(item, stretch, tools)]


def price_agreed(item, stretch, tools):
    """The priced part of a recurring or one-time charge: the quantity agreed, by the days used of the whole period."""
    facts = RatingFacts(
        quantity=item["agreed_quantity"],
        unit=item["agreed_unit"] or "",
        currency=item["currency"],
        rounding=item["rounding"],
        service_start=stretch.start,
        service_end=stretch.end,
        proration=get_share(item, stretch.start, stretch.end),
    )
    return Priced(
        stretch=stretch,
        result=_rate(item, stretch, facts, tools),
        resolution=stretch.resolution,
        key=stretch.part_key,
        unit=facts.unit,
    )


def price_metered(item, stretch, usage, tools):
    """The priced parts of one stretch of usage: one, or one per currency of the provider's cost. Raises Refused."""
    if stretch.resolution is None and usage.rows:
        raise refuse_price(item, stretch.start)
    check_rows(usage, item["meter"])
    check_measured_cost(usage, item["meter"])
    terms = stretch.resolution.chosen.terms if stretch.resolution else _NO_PRICE
    values = _get_metered_values(item, stretch, usage, terms, tools)
    if "cost" in get_reads(terms):
        return list(_price_by_cost(item, stretch, usage, terms, RatingFacts(**values), tools))
    carried = tools.counters.get(item, stretch, terms)
    facts = RatingFacts(
        **values,
        carried=carried.measured,
        carried_counted=carried.counted,
        grants=tools.pools.get(item, stretch, values["unit"], terms.conversion) if _can_include(stretch, terms) else (),
    )
    result = _rate(item, stretch, facts, tools)
    part = _make_metered_part(item, stretch, result, facts, usage.costs, tools)
    if facts.grants:
        part = replace(part, draws=tuple(tools.pools.take(item, result.granted)))
    tools.counters.add(item, stretch, part)
    return [part]


def _can_include(stretch, terms):
    """Whether included quantities make a price less: not what is a share of money, and not an extra such as a tax."""
    reads = get_reads(terms)
    return stretch.resolution is not None and not stretch.is_extra and "quantity" in reads and "value" not in reads


def _get_metered_values(item, stretch, usage, terms, tools):
    """What RatingFacts are made of, whatever the price: all but costs and what was counted or included before."""
    reads, named = get_reads(terms), get_variables(terms)
    dimensions = usage.by_combination if "dimensions" in reads else {}
    numbers = _get_numbers(item, stretch) if named else {}
    return {
        "quantity": usage.quantity,
        "unit": get_unit(usage, item["meter"]),
        "currency": item["currency"],
        "rounding": item["rounding"],
        "service_start": stretch.start,
        "service_end": stretch.end,
        "rows": usage.rows,
        "usage_number": tools.number,
        "value": get_value(usage, item) if "value" in reads else None,
        "events": get_events(usage, item, any(stretch.combinations)) if "events" in reads else None,
        "dimensions": tuple(DimensionQuantity(values, quantity) for values, quantity in dimensions.items()),
        "variables": tuple((name, number) for name, number in numbers.items() if name in named),
        "period_share": get_share(item, stretch.start, stretch.end),
    }


def _get_numbers(item, stretch):
    """What a formula may name besides what was measured."""
    numbers = {
        "seats": item["agreed_quantity"],
        "days": Decimal((stretch.end - stretch.start).days),
        "period_days": Decimal((item["full_end"] - item["full_start"]).days),
    }
    return {name: number for name, number in numbers.items() if number is not None}


def _price_by_cost(item, stretch, usage, terms, facts, tools):
    """Priced parts of a price on the provider's cost: one per currency in which the provider bills."""
    costs = usage.costs or {item["currency"]: {}}
    if len(costs) > 1 and _has_amounts(stretch, terms):
        raise Refused("several_currencies", currencies=", ".join(sorted(costs)), meter=item["meter"]["name"])
    for currency, by_basis in sorted(costs.items()):
        cost = by_basis.get(terms.cost_basis)
        exchange = _get_exchange(item, stretch, currency, tools.rates) if cost is not None else None
        # One quantity cannot be shown with several costs: it belongs to none of them alone.
        quantity = facts.quantity if len(costs) == 1 else None
        given = replace(facts, cost=cost, exchange=exchange, quantity=quantity)
        result = _rate(item, stretch, given, tools)
        yield _make_metered_part(item, stretch, result, given, {currency: by_basis} if by_basis else {}, tools)


def _has_amounts(stretch, terms):
    """Whether something of a price is due once, and so cannot be due once for each currency."""
    amounts = [terms.fixed, terms.minimum, terms.maximum]
    amounts += [candidate.adjustment.amount for candidate in stretch.resolution.adjustments]
    return terms.charge_model == "formula" or any(amount is not None for amount in amounts)


def _make_metered_part(item, stretch, result, facts, costs, tools):
    """costs: the provider's, which are behind a price and not once more behind the extras beside it."""
    return Priced(
        stretch=stretch,
        result=_without_cost(item, result),
        resolution=stretch.resolution,
        key=stretch.part_key,
        unit=result.unit,
        measured=facts.quantity,
        value=facts.value,
        counter_start=tools.counters.get_start(item, stretch),
        rows=None if stretch.is_extra else facts.rows,
        cost_amount=None if stretch.is_extra else _get_known_cost(item, stretch, costs, tools.rates),
        exchange=facts.exchange,
    )


def _rate(item, stretch, facts, tools):
    """The engine's answer. An extra is a line of its own, which nothing adjusts and no coupon takes anything off."""
    resolution = stretch.resolution
    if resolution is None:
        return rate(_NO_PRICE, facts, pricer=lambda terms, facts: [])
    discounts, adjustments = item.get("discounts", NO_DISCOUNTS), ()
    if not stretch.is_extra:
        adjustments = (
            *(candidate.adjustment for candidate in resolution.adjustments),
            *discounts.get(item["product_id"]),
        )
    result = rate(
        resolution.chosen.terms,
        facts,
        pricer=tools.get_pricer(resolution),
        resolution=resolution,
        adjustments=adjustments,
    )
    if adjustments:
        discounts.take(result)
    return result


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
    if not item["meter"]["basis"].startswith("cost") or item["meter"]["aggregation"] in ("count", "unique_count"):
        return result
    statement = {**result.statement, "quantity": None, "unit": "", "unit_price": None, "tiers": [], "rows": []}
    return replace(result, quantity=None, unit_price=None, unit="", statement=statement)
