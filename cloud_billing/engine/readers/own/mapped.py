"""Tables of any kind whose columns somebody has mapped: own formats, and the CSV files with an id that need no mapping.

Cells are taken without the spaces around them; an empty cell and the literal NULL are null.
"""

import re
from datetime import timedelta, timezone
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...numbers import exact, parse_decimal, to_text
from ..base import CHARGE_KINDS, Limits, RejectedFile, RowFault, UsageRow
from ..moments import Moments, get_second, parse_month, to_utc
from ..tables.opening import open_table
from ..tables.text import Table, distinct_names, each_row
from ..tables.tree_table import MORE, spread
from ..values import Cache, add_seconds, bare_number, digest, json_string, plain_number, tags_json
from .mapping import COLUMN_KEY, COST_FIELDS, DURATION_UNITS, FIELDS, NUMBER_FIELDS, fold, read_mapping

_IDENTITY = ("id", "provider", "provider_account", "account", "service", "sku", "region", "unit")
_NOT_NULL = ("account", "service")
_DAY = 24 * 60 * 60
_DEFAULTS = ("provider", "provider_account", "currency")
# Blanks that programs write between thousands.
_BLANKS = "[ \u00a0\u202f]"


class MappedReader:
    """Reader of tables by a mapping (see mapping.DOCUMENT), which also says their shape.

    Options: mapping, the JSON object; billing_month, 'YYYY-MM-01', where the mapping takes it from the import;
    time_zone, provider, provider_account and currency of the source, where the mapping and the rows say none.
    """

    name = "own_columns"
    label = "Own columns (a table of any kind)"
    shape = "append"
    is_by_record = True

    def recognise(self, header):
        """Never: which own format a file has is asked of the mappings."""
        return False

    def read(self, chunks, *, file_name, limits=None, options=None):
        """Yield a UsageRow or RowError per record, in file order. Raises RejectedFile, MappingError."""
        limits, options = limits or Limits(), options or {}
        mapping = read_mapping(options.get("mapping") or {})
        table = open_table(chunks, file_name=file_name, limits=limits, options={**mapping.table, **options})
        yield from read_table(table, mapping, options)


def read_table(table, mapping, options):
    """Yield a UsageRow or RowError per row of an open table. Raises RejectedFile."""
    header = table.header()
    columns = find_columns(table, header, mapping)
    options = {**options, "time_zone": mapping.time_zone or options.get("time_zone")}
    defaults = {field: options.get(field) for field in _DEFAULTS if options.get(field)}
    mapping = mapping._replace(constants={**defaults, **mapping.constants})
    rows = _OwnRows(table, columns, mapping, options)
    yield from each_row(table, header, rows.row, columns.written)


def knows(header, mapping):
    """Whether a table with this header could be read by the mapping: every column that has no constant is there."""
    found = {fold(name) for name in header}
    return all(
        field in mapping.constants or any(fold(name) in found for name in names)
        for field, names in mapping.columns.items()
    )


class Columns(NamedTuple):
    """Which column is what. names: per position (is a field, field or name of a tag; None is passed over).

    written: {field: name as written in the file}.
    """

    names: list
    written: dict


def find_columns(table, header, mapping):
    """The Columns of a header. Raises RejectedFile: not_this_format, column_missing, column_twice."""
    places = {}
    for place, name in enumerate(header):
        places.setdefault(fold(name), []).append(place)
    fields, missing, twice = {}, [], []
    for field, names in mapping.columns.items():
        name = next((name for name in names if fold(name) in places), None)
        if name is None and field not in mapping.constants and MORE not in header:
            missing.append(names[0])
        elif name is not None:
            found = places[fold(name)]
            fields[found[0]] = field
            twice += [header[place] for place in found] if len(found) > 1 else []
    row_no = table.row_no
    if missing and len(missing) * 2 > len(mapping.columns):
        raise RejectedFile("not_this_format", table.file_name, row_no, detail=tuple(missing))
    if missing:
        raise RejectedFile("column_missing", table.file_name, row_no, detail=tuple(missing))
    if twice:
        raise RejectedFile("column_twice", table.file_name, row_no, detail=tuple(dict.fromkeys(twice)))
    kept = None if mapping.tags is None else {fold(name) for name in mapping.tags}
    keyed = {fold(name.removeprefix(COLUMN_KEY)) for name in mapping.key_fields if name.startswith(COLUMN_KEY)}
    names = []
    for place, name in enumerate(distinct_names(header)):
        if place in fields:
            names.append((True, fields[place]))
        else:
            is_read = kept is None or fold(header[place]) in kept | keyed or header[place] == MORE
            names.append((False, name if is_read else None))
    return Columns(names, {field: header[place] for place, field in fields.items()})


