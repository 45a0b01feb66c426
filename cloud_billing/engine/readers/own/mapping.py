"""The mapping of a format of one's own: which column is what and how its cells are written, checked as a whole.

A mapping is a JSON object (DOCUMENT below); it is kept, exported and read again as such. `read_mapping` checks it and
gives a Mapping, or says everything that is wrong with it.

MappingError.problems: pairs (code, values)      values
-----------------------------------------------  ---------------------------------------------------------------------
not_an_object                                    place
unknown_key                                      place, the key
bad_value                                        place, the value
too_long                                         place, the number allowed
unknown_field                                    place, the field
no_column                                        the fields, one of which must have a column or a constant
alias_twice                                      the two fields and the name that both claim
no_key                                           nothing says what makes a row the same row again
key_without_column                               the field that has no column
key_lacks                                        the field without which two different rows would be one
no_end_column, no_duration_column                what the period asks for
no_month_column                                  what the month asks for
same_signs                                       the decimal sign and the thousands sign are one
"""

import json
from collections.abc import Mapping as AnyMapping
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...numbers import NumberError, parse_decimal
from ..base import CHARGE_KINDS, SHAPES
from ..moments import DATE_FORMATS
from ..tables.text import ENCODINGS
from ..tables.xml_schema import MAX_SCHEMA

TEXT_FIELDS = (
    "id",
    "account",
    "account_name",
    "service",
    "sku",
    "sku_name",
    "region",
    "resource",
    "unit",
    "currency",
    "charge_kind",
    "provider",
    "provider_account",
)
COST_FIELDS = ("cost", "cost_effective", "cost_list", "cost_contracted")
NUMBER_FIELDS = ("quantity", *COST_FIELDS)
TIME_FIELDS = ("start", "end", "duration", "billing_month")
FIELDS = (*TIME_FIELDS, *NUMBER_FIELDS, *TEXT_FIELDS, "tags")
# How long a row lasts: until its end, to the end of its last day, for its duration, or for what contains its start.
PERIODS = ("end", "last_day", "duration", "day", "hour", "month", "instant", "auto")
DURATION_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
KEYS = ("id", "content")
MONTHS = ("column", "start", "import")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")
# A column that no field is mapped to may still be part of a row's key, under its own name behind this.
COLUMN_KEY = "column:"

MAX_NAME = 200
MAX_NAMES = 20
MAX_ENTRIES = 200
MAX_CONSTANT = 500
MAX_SKIP_ROWS = 1_000

DOCUMENT = {
    "shape": "append",
    "key": "id",
    "key_fields": ["id"],
    "month": "start",
    "columns": {},
    "constants": {},
    "date_format": "iso",
    "time_zone": "",
    "period": "day",
    "duration_unit": "seconds",
    "decimal": ".",
    "thousands": "",
    "quantity_factor": "1",
    "charge_kinds": {},
    "tags": None,
    "table": {},
}
TABLE_OPTIONS = {
    "delimiter": "",
    "encoding": "",
    "skip_rows": 0,
    "sheet": "",
    "member": "",
    "row_path": "",
    "schema": "",
}


class MappingError(ValueError):
    """A mapping that cannot be used. problems: all of them, as in the table above."""

    def __init__(self, problems):
        super().__init__(json.dumps(problems))
        self.problems = problems


class Mapping(NamedTuple):
    """A checked mapping. columns: {field: names in the file, the first that is there counts}.

    key_fields: of an append shape, what makes a row itself: fields, or names of columns behind COLUMN_KEY.
    month: of a snapshot, where a row's billing month comes from.   charge_kinds: {value in small letters: kind}.
    tags: names of the columns kept beside those of fields; None keeps all.
    """

    shape: str
    key: str
    key_fields: tuple
    month: str
    columns: dict
    constants: dict
    date_format: str
    time_zone: str
    period: str
    duration_unit: str
    decimal: str
    thousands: str
    quantity_factor: Decimal
    charge_kinds: dict
    tags: tuple | None
    table: dict


