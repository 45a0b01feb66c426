"""What is still included for whom: pools of granted quantities, drawn on by charges in the order of their rating.

A pool is one allowance for one sharer (a line, a subscription, a customer) in one of its periods. What was used of it
is a sum over rated lines; nobody keeps a balance. Works on values only.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from ....engine.numbers import divide, exact, trim
from ....engine.rating import Grant
from ...catalog.cycle_terms import CycleTerms, find_period

_ZERO = Decimal(0)
_ONE_DAY = timedelta(days=1)
# From the narrowest circle of sharers to the widest.
SHARERS = ("line", "subscription", "customer")


@dataclass(frozen=True)
class Units:
    """So many units of a product, such as seats, over some days."""

    product_id: int
    quantity: Decimal
    start: date
    end: date | None

    def get_part(self, part):
        """The Units of a part of these, where they are bundles; part: PartUnits. It may hold on no day."""
        ends = [end for end in (self.end, part.end) if end is not None]
        with exact():
            quantity = self.quantity * part.count
        return Units(part.product_id, quantity, max(self.start, part.start), min(ends, default=None))


@dataclass(frozen=True)
class Sharer:
    """Who shares a pool. kind: line, subscription or customer. start, end: of its service; cycle_start: the day from
    which the periods of an anniversary count. calendar: of its billing periods; of a customer, months. units: list of
    Units that it has."""

    kind: str
    id: int
    start: date
    end: date | None = None
    calendar: CycleTerms = field(default_factory=CycleTerms)
    cycle_start: date | None = None
    units: tuple[Units, ...] = ()

    def get_period(self, cycle, day):
        """(start, end) of the whole period in which a day lies; end None: for the whole contract."""
        if cycle == "contract":
            return min(self.start, day), None
        return find_period(self.calendar, self.cycle_start or self.start, day, None if cycle == "period" else cycle)

    def count(self, product_id, start, end, is_average):
        """How many units of a product it has in a period: the most on one day, or the average over the whole period."""
        held = [one for one in self.units if one.product_id == product_id and _overlaps(one, start, end)]
        points = sorted({start, *(max(one.start, start) for one in held), *(one.end for one in held if one.end)})
        points = [point for point in points if end is None or point < end]
        totals = [
            (
                point,
                sum(
                    (one.quantity for one in held if one.start <= point and (one.end is None or point < one.end)), _ZERO
                ),
            )
            for point in points
        ]
        if not is_average or end is None:
            return max((total for _point, total in totals), default=_ZERO)
        ends = [*points[1:], end]
        days = sum((total * (until - point).days for (point, total), until in zip(totals, ends, strict=True)), _ZERO)
        return trim(divide(days, Decimal((end - start).days)))


@dataclass(frozen=True)
class Draw:
    """What a rated line used of a pool; used may be 0, and negative in a correction. granted: of the whole period."""

    allowance_id: int
    pool_key: str
    period_start: date
    period_end: date | None
    expires: date | None
    granted: Decimal
    used: Decimal

    @property
    def place(self):
        return self.pool_key, self.period_start

    @property
    def grant_key(self):
        """As workings name it."""
        return f"{self.pool_key}@{self.period_start}"


@dataclass
class Recorded:
    """What rated lines say of a pool: what was granted of the period where it was billed, what others than the charges
    that are rated now have used, how many draws there were."""

    granted: Decimal | None = None
    used: Decimal = _ZERO
    last_number: int = 0


@dataclass
class _Pool:
    draw: Draw
    label: str
    unit: str
    order: tuple
    left: Decimal


def get_pool_key(allowance, sharer):
    return f"{allowance.plan_id}.{allowance.key}.{sharer.kind}.{sharer.id}"


class NoPools:
    """Charges without allowances; also the shape of Pools."""

    def get(self, item, stretch, unit, conversion=None):
        """The grants that a stretch may draw on, in the order in which they are used up: tuple of engine Grant.

        unit: of the measured quantity. conversion: the engine's, how it becomes the priced one. An allowance is in the
        one or the other unit; in a third one it is not for this usage.
        """
        return ()

    def take(self, item, granted):
        """Take note of what the stretch that was just priced has used: list of Draw. granted: of its RatedResult."""
        return ()


NO_POOLS = NoPools()


@dataclass
class Pools(NoPools):
    """offers: {line id: list of Offer}. sharers: {(line id, kind): Sharer}. recorded: {(pool key, start): Recorded}.

    own: {(charge id, pool key, start): what the charge and its corrections used so far}; given back when it is priced
    anew.
    """

    offers: dict
    sharers: dict
    recorded: dict = field(default_factory=dict)
    own: dict = field(default_factory=dict)
    _open: list = field(default_factory=list)
    _seen: set = field(default_factory=set)

    def get(self, item, stretch, unit, conversion=None):
        self._give_back(item["id"])
        priced_unit = (conversion.unit if conversion else "") or unit
        pools = self._find(item["line_id"], stretch.start, {"", unit, priced_unit})
        self._open = [(pool, None if pool.unit in ("", priced_unit) else conversion) for pool in pools]
        return tuple(
            Grant(
                key=pool.draw.grant_key,
                label=pool.label,
                quantity=pool.left if by is None else _convert(pool.left, by.numerator, by.denominator),
                expires=pool.draw.expires,
            )
            for pool, by in self._open
        )

    def take(self, item, granted):
        used, draws = dict(granted), []
        for pool, by in self._open:
            amount = used.get(pool.draw.grant_key, _ZERO)
            if by is not None:
                # Back from the priced unit; a quotient that was rounded must not use more than there was.
                amount = min(_convert(amount, by.denominator, by.numerator), pool.left)
            # What a period grants is on record from its first rated line on, whether it was used or not.
            if amount or pool.order[0] == 0:
                draws.append(replace(pool.draw, used=amount))
                self._get_recorded(pool.draw.place).used += amount
        self._open = []
        return draws

    def open_with(self, line_id, day, unit, used):
        """What another system used before a day, as draws of its running period: (list of Draw, what is too much).

        Nothing is carried over from earlier periods: what was left of them is not known here, so it is gone. unit: of
        the measured quantity.
        """
        draws = []
        with exact():
            for pool in self._find(line_id, day, {"", unit}):
                if pool.draw.period_start >= day:
                    continue
                is_running, recorded = pool.order[0] == 0, self._get_recorded(pool.draw.place)
                if not is_running and recorded.granted is not None:
                    continue
                amount = min(used, pool.left) if is_running else pool.left
                used -= amount if is_running else _ZERO
                draws.append(replace(pool.draw, used=amount))
                recorded.used += amount
        return draws, used

    def get_places(self, line_id, days):
        """(pool key, first day of the period) of all pools that a line may draw on, on these days, in any unit."""
        units = {offer.allowance.unit for offer in self.offers.get(line_id, ())}
        with exact():
            return {pool.draw.place for day in days for pool in self._find(line_id, day, units, is_any=True)}

    def _give_back(self, charge_id):
        if charge_id in self._seen:
            return
        self._seen.add(charge_id)
        for (owner, *place), used in self.own.items():
            if owner == charge_id:
                self._get_recorded(tuple(place)).used -= used

    def _get_recorded(self, place):
        return self.recorded.setdefault(place, Recorded())

    def _find(self, line_id, day, units, is_any=False):
        """The pools in the order in which they are used up: what is gone first, then the narrowest sharers."""
        offers = [offer for offer in self.offers.get(line_id, ()) if offer.allowance.unit in units]
        pools = {}
        for cycle, kind in sorted({(offer.allowance.cycle, offer.allowance.shared) for offer in offers}):
            sharer = self.sharers[line_id, kind]
            for age, (start, end) in enumerate(_go_back(sharer, cycle, day, max(o.allowance.rollover for o in offers))):
                for allowance in _choose(offers, max(start, sharer.start)):
                    if (allowance.cycle, allowance.shared) == (cycle, kind) and age <= allowance.rollover:
                        pool = self._make_pool(allowance, sharer, start, end, age)
                        pools[pool.draw.place] = pool
        found = [pool for pool in pools.values() if is_any or pool.left > 0 or pool.order[0] == 0]
        return sorted(found, key=lambda pool: (pool.draw.expires or date.max, *pool.order[1:]))

    def _make_pool(self, allowance, sharer, start, end, age):
        place = get_pool_key(allowance, sharer), start
        recorded = self.recorded.get(place) or Recorded()
        granted = recorded.granted
        if granted is None:
            granted = _get_granted(allowance, sharer, start, end)
        expires = end
        for _period in range(allowance.rollover if end else 0):
            expires = sharer.get_period(allowance.cycle, expires)[1]
        draw = Draw(allowance.id, place[0], start, end, expires, granted, _ZERO)
        order = (age, SHARERS.index(allowance.shared), allowance.sequence, allowance.id)
        return _Pool(draw, allowance.label, allowance.unit, order, max(granted - recorded.used, _ZERO))


def _convert(quantity, numerator, denominator):
    converted = quantity * numerator
    return converted if denominator == 1 else trim(divide(converted, denominator))


def _go_back(sharer, cycle, day, count):
    """The period in which a day lies, then those before it, as many as count and as there are since the start."""
    start, end = sharer.get_period(cycle, day)
    yield start, end
    while count and start > sharer.start:
        start, end = sharer.get_period(cycle, start - _ONE_DAY)
        yield start, end
        count -= 1


def _choose(offers, day):
    """The allowances that hold on a day: the narrowest one of each unit, and all that are granted beside others."""
    held = [offer for offer in offers if offer.holds_on(day)]
    chosen = [offer for offer in held if offer.allowance.is_beside]
    alone = [offer for offer in held if not offer.allowance.is_beside]
    for unit in sorted({offer.allowance.unit for offer in alone}):
        chosen.append(min((o for o in alone if o.allowance.unit == unit), key=lambda o: (o.rank, o.allowance.sequence)))
    return [offer.allowance for offer in chosen]


def _get_granted(allowance, sharer, start, end):
    """The quantity that a period grants in all."""
    if allowance.unit_product_id:
        return allowance.quantity * sharer.count(allowance.unit_product_id, start, end, allowance.is_prorated)
    if not allowance.is_prorated or end is None:
        return allowance.quantity
    used_end = end if sharer.end is None else min(end, sharer.end)
    days = max((used_end - max(start, sharer.start)).days, 0)
    return trim(divide(allowance.quantity * days, Decimal((end - start).days)))


def _overlaps(units, start, end):
    return (end is None or units.start < end) and (units.end is None or units.end > start)


def subtract_draws(now, billed):
    """What a correction uses of each pool: what is used as of now less what was billed of it; tuple of Draw."""
    draws = {draw.place: draw for draw in now}
    with exact():
        for draw in billed:
            former = draws.get(draw.place, replace(draw, used=_ZERO))
            draws[draw.place] = replace(former, used=former.used - draw.used)
    return tuple(draws[place] for place in sorted(draws))
