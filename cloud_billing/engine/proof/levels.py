"""Levels: rows that say how much there is from then on, such as the size of a disk or a seat that was added."""

from datetime import timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

_TICK = timedelta(microseconds=1)


def hold(meter, stretch, rows):
    """The rows as levels, with `starts`, `ends`, `is_held`, `is_last`.

    A level holds from its row until the next row of its key, within the stretch and for as long as its stream is the
    line's. Of several rows of one instant that which ends last holds, and of those the one with the largest number.
    """
    levels = []
    for row in rows:
        number = row["measured"]
        if meter["aggregation"] == "unique_count":
            number = _read_operation(row)
        starts = max(moment for moment in (row["service_start"], row["owned_from"], stretch["start"]) if moment)
        stops = [moment for moment in (row["owned_to"], stretch["end"]) if moment]
        levels.append({**row, "measured": number, "starts": starts, "stops": min(stops) if stops else None})
    by_key = {}
    for level in levels:
        by_key.setdefault((level["key"], level["measured"] is None), []).append(level)
    for (_key, is_nothing), group in by_key.items():
        group.sort(key=_get_order)
        for level, follower in zip(group, [*group[1:], None], strict=True):
            ends = [moment for moment in (follower and follower["starts"], level["stops"]) if moment]
            level["ends"] = min(ends) if ends else None
            level["is_held"] = not is_nothing and (level["ends"] is None or level["ends"] > level["starts"])
            level["is_last"] = not is_nothing and follower is None
    return levels


def _get_order(level):
    return level["starts"], level["service_start"], level["service_end"], level["measured"] or 0


def is_counted(meter, level):
    """Whether a row counts: those of the stretch, and those from before it whose level still held."""
    if level["is_event"]:
        return True
    if meter["aggregation"] == "latest":
        return level["is_last"]
    return level["is_held"] and (meter["aggregation"] != "unique_count" or level["measured"] == 1)


def _read_operation(row):
    if not row["key"]:
        return None
    return {"add": Fraction(1), "remove": Fraction(0)}.get(row["operation"])


def _latest(meter, stretch, levels):
    last = [level["measured"] for level in levels if level["is_last"]]
    return sum(last) if last else None


def _weigh(meter, stretch, levels):
    held = [level for level in levels if level["is_held"]]
    if not held:
        return None
    return _by_days(stretch, held) if meter.get("weighting") == "days" else _by_seconds(stretch, held)


def _by_seconds(stretch, levels):
    """Number x seconds of each level, over the seconds of the whole period."""
    total = sum(level["measured"] * _get_seconds(level["starts"], level["ends"]) for level in levels)
    return total / Fraction(stretch["full_seconds"])


def _get_seconds(start, end):
    span = end - start
    return span.days * 86400 + span.seconds + Fraction(span.microseconds, 10**6)


def _by_days(stretch, levels):
    """Each local day at the highest level that it saw, over the days of the whole period; each key alone."""
    zone = ZoneInfo(stretch.get("tz", "UTC"))
    highest = {}
    for level in levels:
        day, last = (
            moment.replace(tzinfo=timezone.utc).astimezone(zone).date()
            for moment in (level["starts"], level["ends"] - _TICK)
        )
        while day <= last:
            key = level["key"], day
            highest[key] = max(highest.get(key, level["measured"]), level["measured"])
            day += timedelta(days=1)
    return sum(highest.values(), Fraction(0)) / stretch["full_days"]


def _count_unique(meter, stretch, levels):
    if meter.get("weighting"):
        return _weigh(meter, stretch, levels)
    seen = [level for level in levels if level["is_held"] or level["is_event"]]
    if not seen:
        return None
    return Fraction(len({level["key"] for level in levels if level["is_held"] and level["measured"] == 1}))


LEVELS = {"latest": _latest, "time_weighted": _weigh, "unique_count": _count_unique}