def fold(name):
    """A column name as it is compared: in small letters, blanks and hyphens as underscores."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def read_mapping(document):
    """The Mapping that a JSON object says. What is not said is as in DOCUMENT. Raises MappingError."""
    check = _Check()
    if not isinstance(document, AnyMapping):
        check.add("not_an_object", "")
        check.stop()
    check.known_keys("", document, DOCUMENT)
    said = {**DOCUMENT, **{key: value for key, value in document.items() if key in DOCUMENT}}
    mapping = Mapping(
        shape=check.one_of("shape", said["shape"], SHAPES),
        key=check.one_of("key", said["key"], KEYS),
        key_fields=tuple(check.names("key_fields", said["key_fields"])),
        month=check.one_of("month", said["month"], MONTHS),
        columns=check.columns(said["columns"]),
        constants=check.constants(said["constants"]),
        date_format=check.one_of("date_format", said["date_format"], DATE_FORMATS),
        time_zone=check.time_zone(said["time_zone"]),
        period=check.one_of("period", said["period"], PERIODS),
        duration_unit=check.one_of("duration_unit", said["duration_unit"], tuple(DURATION_UNITS)),
        decimal=check.one_of("decimal", said["decimal"], DECIMALS),
        thousands=check.one_of("thousands", said["thousands"], THOUSANDS),
        quantity_factor=check.factor(said["quantity_factor"]),
        charge_kinds=check.charge_kinds(said["charge_kinds"]),
        tags=None if said["tags"] is None else tuple(check.names("tags", said["tags"])),
        table=check.table(said["table"]),
    )
    check.stop()
    check.fits(mapping)
    check.stop()
    return mapping


class _Check:
    """Collects what is wrong, so that a person sees it all at once."""

    def __init__(self):
        self.problems = []

    def add(self, code, *values):
        self.problems.append([code, *values])

    def stop(self):
        if self.problems:
            raise MappingError(self.problems)

    # --- single values

    def known_keys(self, place, value, known):
        for key in value:
            if key not in known:
                self.add("unknown_key", place, str(key)[:MAX_NAME])

    def one_of(self, place, value, allowed):
        if not isinstance(value, str) or value not in allowed:
            self.add("bad_value", place, _show(value))
        return value

    def text(self, place, value, longest=MAX_NAME):
        """A text that is not blank, without the spaces around it."""
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            self.add("bad_value", place, _show(value))
            return ""
        if len(value) > longest:
            self.add("too_long", place, longest)
        return value.strip()

    def names(self, place, value, longest=MAX_ENTRIES):
        if not isinstance(value, (list, tuple)):
            self.add("bad_value", place, _show(value))
            return []
        if len(value) > longest:
            self.add("too_long", place, longest)
        return [self.text(place, name) for name in value[:longest]]

    def entries(self, place, value):
        """The pairs of an object of at most MAX_ENTRIES."""
        if not isinstance(value, AnyMapping):
            self.add("bad_value", place, _show(value))
            return []
        if len(value) > MAX_ENTRIES:
            self.add("too_long", place, MAX_ENTRIES)
            return []
        return value.items()

    # --- parts of the document

    def columns(self, value):
        columns = {}
        for field, names in self.entries("columns", value):
            if field not in FIELDS:
                self.add("unknown_field", "columns", _show(field))
                continue
            names = [names] if isinstance(names, str) else names
            columns[field] = tuple(self.names(f"columns.{field}", names, MAX_NAMES))
        owners = {}
        for field, names in columns.items():
            for name in names:
                other = owners.setdefault(fold(name), field)
                if other != field:
                    self.add("alias_twice", other, field, name)
        return {field: names for field, names in columns.items() if names}

    def constants(self, value):
        constants = {}
        for field, text in self.entries("constants", value):
            if field not in TEXT_FIELDS or field == "id":
                self.add("unknown_field", "constants", _show(field))
            else:
                constants[field] = self.text(f"constants.{field}", text, MAX_CONSTANT)
        kind = constants.get("charge_kind")
        if kind and kind not in CHARGE_KINDS:
            self.add("bad_value", "constants.charge_kind", kind)
        return constants

    def time_zone(self, value):
        if value == "":
            return ""
        try:
            ZoneInfo(value)
        except (ValueError, TypeError, OSError, AttributeError, KeyError):
            self.add("bad_value", "time_zone", _show(value))
        return value

    def factor(self, value):
        try:
            factor = parse_decimal(value)
        except (NumberError, TypeError):
            factor = Decimal(0)
        if not factor:
            self.add("bad_value", "quantity_factor", _show(value))
        return factor

    def charge_kinds(self, value):
        kinds = {}
        for written, kind in self.entries("charge_kinds", value):
            key = self.text("charge_kinds", written).casefold()
            self.one_of(f"charge_kinds.{key}", kind, CHARGE_KINDS)
            if key in kinds:
                self.add("bad_value", "charge_kinds", key)
            kinds[key] = kind
        return kinds

    def table(self, value):
        table = dict(TABLE_OPTIONS)
        for name, option in self.entries("table", value):
            if name not in TABLE_OPTIONS:
                self.add("unknown_key", "table", _show(name))
            elif type(option) is not type(TABLE_OPTIONS[name]):
                self.add("bad_value", f"table.{name}", _show(option))
            elif name == "skip_rows" and not 0 <= option <= MAX_SKIP_ROWS:
                self.add("bad_value", "table.skip_rows", _show(option))
            elif name == "delimiter" and len(option) > 1:
                self.add("bad_value", "table.delimiter", _show(option))
            elif name == "encoding" and option and option not in ENCODINGS:
                self.add("bad_value", "table.encoding", _show(option))
            elif isinstance(option, str) and len(option) > (longest := MAX_SCHEMA if name == "schema" else MAX_NAME):
                self.add("too_long", f"table.{name}", longest)
            else:
                table[name] = option
        return table

    # --- what must go together

    def fits(self, mapping):
        given = {*mapping.columns, *mapping.constants}
        for fields in (("start", "billing_month"), ("account",), ("service",), NUMBER_FIELDS):
            if not given.intersection(fields):
                self.add("no_column", *fields)
        if mapping.period in ("end", "last_day") and "end" not in mapping.columns:
            self.add("no_end_column")
        if mapping.period == "duration" and "duration" not in mapping.columns:
            self.add("no_duration_column")
        if "start" not in mapping.columns and mapping.period != "month":
            self.add("bad_value", "period", mapping.period)
        if mapping.decimal == mapping.thousands:
            self.add("same_signs", mapping.decimal)
        if mapping.shape == "append":
            self.key(mapping)
        elif mapping.month == "column" and "billing_month" not in mapping.columns:
            self.add("no_month_column")

    def key(self, mapping):
        if not mapping.key_fields:
            self.add("no_key")
        for field in mapping.key_fields:
            if not field.startswith(COLUMN_KEY) and field not in mapping.columns:
                self.add("key_without_column", field)
        if mapping.key == "content":
            # Two events that differ only in what they are worth or when they were would be taken for one.
            for field in (*TIME_FIELDS, *NUMBER_FIELDS, "account", "service"):
                if field in mapping.columns and field not in mapping.key_fields:
                    self.add("key_lacks", field)


def _show(value):
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:MAX_NAME]
