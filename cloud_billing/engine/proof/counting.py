"""Counting usage rows again, by the aggregation that the meter states. In fractions: a second way to the same figure.

A row is a dict with the names of reading.ROW_COLUMNS. Levels, which hold for a time, are in levels.py.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from ..numbers import divide, exact, trim
from .levels import LEVELS, hold, is_counted

COST_BASES = ("billed", "effective", "list", "contracted")
_HALF = Fraction(1, 2)


@dataclass
class Counted:
    """What rows come to. quantity: Decimal kept to 30 decimals, None where no row has the number.

    units: of the quantity; more than one cannot be added up. costs: {(currency, basis): Decimal}. value, events: the
    money moved and the number of each event in the order of service. shares: {(names and values): quantity}.
    """

    quantity: Decimal | None
    units: set
    row_count: int
    costs: dict = field(default_factory=dict)
    value: Decimal | None = None
    events: tuple = ()
    shares: dict = field(default_factory=dict)


class CountingError(ValueError):
    """Rows that cannot be counted here; says why."""


def count(usage):
    """The Counted of a file's usage: meter, stretch, dimensions, rows. Raises CountingError."""
    meter, rows = usage["meter"], [_measure(usage["meter"], row) for row in usage["rows"]]
    events = [row for row in rows if row["is_event"]]
    is_level = _is_level(meter)
    levels = hold(meter, usage["stretch"], rows) if is_level else []
    groups = _group(levels if is_level else events, meter)
    quantities = {key: _round_period(meter, _aggregate(meter, usage, group)) for key, group in groups.items()}
    known = [quantity for quantity in quantities.values() if quantity is not None]
    counted_rows = [row for row in levels if is_counted(meter, row)] if is_level else events
    return Counted(
        quantity=_to_decimal(sum(known)) if known else None,
        units={row["counted_unit"] for row in counted_rows},
        row_count=len(counted_rows),
        costs=_add_costs(events),
        value=_add_values(meter, events, known),
        events=_list_events(meter, events),
        shares={key[2]: _to_decimal(quantity) for key, quantity in quantities.items() if quantity is not None},
    )


def _is_level(meter):
    if meter["aggregation"] == "unique_count":
        return bool(meter.get("has_operation"))
    return meter["aggregation"] in LEVELS


def _measure(meter, row):
    """The row with its number in the meter's unit, as a Fraction."""
    number = row["number"]
    if number is not None:
        number = Fraction(number)
    unit = row["unit"]
    is_quantity = meter["basis"] == "quantity" and meter["aggregation"] not in ("count", "unique_count")
    if not is_quantity:
        unit = meter["unit"]
    for conversion in meter.get("conversions", ()):
        if is_quantity and conversion["unit"] == row["unit"]:
            unit = meter["unit"]
            if number is not None:
                number *= Fraction(conversion["numerator"]) / Fraction(conversion["denominator"])
    if number is not None and meter.get("rounding_scope") == "event":
        number = _round(meter, number)
    return {**row, "measured": number, "counted_unit": unit}


def _round(meter, number):
    """To a multiple of the step: up is away from zero, down towards it."""
    mode = meter.get("rounding", "none")
    if mode == "none":
        return number
    step = Fraction(meter["rounding_step"])
    steps = abs(number) / step
    whole = {"up": ceil(steps), "down": floor(steps), "half_up": floor(steps + _HALF)}[mode]
    return whole * step if number >= 0 else -whole * step


def _round_period(meter, number):
    is_rounded = number is not None and meter.get("rounding_scope", "period") == "period"
    return _round(meter, number) if is_rounded else number


def _group(rows, meter):
    """Rows by unit, purse and dimensions: money in two currencies is never one number."""
    is_money = meter["basis"].startswith("cost") or meter["aggregation"] == "value"
    groups = {}
    for row in rows:
        purse = row["currency"] if is_money else ""
        groups.setdefault((row["counted_unit"], purse, row["dimensions"]), []).append(row)
    return groups


def _aggregate(meter, usage, rows):
    aggregation = meter["aggregation"]
    if _is_level(meter):
        return LEVELS[aggregation](meter, usage["stretch"], rows)
    if aggregation not in _AGGREGATES:
        raise CountingError(aggregation)
    return _AGGREGATES[aggregation](rows)


def _get_numbers(rows):
    return [row["measured"] for row in rows if row["measured"] is not None]


def _sum(rows):
    numbers = _get_numbers(rows)
    return sum(numbers) if numbers else None


def _average(rows):
    numbers = _get_numbers(rows)
    return sum(numbers) / len(numbers) if numbers else None


def _each_alone(choose):
    """What is measured apart, added up."""

    def aggregate(rows):
        by_key = {}
        for row in rows:
            if row["measured"] is not None:
                by_key.setdefault(row["key"], []).append(row)
        return sum(choose(group) for group in by_key.values()) if by_key else None

    return aggregate


def _percentile_95(rows):
    """Rows of one instant are one sample; of 100 samples the 95th in order of size (nearest rank)."""
    samples = {}
    for row in rows:
        samples[row["service_start"]] = samples.get(row["service_start"], Fraction(0)) + row["measured"]
    ordered = sorted(samples.values())
    return ordered[len(ordered) - len(ordered) * 5 // 100 - 1]


_AGGREGATES = {
    "sum": _sum,
    "value": _sum,
    "count": lambda rows: Fraction(len(rows)),
    "average": _average,
    "max": _each_alone(lambda rows: max(_get_numbers(rows))),
    "min": _each_alone(lambda rows: min(_get_numbers(rows))),
    "percentile_95": _each_alone(_percentile_95),
    "unique_count": lambda rows: Fraction(len({row["key"] for row in rows if row["key"]})),
}


def _add_costs(rows):
    costs = {}
    with exact():
        for row in rows:
            for basis in COST_BASES:
                cost = row[f"cost_{basis}"]
                if cost is not None:
                    key = row["currency"], basis
                    costs[key] = costs.get(key, Decimal(0)) + cost
    return costs


def _add_values(meter, rows, quantities):
    """The money moved: the rows' own value, else what the meter measures."""
    if not meter.get("has_value"):
        return _to_decimal(sum(quantities)) if quantities else None
    values = [Fraction(row["value"]) for row in rows if row["value"] is not None]
    return _to_decimal(sum(values)) if values else None


def _list_events(meter, rows):
    name = "value" if meter.get("has_value") else "measured"
    events = [row for row in rows if row[name] is not None]
    events.sort(key=lambda row: (row["service_start"], row["service_end"], row[name]))
    return tuple(_to_decimal(Fraction(row[name])) for row in events)


def _to_decimal(fraction):
    """As the engine keeps it: exact where it ends, else 30 decimals."""
    fraction = Fraction(fraction)
    return trim(divide(Decimal(fraction.numerator), Decimal(fraction.denominator)))
