"""What the meters of one statement read of a row. What none of them reads is left out of the statement."""

from typing import NamedTuple

from .usage_aggregates import PLAIN
from .usage_counting import HAS_ROW_FILTER, HAS_STREAM_FILTER
from .usage_dimensions import STREAM_DIMENSIONS

# The columns of a query on meters m that fill in Reads.
METER_READS = f"""m.basis = 'tag' OR m.value_basis IS NOT DISTINCT FROM 'tag' OR COALESCE(m.operation_tag, '') <> ''
                   AS has_tags,
                   m.value_basis IS NOT NULL AS has_values,
                   m.apart_dimension IS NOT NULL AS has_keys,
                   m.rounding <> 'none' AND m.rounding_scope = 'event' AS has_row_rounding,
                   {HAS_STREAM_FILTER} AS has_stream_filters,
                   {HAS_ROW_FILTER} AS has_row_filters,
                   COALESCE(m.operation_tag, '') <> '' AS has_operations"""
_FLAGS = ("has_tags", "has_values", "has_keys", "has_row_rounding", "has_stream_filters", "has_row_filters")
# What they make of a row stands on the meter: what is counted once, how time is weighed, whether levels carry over.
_BY_METER = ("unique_count", "time_weighted", "latest")
NO_METER = dict.fromkeys((*_FLAGS, "has_operations"), False)


class Reads(NamedTuple):
    """aggregations, bases: of all requests.   has_*: at least one meter has some.   dimensions: all names asked for.
    is_once: no line is asked for twice.
    """

    aggregations: frozenset[str]
    bases: frozenset[str]
    dimensions: tuple[str, ...] = ()
    has_tags: bool = True
    has_values: bool = True
    has_keys: bool = True
    has_row_rounding: bool = True
    has_stream_filters: bool = True
    has_row_filters: bool = True
    is_once: bool = False

    def needs_stream(self):
        """Whether single rows are looked at beside their stream."""
        has_names = self.has_keys or self.has_row_filters or "unique_count" in self.aggregations
        return has_names or not set(self.dimensions).isdisjoint(STREAM_DIMENSIONS)

    def needs_meter(self):
        """Whether single rows are looked at beside their meter."""
        has_names = self.has_keys or self.has_row_filters or not self.aggregations.isdisjoint(_BY_METER)
        return has_names or self.has_tags or self.has_values or self.has_row_rounding


# For statements about single charges, which are too few to be worth another text.
EVERYTHING = Reads(frozenset(["unique_count"]), frozenset())


def get_reads(requests, meters):
    """The Reads of some requests. meters: {id: dict of METER_READS}."""
    lines = {request.subscription_line_id for request in requests}
    read = [meters.get(meter_id, NO_METER) for meter_id in {request.meter_id for request in requests}]
    return Reads(
        aggregations=frozenset(request.aggregation for request in requests),
        bases=frozenset(request.basis for request in requests),
        dimensions=tuple(sorted({name for request in requests for name in request.dimensions})),
        is_once=len(lines) == len(requests),
        **{flag: any(meter[flag] for meter in read) for flag in _FLAGS},
    )


def is_plain(request, meter):
    """Whether the rows of a stream can be added up before anything else is asked of them."""
    looks = meter["has_tags"] or meter["has_keys"] or meter["has_row_rounding"] or meter["has_row_filters"]
    return request.aggregation in PLAIN and not looks
