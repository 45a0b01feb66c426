"""Stretches of days with an owner: cutting them and joining them. Values only, half-open, in order of their start."""

from datetime import date
from typing import NamedTuple

# Open sides, so that days can be compared.
SINCE_EVER = date.min
FOR_EVER = date.max


class Stretch(NamedTuple):
    """Days from `start` to before `end`. owner: (subscription line id, cost centre id), one of them None.

    rule_id: the rule that says so, None where nobody but a person did.
    """

    start: date
    end: date
    owner: tuple | None
    rule_id: int | None = None


def within(stretches, start, end):
    """The parts of stretches between two days."""
    parts = (s._replace(start=max(s.start, start), end=min(s.end, end)) for s in stretches)
    return [part for part in parts if part.start < part.end]


def without(stretches, taken):
    """The parts of stretches on days that no stretch of `taken` covers.

    >>> from datetime import date
    >>> year = Stretch(date(2026, 1, 1), date(2027, 1, 1), (7, None))
    >>> march = Stretch(date(2026, 3, 1), date(2026, 4, 1), (8, None))
    >>> [(str(s.start), str(s.end)) for s in without([year], [march])]
    [('2026-01-01', '2026-03-01'), ('2026-04-01', '2027-01-01')]
    """
    left = list(stretches)
    for other in taken:
        left = [
            part
            for s in left
            for part in (s._replace(end=min(s.end, other.start)), s._replace(start=max(s.start, other.end)))
            if part.start < part.end
        ] if any(s.start < other.end and other.start < s.end for s in left) else left  # fmt: skip
    return sorted(left, key=lambda s: s.start)


def join(stretches):
    """Stretches of one owner that touch made one; the later one's rule stands for both."""
    joined = []
    for s in sorted(stretches, key=lambda s: s.start):
        if joined and joined[-1].end == s.start and joined[-1].owner == s.owner:
            joined[-1] = joined[-1]._replace(end=s.end, rule_id=s.rule_id)
        else:
            joined.append(s)
    return joined


def choose(candidates):
    """Who owns which days, where several say so.

    candidates: the most specific first, each (start, end, its stretches). A day belongs to the first candidate that
    holds on it; where that one has no stretch for the day, nobody owns it: a broader one is not meant.
    """
    chosen, taken = [], []
    for start, end, stretches in candidates:
        chosen += without(within(stretches, start, end), taken)
        taken.append(Stretch(start, end, None))
    return join(chosen)
