"""Small CSV files of one's own meters: every row has an id, files only add.

Cells are taken without the spaces around them; an empty cell and the literal NULL are null.
"""

from datetime import timezone
from zoneinfo import ZoneInfo

from .base import CHARGE_KINDS, Limits, RejectedFile, RowFault, UsageRow
from .tables import open_table
from .text import distinct_names, each_row
from .values import Cache, add_seconds, digest, json_string, parse_moment, plain_number, tags_json

# What each column may be called, in any case; spaces and hyphens count as underscores.
ALIASES = {
    "id": ("id", "external_id", "event_id", "record_id", "row_id", "transaction_id"),
    "start": ("start", "time", "timestamp", "date", "usage_date", "start_time", "service_start", "from"),
    "end": ("end", "end_time", "service_end", "to", "until"),
    "account": (
        "account",
        "account_id",
        "sub_account",
        "subaccount",
        "sub_account_id",
        "customer",
        "project",
        "tenant",
    ),
    "account_name": ("account_name", "sub_account_name", "customer_name", "project_name", "tenant_name"),
    "service": ("service", "meter", "service_name", "product"),
    "quantity": ("quantity", "qty", "usage"),
    "unit": ("unit", "uom", "unit_of_measure"),
    "region": ("region", "region_id", "location"),
    "sku": ("sku", "sku_id"),
    "sku_name": ("sku_name", "description"),
    "cost": ("cost", "billed_cost"),
    "currency": ("currency", "currency_code", "billing_currency"),
    "charge_kind": ("charge_kind", "kind", "charge_category"),
    "resource": ("resource", "resource_id"),
    "provider": ("provider", "provider_name"),
    "provider_account": ("provider_account", "billing_account", "billing_account_id"),
    "tags": ("tags",),
}
MANDATORY = ("id", "start", "account", "service", "quantity", "unit")
NOT_NULL = ("id", "start", "account", "service", "quantity")
_IDENTITY = ("id", "provider", "provider_account", "account", "service", "sku", "region", "unit")
_BY_NAME = {alias: column for column, aliases in ALIASES.items() for alias in aliases}
_DAY = 24 * 60 * 60


class GenericCsvReader:
    """Reader of CSV files with an id column, gzip or not.

    Options, all optional:
      columns     {column of ALIASES: name in the file}, for names that the aliases do not cover; it goes before them
      delimiter   a comma unless said otherwise
      decimal     ',' when numbers are written 1234,5 (never with thousands separators)
      time_zone   IANA name of the times without an offset; UTC unless said otherwise
      provider, provider_account, currency   for rows that do not say
    """

    name = "csv"
    label = "Usage events (CSV with an id)"
    shape = "append"

    def recognise(self, header):
        """True when every obligatory column is there under a name of ALIASES."""
        return not _missing({_BY_NAME.get(_fold(name)) for name in header})

    def read(self, chunks, *, file_name, limits=None, options=None):
        """Yield a UsageRow or RowError per record, in file order. Raises RejectedFile; see base for the codes.

        start and end are half-open. Without an end a date alone is that whole day, a moment is the second it begins.
        """
        limits, options = limits or Limits(), options or {}
        records = open_table(chunks, file_name=file_name, limits=limits, options=options)
        header = records.header()
        file = _GenericFile(header, records, limits, options)
        yield from each_row(records, header, file.row, file.written)


def _fold(name):
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _missing(columns):
    return tuple(column for column in MANDATORY if column not in columns)


