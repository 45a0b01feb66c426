"""What a subscription is on a day, from the dated facts alone."""

from dataclasses import dataclass
from datetime import date

STATES = ("draft", "trial", "active", "paused", "ending", "ended", "cancelled")
# Agreed and not over; and what is over.
RUNNING = ("trial", "active", "paused", "ending")
OVER = ("ended", "cancelled")


@dataclass(frozen=True)
class Life:
    """The facts of one subscription that say what it is on a day; all days are local, all ends the first day after.

    is_signed: somebody activated it. date_start: first day of service. date_end: first day without service, or None;
    equal to the start where it was withdrawn before anything held. is_cancelled: that end is outside the agreement.
    trial_end: first day after the trial. end_known_from: from when on the end is shown, None for always.
    pauses: (first day, first day after or None) each; empty ones were taken back.
    """

    date_start: date
    is_signed: bool = False
    date_end: date | None = None
    is_cancelled: bool = False
    trial_end: date | None = None
    end_known_from: date | None = None
    pauses: tuple[tuple[date, date | None], ...] = ()


def state_on(life, day):
    """The state of a subscription on a day, one of STATES.

    What is over comes before what interrupts it, and that before what is still to come: a subscription that was
    ended for December and is paused in November is paused.
    """
    if not life.is_signed:
        return "cancelled" if life.is_cancelled else "draft"
    if life.date_end is not None and day >= life.date_end:
        return "cancelled" if life.is_cancelled else "ended"
    if any(start <= day and (end is None or day < end) for start, end in life.pauses):
        return "paused"
    if life.trial_end is not None and day < life.trial_end:
        return "trial"
    if life.date_end is not None and (life.end_known_from is None or day >= life.end_known_from):
        return "ending"
    return "active"


def next_change(life, day):
    """The first later day on which the state is another one, None when it stays.

    >>> next_change(Life(date(2026, 1, 1), is_signed=True, trial_end=date(2026, 2, 1)), date(2026, 1, 10))
    datetime.date(2026, 2, 1)
    """
    present = state_on(life, day)
    marks = {life.date_end, life.trial_end, life.end_known_from, *(mark for pause in life.pauses for mark in pause)}
    later = sorted(mark for mark in marks if mark is not None and mark > day)
    return next((mark for mark in later if state_on(life, mark) != present), None)
