"""Which share of its whole period a stretch of a charge is: asked here by everything that is due per period."""

from ....engine.rating import Proration
from ....engine.schedule import share

_LABELS = {"day": "days", "second": "seconds", "thirty": "days of 30-day months", "none": "period"}


def get_share(item, start, end):
    """The Proration of the days [start, end) of a charge; None where they are all of it.

    item: dict of `cloud.rating` with full_start, full_end, proration (a method of the schedule), share_tz and, for the
    method none, is_bearer: whether no earlier charge of the period bears all of it.
    """
    method, full_start, full_end = item.get("proration") or "day", item["full_start"], item["full_end"]
    if method == "none" and item["kind"] == "metered":
        # Usage is never "in full": what is due per period is due for what was served, and its pieces share that.
        method, full_start, full_end = "day", item["service_start"], item["service_end"]
    # A period that is due in full although the subscription ends in it has no days after the end.
    start, end = max(start, full_start), min(end, full_end)
    if start >= end:
        return Proration(0, 1, _LABELS[method])
    if method == "none":
        return None if item.get("is_bearer", True) else Proration(0, 1, _LABELS[method])
    numerator, denominator = share(method, start, end, full_start, full_end, item.get("share_tz") or "UTC")
    return None if numerator == denominator else Proration(numerator, denominator, _LABELS[method])
