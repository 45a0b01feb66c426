"""Schedule: which days a billing period has, which share of it is used, when it is due. Pure date arithmetic.

Owns: cycles and anchors, shares of a period, terms and notice, instalments, local days in UTC, due days. Does not own:
prices, records, today. See README.md.
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
    "Instalment",
    "InstalmentError",
    "Period",
    "PeriodError",
    "ScheduleError",
    "ZoneError",
    "add_cycles",
    "add_units",
    "check_instalments",
    "due_date",
    "earliest_end",
    "end_after_notice",
    "end_of_term",
    "from_units",
    "get_dates",
    "make_dated",
    "make_instalments",
    "next_boundary",
    "next_renewal",
    "notice_date",
    "period_containing",
    "periods",
    "prorate_days",
    "share",
    "split_evenly",
    "to_units",
    "utc_bounds",
]
