"""Segments: the stretches of an interval in which nothing changes. Works on dates and on datetimes alike."""

from itertools import pairwise

from .resolve import Resolution, as_instant, resolve


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


def resolve_stretches(start, end, candidates):
    """The stretches of [start, end) with the price of each: list of (start, end, Resolution).

    A stretch ends only where another rule wins: a loser that begins or ends changes no price and cuts nothing; it is
    named among the lost. Start and end are datetimes, or dates where all validities are dates.
    Raises as resolve() does, for the first stretch that has no single price.
    """
    candidates = tuple(candidates)
    is_instant = hasattr(start, "hour")
    changes = [
        as_instant(point) if is_instant else point
        for candidate in candidates
        for point in (candidate.valid_from, candidate.valid_to)
        if point is not None
    ]
    stretches = []
    for left, right in cut(start, end, changes):
        resolution = resolve(candidates, left)
        if stretches and stretches[-1][2].chosen is resolution.chosen:
            left, _right, former = stretches.pop()
            resolution = Resolution(resolution.chosen, _merge_lost(former.lost, resolution.lost))
        stretches.append((left, right, resolution))
    return stretches


def _merge_lost(former, latter):
    """Per candidate the reason that says more: being beaten, rather than not being in force for a part of the time."""
    return tuple(
        latter_entry if "in_force" in former_entry[1] else former_entry
        for former_entry, latter_entry in zip(former, latter, strict=True)
    )
