"""How a subscription's columns become the engine's Cycle: the one place that knows. Works on values only."""

from dataclasses import dataclass
from datetime import date, timedelta

from ...engine.schedule import Cycle, period_containing

# The columns of a subscription of which its cycle is made; whoever makes periods or counts in them reads these.
CYCLE_FIELDS = ("cycle_unit", "cycle_count", "cycle_kind", "anchor_day", "anchor_date")
_MONTHLY = ("month", "quarter", "year")


@dataclass(frozen=True)
class CycleTerms:
    """What was agreed about billing periods. anchor_date: the common date, where the kind is aligned."""

    unit: str = "month"
    count: int = 1
    kind: str = "calendar"
    anchor_day: int | None = None
    anchor_date: date | None = None

    def make(self, date_start):
        """The engine's Cycle of a subscription that starts on a day. Raises CycleError."""
        return self._make(self.unit, self.count, date_start)

    def make_grid(self, unit, date_start):
        """Months, quarters or years of the same calendar and anchor: what is counted over longer than a period."""
        return self._make(unit, 1, date_start)

    def _make(self, unit, count, date_start):
        if self.kind == "calendar":
            # Of days and weeks there is no day of the month: their months begin on the 1st.
            anchor_day = self.anchor_day if self.unit in _MONTHLY else None
        else:
            anchor_day = self._get_meant_day(self.anchor_date or date_start)
        origin = self.anchor_date if self.kind == "aligned" else None
        return Cycle(unit, count, self.kind, anchor_day if unit in _MONTHLY else None, origin)

    def _get_meant_day(self, origin):
        """A later day of the month for which an origin at a month's end stands, else None."""
        is_last = (origin + timedelta(days=1)).day == 1
        return self.anchor_day if is_last and (self.anchor_day or 0) > origin.day else None


def read_cycle_terms(values):
    """The CycleTerms of a subscription, given as a record or as a dict of its CYCLE_FIELDS."""
    return CycleTerms(
        unit=values["cycle_unit"],
        count=values["cycle_count"],
        kind=values["cycle_kind"],
        anchor_day=values["anchor_day"] or None,
        anchor_date=values["anchor_date"] or None,
    )


def find_period(terms, date_start, day, unit=None):
    """(start, end) of the whole period in which a day lies; a day before the start is in that of the start, or earlier.

    unit: month, quarter or year of the same calendar; None: the subscription's own periods.
    """
    cycle = terms.make_grid(unit, date_start) if unit else terms.make(date_start)
    period = period_containing(cycle, date_start, max(day, date_start))
    return min(period.full_start, day), period.full_end