class MappedRows:
    """One table being read: makes its rows. What differs between an own format and plain CSV is in the hooks."""

    def __init__(self, table, columns, mapping, options):
        self.file_name = table.file_name
        self.limits = table.limits
        self.names = columns.names
        self.mapping = mapping
        self.defaults = {field: options.get(field) or "" for field in _DEFAULTS}
        self.month = options.get("billing_month")
        self.zone = ZoneInfo(options["time_zone"]) if options.get("time_zone") else timezone.utc
        self.moments = Moments(mapping.date_format, self.zone)
        self.intervals = Cache()
        self.thousands = _compile_thousands(mapping)
        # Where they stand is known of the columns in the header; of later ones in a tree by their names.
        self.fields = {fold(name): field for field, names in mapping.columns.items() for name in names}

    # --- what an own format and plain CSV do each in its way

    def prepare(self, value, unknown):
        """Complete the cells of a row, {field: text}, before anything is made of them. Raises RowFault."""

    def get_month(self, value):
        """'YYYY-MM-01' or None."""
        return

    # --- a row

    def row(self, row_no, cells):
        """The usage row of a record of the right width. Raises RowFault."""
        value, unknown = self.split(row_no, cells)
        self.prepare(value, unknown)
        start, end = self.interval(value)
        for field in NUMBER_FIELDS:
            if value.get(field):
                value[field] = self.number(field, value[field])
        if "tags" in value:
            value["tags"] = tags_json(value["tags"])
        month = self.get_month(value)
        return self.make_row(row_no, value, unknown, start, end, month)

    def split(self, row_no, cells):
        """({field: text}, {name of a tag: text}) of the cells that are not null."""
        value, unknown = {}, {}
        for (is_field, name), cell in zip(self.names, cells, strict=True):
            if len(cell) > self.limits.max_cell:
                raise RejectedFile("cell_too_long", self.file_name, row_no, detail=self.limits.max_cell)
            cell = cell.strip()
            if cell and cell != "NULL" and name is not None:
                (value if is_field else unknown)[name] = cell
        for name, cell in spread(unknown.pop(MORE, "")).items():
            field, cell = self.fields.get(fold(name)), cell.strip()
            if cell and cell != "NULL":
                (value if field else unknown).setdefault(field or name, cell)
        return value, unknown

    def make_row(self, row_no, value, unknown, start, end, month):
        hashed = content_hash(value, unknown)
        value = {**dict.fromkeys(FIELDS, ""), **{k: v for k, v in self.defaults.items() if v}, **value}
        for field in _IDENTITY:
            if len(value[field]) > self.limits.max_identity:
                raise RowFault(field, "field_too_long", value[field])
        return UsageRow(
            row_no=row_no,
            external_id=value["id"] or None,
            provider=value["provider"],
            provider_account=value["provider_account"],
            sub_account=value["account"],
            sub_account_name=value["account_name"],
            service=value["service"],
            sku=value["sku"],
            sku_name=value["sku_name"],
            region=value["region"],
            charge_kind=_charge_kind(value["charge_kind"]),
            unit=value["unit"],
            currency=_currency(value),
            service_start=start,
            service_end=end,
            billing_month=month,
            quantity=value["quantity"] or None,
            cost_billed=value["cost"] or None,
            cost_effective=value["cost_effective"] or None,
            cost_list=value["cost_list"] or None,
            cost_contracted=value["cost_contracted"] or None,
            resource=value["resource"],
            tags=_tags(value["tags"], unknown),
            content_hash=hashed,
        )

    # --- time

    def interval(self, value):
        """(start, end) as UTC texts; in `value` they become exact, so that how a date is written does not matter."""
        written = tuple(value.get(field) for field in ("start", "end", "duration", "billing_month"))
        known = self.intervals.get(written)
        if not known:
            known = self.intervals.keep(written, self._get_interval(value), 200)
        start, end, exact_start, exact_end = known
        if exact_start:
            value["start"] = exact_start
        if exact_end:
            value["end"] = exact_end
        return start, end

    def _get_interval(self, value):
        """(start, end, exact text of the start cell, of the end cell or None). Raises RowFault."""
        period = self.mapping.period
        start = self.moment("start", value["start"]) if value.get("start") else None
        if start is None:
            start = Moments("iso", self.zone).read(self.read_month(value))
        begins, ends = start.utc, None
        if period in ("end", "last_day") or (period == "auto" and value.get("end")):
            end = self._need_end(value)
            if end.utc <= begins and not end.is_date:
                # A time that comes twice is the first, which lies before the start here: so the second is meant.
                end = get_second(end)
            ends = end.utc if period != "last_day" else self._next_day(end)
            exact_end = end.exact
        else:
            begins, ends = self._lasting(period, start, value)
            exact_end = None
        if ends <= begins:
            raise RowFault("duration" if period == "duration" else "end", "end_before_start", ends)
        return begins, ends, start.exact if value.get("start") else None, exact_end

    def _need_end(self, value):
        if not value.get("end"):
            raise RowFault("end", "missing_value")
        return self.moment("end", value["end"])

    def _lasting(self, period, start, value):
        """(start, end) of a row that has no end of its own."""
        if period == "duration":
            return start.utc, self._add_duration(start.utc, value)
        if period == "instant" or (period == "auto" and not start.is_date):
            return start.utc, add_seconds(start.utc, 1)
        local = start.local.replace(minute=0, second=0)
        if period == "hour":
            begins = to_utc(local, start.zone)
            return begins, add_seconds(begins, 60 * 60)
        local = local.replace(hour=0)
        if period == "month":
            first = local.replace(day=1)
            return to_utc(first, start.zone), to_utc((first + timedelta(days=32)).replace(day=1), start.zone)
        return to_utc(local, start.zone), self._next_day(start)

    def _next_day(self, moment):
        # Through the calendar, not by 24 hours: a day in a time zone can have 23 or 25.
        midnight = moment.local.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        return to_utc(midnight, moment.zone)

    def _add_duration(self, start, value):
        if not value.get("duration"):
            raise RowFault("duration", "missing_value")
        number = parse_decimal(self.number("duration", value["duration"]))
        with exact():
            seconds = number * DURATION_UNITS[self.mapping.duration_unit]
        if not 0 < seconds <= 400 * _DAY:
            raise RowFault("duration", "end_before_start", value["duration"])
        # A part of a second belongs to the row: its end is the next whole one.
        return add_seconds(start, ceil(seconds))

    def moment(self, field, text):
        """The Moment of a cell. Raises RowFault."""
        try:
            return self.moments.read(text)
        except (ValueError, OverflowError):
            if self.mapping.date_format == "iso":
                raise RowFault(field, "bad_date", text) from None
            raise RowFault(field, "bad_date_format", text) from None

    def read_month(self, value):
        """'YYYY-MM-01' of the billing month's cell. Raises RowFault."""
        text = value.get("billing_month")
        if not text:
            raise RowFault("billing_month", "missing_value")
        try:
            return parse_month(text, self.mapping.date_format)
        except (ValueError, OverflowError):
            raise RowFault("billing_month", "bad_month", text) from None

    # --- numbers

    def number(self, field, text):
        """The plain number of a cell, every digit kept. Raises RowFault."""
        mapping, plain = self.mapping, text
        if self.thousands and self.thousands[0].fullmatch(plain):
            plain = self.thousands[1].sub("", plain)
        if mapping.decimal == ",":
            # One comma and no point: anything else has thousands separators or another meaning.
            if "." in plain or plain.count(",") > 1:
                raise RowFault(field, "not_a_number", text)
            plain = plain.replace(",", ".")
        try:
            return plain_number(plain, field)
        except RowFault as fault:
            raise RowFault(field, fault.reason, text) from None


