"""The schedule by JSON: a request in, the periods out. README.md shows one."""

from dataclasses import asdict

from ..json_door import answer, maybe, read_date, read_object, read_text, read_whole
from .cycle import Cycle, periods
from .due import due_date
from .errors import ScheduleError
from .proration import prorate_days
from .wire_instalments import handle_instalments
from .wire_terms import HANDLERS
from .zones import utc_bounds

_OTHERS = {"instalments": handle_instalments, **HANDLERS}


def answer_text(text):
    """(JSON answer, whether all went well) for the text of one request or of a list of requests."""
    return answer(text, handle, (ScheduleError,), _as_json)


def handle(request):
    """{"periods": [...]} for {"cycle", "date_start", "date_end", "until", "time_zone", "timing"}.

    Each period has start, end, index, full_start, full_end, proration, and, where they were asked for, utc_start and
    utc_end (time_zone) and due_date (timing). "instalments", "share", "term" and "notice" are other questions, of
    wire_instalments.py and wire_terms.py. Raises RequestError, ScheduleError.
    """
    for name, handle_other in _OTHERS.items() if isinstance(request, dict) else ():
        if name in request:
            return handle_other(request)
    asked = read_object(
        request,
        "",
        required={"date_start": read_date, "until": read_date},
        optional={
            "cycle": _read_cycle,
            "date_end": maybe(read_date),
            "time_zone": maybe(read_text),
            "timing": maybe(read_text),
        },
    )
    found = periods(asked.get("cycle", Cycle()), asked["date_start"], asked.get("date_end"), asked["until"])
    return {"periods": [_describe(period, asked.get("time_zone"), asked.get("timing")) for period in found]}


def _read_cycle(data, at):
    readers = {
        "unit": read_text,
        "count": read_whole,
        "kind": read_text,
        "anchor_day": maybe(read_whole),
        "origin": maybe(read_date),
    }
    return Cycle(**read_object(data, at, optional=readers))


def _describe(period, time_zone, timing):
    numerator, denominator = prorate_days(period.start, period.end, period.full_start, period.full_end)
    described = {name: _as_json(value) for name, value in asdict(period).items()}
    described["proration"] = {"numerator": numerator, "denominator": denominator, "label": "days"}
    if time_zone is not None:
        utc_start, utc_end = utc_bounds(period.start, period.end, time_zone)
        described["utc_start"], described["utc_end"] = utc_start.isoformat(), utc_end.isoformat()
    if timing is not None:
        described["due_date"] = due_date(period, timing).isoformat()
    return described


def _as_json(value):
    return value.isoformat() if hasattr(value, "isoformat") else value
