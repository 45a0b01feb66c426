"""Where the price of one charge changes: the days and the dimension values that are priced as one.

Works on dicts and engine values only, as charge_pricing.py does, which prices them.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise

from ....engine.rating import AmbiguousPrice, PriceMissing, Resolution, resolve, resolve_combinations
from ..pricing.usage_facts import Refused

# So many values of a dimension are named on an invoice.
_SHOWN_VALUES = 5
# What has no dimensions is one combination without values.
NO_DIMENSIONS = ((),)


@dataclass(frozen=True)
class Stretch:
    """What is priced as one: a part of a charge's days, and of the dimension values that were used in them.

    utc_start, utc_end: None is open (a provider's whole month). resolution: None where no price was found.
    combinations: as of the engine's PricedStretch.
    """

    start: date
    end: date
    utc_start: datetime | None
    utc_end: datetime | None
    resolution: Resolution | None
    combinations: tuple = NO_DIMENSIONS

    @property
    def is_extra(self):
        return self.resolution is not None and self.resolution.chosen.role == "extra"

    @cached_property
    def part_key(self):
        """Which part of its days it prices; see `get_part_key`."""
        return get_part_key(self.resolution)


def cut(item, candidates, get_bounds, combinations=NO_DIMENSIONS, known=None):
    """The stretches of a charge, prices before extras. Raises Refused (price_missing, price_ambiguous).

    item: dict of `cloud.rating`. get_bounds: (start, end, tz) -> UTC bounds. combinations: of dimension values that
    were used. known: a dict that keeps what was resolved, for other charges of the same days and candidates. A metered
    charge without a price is one stretch without a resolution: whether that matters depends on its usage.
    """
    key = item["kind"], item["service_start"], item["service_end"], combinations, *map(id, candidates)
    try:
        parts = (known or {}).get(key) or _resolve(item, candidates, combinations)
    except PriceMissing as error:
        if item["kind"] != "metered" or any(combinations):
            raise refuse_price(item, error.facts["at"], error.facts.get("dimensions")) from error
        parts = [(item["service_start"], item["service_end"], None, combinations)]
    except AmbiguousPrice as error:
        names = ", ".join(sorted(rule.rule_name for rule in error.rules))
        raise Refused("price_ambiguous", rules=names, **_get_place(item, error.facts["at"])) from error
    if known is not None:
        known[key] = parts
    return [
        Stretch(start, end, *_get_utc(item, start, end, get_bounds), resolution, members)
        for start, end, resolution, members in parts
    ]


def _resolve(item, candidates, combinations):
    """List of (start, end, Resolution, combinations)."""
    start, end = item["service_start"], item["service_end"]
    if item["kind"] == "one_time":
        resolution = resolve(candidates, start)
        extras = [(start, end, Resolution(extra), combinations) for extra in resolution.extras]
        return [(start, end, resolution, combinations), *extras]
    return [
        (part.start, part.end, part.resolution, part.combinations)
        for part in resolve_combinations(start, end, candidates, combinations)
    ]


def cut_stretch(item, stretch, days, get_bounds):
    """A stretch of usage in the parts between some days."""
    points = [stretch.start, *(day for day in days if stretch.start < day < stretch.end), stretch.end]
    return [
        stretch if (left, right) == (stretch.start, stretch.end) else _cut_out(item, stretch, left, right, get_bounds)
        for left, right in pairwise(points)
    ]


def _cut_out(item, stretch, start, end, get_bounds):
    utc_start, utc_end = _get_utc(item, start, end, get_bounds)
    return replace(stretch, start=start, end=end, utc_start=utc_start, utc_end=utc_end)


def get_bearers(item, stretches):
    """The stretches of a charge that are priced: all, except of a fee whose periods are not shared.

    There what was agreed on the first served day is due for the whole period, and nothing for what came later in it.
    """
    if item["kind"] != "recurring" or item.get("proration") != "none":
        return stretches
    end = item["service_end"]
    return [replace(stretch, end=end) for stretch in stretches if stretch.start == item["service_start"]]


def _get_utc(item, start, end, get_bounds):
    """The UTC bounds of a stretch of usage; those of the whole were computed once, when the charge was made."""
    if item["kind"] != "metered":
        return None, None
    # A provider's month has none.
    first, last = (None, None) if item["billing_month"] else (item["utc_start"], item["utc_end"])
    return (
        first if start == item["service_start"] else get_bounds(start, end, item["tz"])[0],
        last if end == item["service_end"] else get_bounds(start, end, item["tz"])[1],
    )


def refuse_price(item, at, dimensions=()):
    values = ", ".join(f"{name} {value or '-'}" for name, value in dimensions or ())
    if not values:
        return Refused("price_missing", **_get_place(item, at))
    place = _get_place(item, at)
    return Refused("price_missing_for", values=values, dimensions=[list(pair) for pair in dimensions], **place)


def _get_place(item, at):
    return {
        "line": item["line_name"],
        "customer": item["customer_name"],
        "customer_id": item["customer_id"],
        "plan": item["plan_name"],
        "plan_id": item["plan_id"],
        "product_id": item["product_id"],
        "day": at.isoformat()[:10],
    }


def get_part_key(resolution):
    """Which part of its days a price is for: the conditions that let it apply, "" where it has none.

    A new version of a price has the same key, so a correction after it is one difference.
    """
    if resolution is None:
        return ""
    chosen = resolution.chosen
    own = _describe_conditions(chosen)
    if chosen.role == "extra":
        own = f"extra {chosen.rule.rule_name} {own}".rstrip()
    return "|".join([own, *(_describe_conditions(one) for one in resolution.adjustments if one.matches)])


def _describe_conditions(candidate):
    return ";".join(f"{dimension}={','.join(sorted(values))}" for dimension, values in sorted(candidate.matches))


def get_part_name(line_name, resolution):
    """What the customer reads of a part: the line, with the values that its price is for, or what the extra is."""
    if resolution is None:
        return line_name
    chosen = resolution.chosen
    values = [value for _dimension, wanted in chosen.matches for value in wanted]
    more = ", ..." if len(values) > _SHOWN_VALUES else ""
    name = f"{line_name} ({', '.join(values[:_SHOWN_VALUES])}{more})" if values else line_name
    return f"{name}: {chosen.rule.rule_name}" if chosen.role == "extra" else name
