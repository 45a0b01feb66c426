"""What prices count over more than one stretch: annual tiers billed monthly, a ladder that a new price goes on with.

Filled with what was billed before, then with what is priced now, in the order of time. Works on values only.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ....engine.rating import can_count
from ...catalog.cycle_terms import find_period, read_cycle_terms

_ZERO = Decimal(0)
# Those in which a price is the same for each unit: only a rounded running total makes them depend on what was before.
_LINEAR = ("per_unit",)


@dataclass(frozen=True)
class Carried:
    """What a counter had come to before a stretch; None: nothing was measured.

    measured: as RatingFacts.carried, the quantity, or the value where the price is one of values. counted: as
    RatingFacts.carried_counted.
    """

    measured: Decimal | None = None
    counted: Decimal | None = None


@dataclass(frozen=True)
class Counted:
    """What one stretch, or all billed ones of a counter's cycle before a charge, put on it."""

    measured: Decimal | None
    value: Decimal | None
    counted: Decimal | None


@dataclass(frozen=True)
class _Entry:
    component_id: int | None
    charge_id: int
    start: date
    key: str
    counter: object
    amounts: Counted


def get_counter_key(part_key):
    """The counter of a part: the conditions of its price, whatever adjusts it."""
    return part_key.split("|")[0]


def get_cycle_start(item, day, cycle):
    """The first day of the counter's cycle in which a day lies, by the subscription's own calendar and anchor.

    cycle: month, quarter, year or contract. A provider's month may begin before the subscription: it lies in the
    cycle in which that one begins.
    """
    start = item["subscription_start"]
    if cycle == "contract":
        return min(start, day)
    return find_period(read_cycle_terms(item), start, day, cycle)[0]


def get_cycle_days(item, cycles):
    """The days inside a charge on which one of these cycles begins anew, in order.

    A provider's month lies in one cycle as a whole. cycles: month, quarter, year, contract, or period: the
    subscription's own.
    """
    days = set()
    terms, start = read_cycle_terms(item), item["subscription_start"]
    for cycle in cycles if not item["billing_month"] else ():
        if cycle == "contract":
            continue
        day = item["service_start"]
        while (day := find_period(terms, start, day, None if cycle == "period" else cycle)[1]) < item["service_end"]:
            days.add(day)
    return sorted(days)


class Counters:
    """cycles: {rule id: month, quarter, year or contract} of the rules that count over a cycle of their own.

    billed: {(charge id, counter key): Counted} of the cycle before a charge, as billed by others than those that are
    priced now.
    """

    def __init__(self, cycles=None, billed=None):
        self._cycles = cycles or {}
        self._billed = billed or {}
        self._entries = {}

    def get_start(self, item, stretch):
        """The first day of the cycle over which a stretch's price counts; None where it counts over no longer one."""
        cycle = self._cycles.get(stretch.resolution.chosen.rule.rule_id) if stretch.resolution else None
        return get_cycle_start(item, stretch.start, cycle) if cycle else None

    def get(self, item, stretch, terms):
        """What stood on the counter of a stretch before it: Carried."""
        if stretch.resolution is None or not can_count(terms.charge_model):
            return Carried()
        start = self.get_start(item, stretch)
        if start is not None:
            key = get_counter_key(stretch.part_key)
            found = [
                entry.amounts
                for entry in self._entries.get(_get_owner(item), ())
                if entry.key == key and start <= entry.start and _is_before(entry, item, stretch)
            ]
            # Of a charge that lies in two cycles the later stretches begin anew.
            if start <= item["service_start"] and (item["id"], key) in self._billed:
                found.append(self._billed[item["id"], key])
        else:
            found = self._get_of_charge(item, stretch, terms)
        return _add_up(found, terms)

    def _get_of_charge(self, item, stretch, terms):
        """What earlier stretches of the same charge put on the counter of the same price."""
        counter = stretch.resolution.chosen.counter
        is_cumulative = terms.conversion is not None and terms.conversion.is_cumulative
        if counter is None or (terms.charge_model in _LINEAR and not is_cumulative):
            return []
        return [
            entry.amounts
            for entry in self._entries.get(_get_owner(item), ())
            if entry.charge_id == item["id"] and entry.counter == counter
        ]

    def add(self, item, stretch, part):
        """Put a stretch that was priced on its counter."""
        if stretch.resolution is None:
            return
        entry = _Entry(
            component_id=item["component_id"],
            charge_id=item["id"],
            start=stretch.start,
            key=get_counter_key(part.key),
            counter=stretch.resolution.chosen.counter,
            amounts=Counted(part.measured, part.value, part.result.counted),
        )
        self._entries.setdefault(_get_owner(item), []).append(entry)


def _get_owner(item):
    """Charges of one component share counters; what is no charge has its own."""
    return ("component", item["component_id"]) if item["component_id"] else ("item", item["id"])


def _is_before(entry, item, stretch):
    return entry.charge_id == item["id"] or entry.start < stretch.start


def _add_up(found, terms):
    name = "value" if terms.charge_model == "graduated_percentage" else "measured"
    measured, counted = _sum(found, name), _sum(found, "counted")
    return Carried() if measured is None else Carried(measured, counted)


def _sum(found, name):
    numbers = [getattr(one, name) for one in found if getattr(one, name) is not None]
    return sum(numbers, _ZERO) if numbers else None
