"""The day on which a charge falls due."""

from .errors import PeriodError

TIMINGS = ("advance", "arrears")


def due_date(period, timing):
    """The local day from which a charge of the period may be billed.

    advance: the period's first day. arrears: the first day after the period, when all of it was served.
    A run with a cut-off bills what is due on or before the cut-off. Raises PeriodError (unknown_timing).
    """
    if timing not in TIMINGS:
        raise PeriodError("unknown_timing", timing=timing)
    return period.start if timing == "advance" else period.end