class _OwnRows(MappedRows):
    """Rows of an own format: constants and the meaning of values are part of their content."""

    def prepare(self, value, unknown):
        mapping = self.mapping
        # Of the cells as they are: a mapping that is corrected later must not make the same row another one.
        key = self._get_key(value, unknown) if mapping.shape == "append" else None
        if mapping.charge_kinds and value.get("charge_kind"):
            value["charge_kind"] = self._get_charge_kind(value["charge_kind"])
        for field, constant in mapping.constants.items():
            if not value.get(field):
                value[field] = constant
        value["id"] = key or ""
        for field in _NOT_NULL:
            if not value.get(field):
                raise RowFault(field, "missing_value")
        if not value.get("start") and not value.get("billing_month"):
            raise RowFault("start" if "start" in mapping.columns else "billing_month", "missing_value")
        numbers = [field for field in NUMBER_FIELDS if field in mapping.columns]
        if not any(value.get(field) for field in numbers):
            raise RowFault(numbers[0], "missing_value")
        if mapping.tags is not None:
            kept = {fold(name) for name in mapping.tags}
            for name in [name for name in unknown if fold(name) not in kept]:
                del unknown[name]

    def number(self, field, text):
        try:
            plain = super().number(field, text)
        except RowFault as fault:
            if fault.reason != "not_a_number":
                raise
            raise RowFault(field, "bad_number_format", text) from None
        if field != "quantity" or self.mapping.quantity_factor == 1:
            return plain
        with exact():
            return to_text(parse_decimal(plain) * self.mapping.quantity_factor)

    def get_month(self, value):
        source = self.mapping.month if self.mapping.shape == "snapshot" else "column"
        if source == "import":
            return self.month
        if source == "column" and "billing_month" in self.mapping.columns:
            value["billing_month"] = self.read_month(value)
            return value["billing_month"]
        return None

    def _get_charge_kind(self, text):
        kind = self.mapping.charge_kinds.get(text.casefold())
        if not kind:
            raise RowFault("charge_kind", "unknown_charge_category", text)
        return kind

    def _get_key(self, value, unknown):
        """What makes the row itself, from its cells as written: its id, or a digest of what is its content."""
        cells = [self._get_key_cell(field, value, unknown) for field in self.mapping.key_fields]
        if self.mapping.key == "content":
            parts = [part for pair in zip(self.mapping.key_fields, cells, strict=True) for part in pair]
            return digest("\0".join(parts).encode()).hex()
        if not any(cells):
            raise RowFault(self.mapping.key_fields[0].removeprefix(COLUMN_KEY), "missing_value")
        if len(cells) == 1:
            return cells[0]
        return "|".join(cell.replace("\\", "\\\\").replace("|", "\\|") for cell in cells)

    def _get_key_cell(self, field, value, unknown):
        if not field.startswith(COLUMN_KEY):
            return value.get(field, "")
        name = fold(field.removeprefix(COLUMN_KEY))
        return next((cell for known, cell in unknown.items() if fold(known) == name), "")


