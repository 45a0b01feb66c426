"""Shares, terms and notice by JSON: what `wire.py` passes on. README.md shows a request of each."""

from ..json_door import maybe, read_date, read_object, read_text, read_whole
from .proration import share
from .terms import end_after_notice, end_of_term, next_renewal, notice_date

_LENGTH = {"count": read_whole, "unit": read_text}


def handle_share(request):
    """{"share": {"numerator", "denominator"}} for {"share": what `share` takes}. Raises RequestError, ScheduleError."""
    days = dict.fromkeys(("used_start", "used_end", "full_start", "full_end"), read_date)
    reader = _of({"method": read_text, **days}, {"time_zone": read_text, "first": maybe(read_date)})
    numerator, denominator = share(**read_object(request, "", required={"share": reader})["share"])
    return {"share": {"numerator": numerator, "denominator": denominator}}


def handle_term(request):
    """{"term": {"date_end", "next_renewal", "notice_date"}} for {"term": {"date_start", "count", "unit", ...}}.

    next_renewal where a `day` is given; notice_date, of date_end, where a `notice` is.
    """
    optional = {"anchor_day": maybe(read_whole), "day": read_date, "notice": _of(_LENGTH)}
    asked = read_object(request, "", required={"term": _of({"date_start": read_date, **_LENGTH}, optional)})["term"]
    start, count, unit, anchor_day = (asked.get(name) for name in ("date_start", "count", "unit", "anchor_day"))
    end = end_of_term(start, count, unit, anchor_day)
    told = {"date_end": end.isoformat()}
    if "day" in asked:
        told["next_renewal"] = next_renewal(start, count, unit, asked["day"], anchor_day).isoformat()
    if "notice" in asked:
        told["notice_date"] = notice_date(end, **asked["notice"]).isoformat()
    return {"term": told}


def handle_notice(request):
    """{"notice": {"date_end"}}, the first day without service, of {"notice": {"day", "count", "unit"}}."""
    reader = _of({"day": read_date, **_LENGTH}, {"minimum_end": maybe(read_date)})
    asked = read_object(request, "", required={"notice": reader})["notice"]
    end = end_after_notice(asked["day"], asked["count"], asked["unit"], asked.get("minimum_end"))
    return {"notice": {"date_end": end.isoformat()}}


def _of(required, optional=None):
    """A reader of an object with these keys."""
    return lambda value, at: read_object(value, at, required=required, optional=optional or {})


HANDLERS = {"share": handle_share, "term": handle_term, "notice": handle_notice}