class _GenericFile:
    """One file being read: which column is what, and the options that apply to all of its rows."""

    def __init__(self, header, records, limits, options):
        self.header = header
        self.file_name = records.file_name
        self.header_row = records.row_no
        self.limits = limits
        self.defaults = {key: options.get(key) or "" for key in ("provider", "provider_account", "currency")}
        self.decimal = options.get("decimal") or "."
        self.zone = ZoneInfo(options["time_zone"]) if options.get("time_zone") else timezone.utc
        self.moments = Cache()
        self.written = {}
        self.names = self._name_columns(options.get("columns") or {})

    def _name_columns(self, mapping):
        """(is known, column of ALIASES or name kept among the tags) for each position."""
        wanted = {_fold(name): column for column, name in mapping.items()}
        names, twice = [], []
        for written, key in zip(self.header, distinct_names(self.header), strict=True):
            column = wanted.get(_fold(written))
            if not column and _BY_NAME.get(_fold(written)) not in mapping:
                column = _BY_NAME.get(_fold(written))
            if column in self.written:
                twice += [self.written[column], written]
            if column:
                self.written[column] = written
            names.append((True, column) if column else (False, key))
        missing = tuple(
            dict.fromkeys([*_missing(self.written), *(name for name in mapping if name not in self.written)])
        )
        if len(missing) * 2 > len(MANDATORY):
            raise RejectedFile("not_this_format", self.file_name, self.header_row, detail=missing)
        if missing:
            raise RejectedFile("column_missing", self.file_name, self.header_row, detail=missing)
        if twice:
            raise RejectedFile("column_twice", self.file_name, self.header_row, detail=tuple(dict.fromkeys(twice)))
        return names

    def row(self, row_no, cells):
        """The usage row of a record of the right width. Raises RowFault."""
        value, unknown = self._split(row_no, cells)
        for column in NOT_NULL:
            if not value.get(column):
                raise RowFault(column, "missing_value")
        start, end = self._interval(value)
        for column in ("quantity", "cost"):
            if value.get(column):
                value[column] = self._number(column, value[column])
        if "tags" in value:
            value["tags"] = tags_json(value["tags"])
        hashed = _content_hash(value, unknown)
        value = {**dict.fromkeys(ALIASES, ""), **{k: v for k, v in self.defaults.items() if v}, **value}
        for column in _IDENTITY:
            if len(value[column]) > self.limits.max_identity:
                raise RowFault(column, "field_too_long", value[column])
        return UsageRow(
            row_no=row_no,
            external_id=value["id"],
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
            currency=_currency(value["currency"], value["cost"]),
            service_start=start,
            service_end=end,
            billing_month=None,
            quantity=value["quantity"],
            cost_billed=value["cost"] or None,
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource=value["resource"],
            tags=_tags(value["tags"], unknown),
            content_hash=hashed,
        )

    def _split(self, row_no, cells):
        """({known column: text}, {unknown column: text}) of the cells that are not null."""
        value, unknown = {}, {}
        for (is_known, name), cell in zip(self.names, cells, strict=True):
            if len(cell) > self.limits.max_cell:
                raise RejectedFile("cell_too_long", self.file_name, row_no, detail=self.limits.max_cell)
            cell = cell.strip()
            if cell and cell != "NULL":
                (value if is_known else unknown)[name] = cell
        return value, unknown

    def _interval(self, value):
        """(start, end) as UTC texts; in `value` they become exact, so that how a date is written does not matter."""
        written = value["start"]
        start, value["start"] = self._moment("start", written)
        if value.get("end"):
            end, value["end"] = self._moment("end", value["end"])
        elif len(written) == len("2026-10-31"):
            # Through the calendar, not by 24 hours: a day in the source's time zone can have 23 or 25.
            next_date = add_seconds(f"{written} 00:00:00", _DAY)[: len(written)]
            end = self._moment("start", next_date)[0]
        else:
            end = add_seconds(start, 1)
        if end <= start:
            raise RowFault("end", "end_before_start", end)
        return start, end

    def _moment(self, column, text):
        moment = self.moments.get(text)
        if moment:
            return moment
        try:
            return self.moments.keep(text, parse_moment(text, self.zone), 3 * len(text))
        except (ValueError, OverflowError):
            raise RowFault(column, "bad_date", text) from None

    def _number(self, column, text):
        if self.decimal == ",":
            # One comma and no point: anything else has thousands separators or another meaning.
            if "." in text or text.count(",") > 1:
                raise RowFault(column, "not_a_number", text)
            text = text.replace(",", ".")
        return plain_number(text, column)


def _charge_kind(text):
    kind = text.lower() or "usage"
    if kind not in CHARGE_KINDS:
        raise RowFault("charge_kind", "unknown_charge_category", text)
    return kind


def _currency(text, cost):
    if cost and not text:
        raise RowFault("currency", "missing_value")
    if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise RowFault("currency", "bad_currency", text)
    return text.upper()


def _tags(tags, unknown):
    members = [f"{json_string(name)}:{json_string(cell)}" for name, cell in sorted(unknown.items())]
    if tags:
        members.append(f'"tags":{tags}')
    return f"{{{','.join(members)}}}"


def _content_hash(value, unknown):
    """Over name and value of every cell that is not null, by name; numbers without the zeros that say nothing.

    A table program that saves 1.50 as 1.5, or columns in another order, has not changed the record.
    """
    known = dict(value)
    for column in ("quantity", "cost"):
        if "." in known.get(column, ""):
            known[column] = known[column].rstrip("0").rstrip(".")
    parts = [part for pair in sorted(known.items()) for part in pair]
    parts += [part for pair in sorted(unknown.items()) for part in ("", *pair)]
    return digest("\0".join(parts).encode())
