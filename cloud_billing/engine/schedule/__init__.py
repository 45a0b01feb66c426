"""Schedule: which days a billing period has, which share of it is used, when it is due. Pure date arithmetic.

Owns: cycles and anchors, shares of a period, terms, notice and legal ends, instalments, what a subscription is on a
day, local days in UTC, due days. Does not own: prices, records, today. See README.md.
"""

from .cycle import Cycle, Period, period_containing, periods
from .due import due_date
from .errors import CycleError, InstalmentError, PeriodError, ScheduleError, ZoneError
from .instalments import (
    Instalment,
    check_instalments,
    from_units,
    get_dates,
    make_dated,
    make_instalments,
    split_evenly,
    to_units,
)
from .legal_end import LegalEnd, Span, TermFacts, first_legal_end
from .lifecycle import OVER, RUNNING, Life, next_change, state_on
from .proration import METHODS, prorate_days, share
from .terms import (
    add_cycles,
    add_units,
    earliest_end,
    end_after_notice,
    end_of_term,
    next_boundary,
    next_renewal,
    notice_date,
)
from .zones import utc_bounds

__all__ = [
    "METHODS",
    "OVER",
    "RUNNING",
    "Cycle",
    "CycleError",
    "Instalment",
    "InstalmentError",
    "LegalEnd",
    "Life",
    "Period",
    "PeriodError",
    "ScheduleError",
    "Span",
    "TermFacts",
    "ZoneError",
    "add_cycles",
    "add_units",
    "check_instalments",
    "due_date",
    "earliest_end",
    "end_after_notice",
    "end_of_term",
    "first_legal_end",
    "from_units",
    "get_dates",
    "make_dated",
    "make_instalments",
    "next_boundary",
    "next_change",
    "next_renewal",
    "notice_date",
    "period_containing",
    "periods",
    "prorate_days",
    "share",
    "split_evenly",
    "state_on",
    "to_units",
    "utc_bounds",
]
