"""Segments: the stretches of an interval in which nothing changes. Works on dates and on datetimes alike."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from .resolve import Resolution, as_instant, fits, order_broad_to_narrow, resolve


def cut(start, end, changes):
    """The stretches [start, end) is cut into by change points: list of (start, end), half-open, in order.

    changes: points of the same type as start, in any order, repeated or outside as may be; None is passed over.
    The stretches tile the interval. An empty interval has none. Raises ValueError when end is before start.
    >>> cut(date(2026, 3, 1), date(2026, 4, 1), [date(2026, 3, 15)])
    [(date(2026, 3, 1), date(2026, 3, 15)), (date(2026, 3, 15), date(2026, 4, 1))]
    """
    if end < start:
        raise ValueError(f"an interval ends after it starts: {start} - {end}")
    inside = {point for point in changes if point is not None and start < point < end}
    points = [start, *sorted(inside), end]
    return [(left, right) for left, right in pairwise(points) if left < right]


def split_by_versions(start, end, versions):
    """The stretches of [start, end) with the version in force in each: list of (start, end, version).

    versions: pairs (valid_from, version); each holds until the next one begins; valid_from None is "since ever".
    A stretch before the first version has None: it has no price, and the caller says so.
    Raises ValueError when two versions begin at the same point.
    """
    versions = sorted(versions, key=lambda pair: (pair[0] is not None, pair[0]))
    starts = [valid_from for valid_from, _version in versions]
    if len(set(starts)) != len(starts):
        raise ValueError(f"two versions begin at the same point: {starts}")
    return [(left, right, _get_version_at(versions, left)) for left, right in cut(start, end, starts)]


def _get_version_at(versions, point):
    """The last version that has begun; versions are in order."""
    found = None
    for valid_from, version in versions:
        if valid_from is None or valid_from <= point:
            found = version
    return found


@dataclass(frozen=True)
class PricedStretch:
    """What is priced as one: the usage of [start, end) that has one of the combinations of dimension values.

    resolution: what prices it. Its `chosen` is a price with its adjustments, or an extra with none.
    combinations: those that were asked for and belong to it; each a tuple of pairs (dimension, value).
    """

    start: date
    end: date
    resolution: Resolution
    combinations: tuple


def resolve_stretches(start, end, candidates, dimensions=()):
    """The stretches of [start, end) with what applies in each: list of (start, end, Resolution).

    A stretch ends only where another price wins or an adjustment or extra begins or ends to apply: a loser that comes
    and goes changes nothing and cuts nothing; it is named among the lost. Start and end are datetimes, or dates where
    all validities are dates. dimensions: as in resolve(). Raises as resolve() does, for the first stretch that has no
    single price.
    """
    candidates = tuple(candidates)
    stretches = []
    for left, right in cut(start, end, _get_changes(candidates, start)):
        resolution = resolve(candidates, left, dimensions)
        if stretches and _get_key(stretches[-1][2]) == _get_key(resolution):
            left, _right, former = stretches.pop()
            resolution = _merge(former, resolution)
        stretches.append((left, right, resolution))
    return stretches


def resolve_combinations(start, end, candidates, combinations=((),)):
    """What [start, end) is priced by where usage differs in its dimensions: list of PricedStretch.

    combinations: the combinations of dimension values that the usage has, by get_dimensions(candidates), each a tuple
    of pairs (dimension, value); ((),) where prices ask for none, or nothing was measured.
    First the prices in the order of time: combinations that the same price and adjustments apply to are one stretch,
    so that a ladder counts them together. Then the extras, broad to narrow, each over the time and the combinations
    that it applies to; an extra never cuts what a price counts. Of the prices, stretches and combinations tile the
    whole. Raises as resolve() does, for the first combination that has no single price.
    """
    candidates, combinations = tuple(candidates), tuple(combinations)
    extras = [candidate for candidate in candidates if candidate.role == "extra"]
    priced = _price_combinations(start, end, [c for c in candidates if c.role != "extra"], combinations)
    return priced + _apply_extras(start, end, extras, combinations)


def _price_combinations(start, end, candidates, combinations):
    """The stretches of prices: cut for all where the price of one combination changes, joined where none does."""
    found = [(group, resolve_stretches(start, end, candidates, group[0])) for group in _group(candidates, combinations)]
    points = [left for _group, stretches in found for left, _right, _resolution in stretches]
    priced = []
    for left, right in cut(start, end, points):
        shares = {}
        for group, stretches in found:
            resolution = next(held for first, last, held in stretches if first <= left < last)
            key = _get_key(resolution)
            former, members = shares.get(key, (None, ()))
            shares[key] = (_merge(former, resolution) if former else resolution), members + group
        for resolution, members in shares.values():
            _append_or_extend(priced, PricedStretch(left, right, resolution, members))
    return priced


def _append_or_extend(priced, stretch):
    """Add a stretch, or lengthen the one before it that prices the same by the same."""
    key = stretch.combinations, _get_key(stretch.resolution)
    for place, former in enumerate(priced):
        if former.end == stretch.start and (former.combinations, _get_key(former.resolution)) == key:
            resolution = _merge(former.resolution, stretch.resolution)
            priced[place] = PricedStretch(former.start, stretch.end, resolution, stretch.combinations)
            return
    priced.append(stretch)


def _group(candidates, combinations):
    """The combinations that meet the same conditions, together: lists of tuples, in the order given.

    Rows have thousands of resources and prices name a few: each group is resolved once.
    """
    groups = {}
    for combination in combinations:
        values = dict(combination)
        met = tuple(fits(candidate, values) for candidate in candidates)
        groups.setdefault(met, []).append(combination)
    return [tuple(group) for group in groups.values()]


def _apply_extras(start, end, extras, combinations):
    """One stretch per extra that applies to something."""
    as_given = as_instant if hasattr(start, "hour") else _as_it_is
    applied = []
    for extra in order_broad_to_narrow(extras):
        left = max(start, as_given(extra.valid_from) or start)
        right = min(end, as_given(extra.valid_to) or end)
        fitting = tuple(combination for combination in combinations if fits(extra, dict(combination)))
        if left < right and fitting:
            applied.append(PricedStretch(left, right, Resolution(extra), fitting))
    return applied


def _get_changes(candidates, start):
    """The points at which any candidate begins or ends, of the type of start."""
    as_given = as_instant if hasattr(start, "hour") else _as_it_is
    return [as_given(point) for candidate in candidates for point in (candidate.valid_from, candidate.valid_to)]


def _as_it_is(point):
    return point


def _get_key(resolution):
    """What makes two resolutions the same price: candidates are compared by identity, they are many and wide."""
    return tuple(
        tuple(id(candidate) for candidate in candidates)
        for candidates in ((resolution.chosen,), resolution.adjustments, resolution.extras)
    )


def _merge(former, latter):
    """Two resolutions of the same price as one. The same ones lost in both, perhaps for another reason."""
    lost = tuple(
        max(pair, key=lambda entry: _get_weight(entry[1])) for pair in zip(former.lost, latter.lost, strict=True)
    )
    return replace(former, lost=lost)


def _get_weight(reason):
    """Of two reasons the one that says more: being beaten, then not fitting, then not being in force for a while."""
    if "in_force" in reason:
        return 0
    return 1 if reason == "other_dimension" else 2