def _compile_thousands(mapping):
    """(pattern of a number with separated thousands, pattern of the separator), or None where there are none."""
    if not mapping.thousands:
        return None
    mark = _BLANKS if mapping.thousands == " " else re.escape(mapping.thousands)
    number = rf"[+-]?[1-9]\d{{0,2}}(?:{mark}\d{{3}})+(?:{re.escape(mapping.decimal)}\d*)?"
    return re.compile(number, re.ASCII), re.compile(mark)


def _charge_kind(text):
    kind = text.lower() or "usage"
    if kind not in CHARGE_KINDS:
        raise RowFault("charge_kind", "unknown_charge_category", text)
    return kind


def _currency(value):
    text = value["currency"]
    if not text and any(value[field] for field in COST_FIELDS):
        raise RowFault("currency", "missing_value")
    if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise RowFault("currency", "bad_currency", text)
    return text.upper()


def _tags(tags, unknown):
    members = [f"{json_string(name)}:{json_string(cell)}" for name, cell in sorted(unknown.items())]
    if tags:
        members.append(f'"tags":{tags}')
    return f"{{{','.join(members)}}}"


def content_hash(value, unknown):
    """Over name and value of every cell that is not null, by name; numbers without the zeros that say nothing.

    A table program that saves 1.50 as 1.5, or columns in another order, has not changed the record.
    """
    known = {name: text for name, text in value.items() if text}
    for field in NUMBER_FIELDS:
        if field in known:
            known[field] = bare_number(known[field])
    parts = [part for pair in sorted(known.items()) for part in pair]
    parts += [part for pair in sorted(unknown.items()) for part in ("", *pair)]
    return digest("\0".join(parts).encode())


class SampleTable(Table):
    """The first rows of a table as an open table: what a mapping makes of them is shown while it is made."""

    def __init__(self, header, rows, *, file_name="", limits=None):
        super().__init__(file_name=file_name, limits=limits or Limits())
        self.row_no = 1
        self._header = header
        self._rows = rows

    def header(self):
        """The column names."""
        return self._header

    def __iter__(self):
        for cells in self._rows:
            self.row_no += 1
            yield cells
