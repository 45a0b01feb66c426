"""Schedule: which days a billing period has, which share of it is used, when it is due. Pure date arithmetic.

Owns: cycles and anchors, proration of days, local days in UTC, due days. Does not own: prices, amounts, records,
today. See README.md.
"""

from .cycle import Cycle, Period, period_containing, periods
from .due import due_date
from .errors import CycleError, PeriodError, ScheduleError, ZoneError
from .proration import prorate_days
from .zones import utc_bounds

__all__ = [
    "Cycle",
    "CycleError",
    "Period",
    "PeriodError",
    "ScheduleError",
    "ZoneError",
    "due_date",
    "period_containing",
    "periods",
    "prorate_days",
    "utc_bounds",
]
