"""What a charge asks of the usage store, and what it gets. Pure values: no records, no SQL."""

from collections.abc import Hashable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

BASES = ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted", "tag")
# Beyond this a price per event is no price a person can check, and its list no longer fits in memory beside others.
MAX_EVENTS = 1_000_000


class TotalsRequest(NamedTuple):
    """What a charge asks for. Bounds are naive UTC, half-open; None: not cut there.

    aggregation, basis: what is made of which number of the rows.   billing_month: first day of the provider's month,
    or None where service_start alone decides; then both bounds are given.
    meter_id: the meter whose filters, conversions and keys apply; None: all rows, as they are.
    dimensions: names of usage_dimensions by which the answer is taken apart.
    full_start, full_end: local days of the whole period of which the stretch is a part, for what is weighted by time;
    None: the stretch is the whole.   tz: the zone of those days.
    """

    key: Hashable
    subscription_line_id: int
    aggregation: str
    basis: str
    billing_month: date | None
    utc_start: datetime | None
    utc_end: datetime | None
    meter_id: int | None = None
    dimensions: tuple[str, ...] = ()
    full_start: date | None = None
    full_end: date | None = None
    tz: str = "UTC"


class BadRow(NamedTuple):
    """A row whose tag does not say what its meter reads there: a number, or add or remove. row: as numbered in file."""

    tag: str
    text: str
    row: int
    file: str
    usage_import: str


class Totals(NamedTuple):
    """What the rows of one request, unit, currency and combination of its dimensions come to.

    unit: the meter's where it converts the rows' own; a unit that it does not know stays.   quantity: what the meter
    makes of its number, None when no row carries it. Costs are by currency; one quantity for all of them stands with
    the first, and is None with the others, unless the number is money itself. So the quantities of a request and unit
    add up to what is counted, whatever the aggregation.
    cost_*: sums in `currency`, None when no row has one.   row_count: rows that were counted, those from before the
    stretch whose level still held included.   event_count: rows of the stretch itself; where the meter has a value,
    those that have one.   value: the money that the rows of the stretch moved, in `currency`, where the meter says
    which number that is.   dimensions: (name, value) in the order asked for; a row without the dimension has "".
    bad_row: a BadRow for which the quantity cannot be told.
    """

    key: Hashable
    unit: str
    currency: str
    quantity: Decimal | None
    cost_billed: Decimal | None
    cost_effective: Decimal | None
    cost_list: Decimal | None
    cost_contracted: Decimal | None
    row_count: int
    value: Decimal | None = None
    event_count: int = 0
    dimensions: tuple[tuple[str, str], ...] = ()
    bad_row: BadRow | None = None


class Events(NamedTuple):
    """The number of each row of a request that carries one, in the order of service.

    It is the value where the meter has one, else the number that the meter measures.   values: None where there are
    more than the limit; count says how many.
    """

    count: int
    values: tuple[Decimal, ...] | None
