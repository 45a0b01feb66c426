"""On which day a contract may end, by its term, its notice period and its minimum."""

from dataclasses import dataclass
from datetime import date

from .cycle import check_length
from .errors import PeriodError
from .terms import add_units, earliest_end, notice_date

# Terms that are walked through to find a legal end: of one day each, more than a century.
_MOST_TERMS = 40_000


@dataclass(frozen=True)
class Span:
    """A length of time: so many units. count 0 of a term: open; of a notice: none is needed. Raises CycleError."""

    count: int = 0
    unit: str = "month"

    def __post_init__(self):
        check_length(self.unit, self.count or 1)


@dataclass(frozen=True)
class TermFacts:
    """One term. end: first day after it, None when open. minimum_end: no end is legal before that day.

    is_renewed: it goes on by itself for `following` when nobody gives notice; following.count 0: open from then on.
    """

    start: date
    end: date | None = None
    notice: Span = Span()
    minimum_end: date | None = None
    is_renewed: bool = False
    following: Span = Span()


@dataclass(frozen=True)
class LegalEnd:
    """day: the first day without service. reason: asked (as it was wanted), minimum, notice, term.

    notice: the day by which notice had to be given for the term that was missed (reason notice), else None.
    """

    day: date
    reason: str
    notice: date | None = None


def first_legal_end(term, noticed_on, wanted):
    """The LegalEnd on or after the day that is wanted, by a notice given on a day.

    A term with an end is over on that day and on no other; one that is renewed needs the notice in time, else the
    next term's end is the next day there is. One that is not renewed ends by itself, whatever was wanted. An open
    term ends on any day after its notice period. Raises PeriodError (no_legal_end) where the terms never reach it.
    """
    missed = None
    for _ in range(_MOST_TERMS):
        if term.end is None:
            return _end_open(term, noticed_on, wanted, missed)
        last_notice = notice_date(term.end, term.notice.count, term.notice.unit)
        is_long_enough = term.end >= max(wanted, term.minimum_end or wanted)
        if not term.is_renewed or (is_long_enough and noticed_on <= last_notice):
            return LegalEnd(term.end, _name_reason(term, wanted, missed), missed)
        if is_long_enough:
            missed = last_notice
        term = _follow(term)
    raise PeriodError("no_legal_end", wanted=wanted)


def _end_open(term, noticed_on, wanted, missed):
    after_notice = earliest_end(noticed_on, term.notice.count, term.notice.unit)
    floors = [(wanted, "asked"), (after_notice, "notice"), (term.start, "term")]
    if term.minimum_end is not None:
        floors.append((term.minimum_end, "minimum"))
    day, reason = max(floors, key=lambda floor: floor[0])
    return LegalEnd(day, "notice" if missed and reason == "term" else reason, missed)


def _name_reason(term, wanted, missed):
    if missed:
        return "notice"
    if term.end == wanted:
        return "asked"
    return "minimum" if term.minimum_end and term.minimum_end > wanted else "term"


def _follow(term):
    end = add_units(term.end, term.following.count, term.following.unit) if term.following.count else None
    return TermFacts(term.end, end, term.notice, term.minimum_end, True, term.following)
