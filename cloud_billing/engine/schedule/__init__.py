"""Schedule: which days a billing period has, which share of it is used, when it is due. Pure date arithmetic.

Owns: cycles and anchors, shares of a period, terms and notice, local days in UTC, due days. Does not own: prices,
amounts, records, today. See README.md.
"""

from .cycle import Cycle, Period, period_containing, periods
from .due import due_date
from .errors import CycleError, PeriodError, ScheduleError, ZoneError
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
    "Cycle",
    "CycleError",
    "Period",
    "PeriodError",
    "ScheduleError",
    "ZoneError",
    "add_cycles",
    "add_units",
    "due_date",
    "earliest_end",
    "end_after_notice",
    "end_of_term",
    "next_boundary",
    "next_renewal",
    "notice_date",
    "period_containing",
    "periods",
    "prorate_days",
    "share",
    "utc_bounds",
]
