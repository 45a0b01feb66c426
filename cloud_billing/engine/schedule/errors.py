"""What the schedule refuses, as facts. The caller makes the sentence, in the reader's language."""


class ScheduleError(ValueError):
    """Base of all refusals. `reason`: a code; `facts`: what the sentence needs, by name."""

    def __init__(self, reason, **facts):
        details = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        super().__init__(f"{reason} ({details})" if details else reason)
        self.reason = reason
        self.facts = facts


class CycleError(ScheduleError):
    """A billing cycle cannot be: unknown_unit, unknown_kind, count, anchor_day, anchor_not_start_day, origin.

    Facts: the value.
    """


class PeriodError(ScheduleError):
    """Dates that make no period: before_start, after_end, end_not_after_start, outside_period,
    unknown_timing, unknown_method, out_of_calendar, no_legal_end."""


class InstalmentError(ScheduleError):
    """A sum cannot be paid in such parts: total, count, too_many_parts, down_payment, several_rests, nothing_left,
    amount, dates, sum, not_whole_units. Facts: the numbers in whole units, the part and the days."""


class ZoneError(ScheduleError):
    """A time zone cannot be read: unknown_zone, or no_time_zone_data when the machine has none at all.

    Remedy of the second: the system's tzdata package, or the Python package tzdata.
    """
