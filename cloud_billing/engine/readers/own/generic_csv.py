"""Small CSV files of one's own meters that need no mapping: every row has an id, files only add."""

from ..base import Limits, RejectedFile, RowFault
from ..tables.opening import open_table
from ..tables.text import distinct_names, each_row
from .mapped import Columns, MappedRows
from .mapping import fold, read_mapping

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
_NOT_NULL = ("id", "start", "account", "service", "quantity")
_BY_NAME = {alias: column for column, aliases in ALIASES.items() for alias in aliases}


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
    is_by_record = True

    def recognise(self, header):
        """True when every obligatory column is there under a name of ALIASES."""
        return not _missing({_BY_NAME.get(fold(name)) for name in header})

    def read(self, chunks, *, file_name, limits=None, options=None):
        """Yield a UsageRow or RowError per record, in file order. Raises RejectedFile; see base for the codes.

        start and end are half-open. Without an end a date alone is that whole day, a moment is the second it begins.
        """
        limits, options = limits or Limits(), options or {}
        table = open_table(chunks, file_name=file_name, limits=limits, options=options)
        header = table.header()
        columns = _name_columns(table, header, options.get("columns") or {})
        mapping = _MAPPING._replace(decimal=options.get("decimal") or ".")
        yield from each_row(table, header, _CsvRows(table, columns, mapping, options).row, columns.written)


# What is the same for every such file; which columns it has is found by their names.
_MAPPING = read_mapping({"columns": {column: [column] for column in ALIASES}, "period": "auto"})


class _CsvRows(MappedRows):
    """Rows of a file with the columns of ALIASES."""

    def __init__(self, table, columns, mapping, options):
        super().__init__(table, columns, mapping, options)
        named = options.get("columns") or {}
        self.fields = {name: column for name, column in _BY_NAME.items() if column not in named}
        self.fields |= {fold(name): column for column, name in named.items()}

    def prepare(self, value, unknown):
        for column in _NOT_NULL:
            if not value.get(column):
                raise RowFault(column, "missing_value")


def _missing(columns):
    return tuple(column for column in MANDATORY if column not in columns)


def _name_columns(table, header, mapping):
    """The Columns of a header. mapping: {column of ALIASES: name in the file}. Raises RejectedFile."""
    wanted = {fold(name): column for column, name in mapping.items()}
    names, written, twice = [], {}, []
    for name, key in zip(header, distinct_names(header), strict=True):
        column = wanted.get(fold(name))
        if not column and _BY_NAME.get(fold(name)) not in mapping:
            column = _BY_NAME.get(fold(name))
        if column in written:
            twice += [written[column], name]
        if column:
            written[column] = name
        names.append((True, column) if column else (False, key))
    missing = tuple(dict.fromkeys([*_missing(written), *(column for column in mapping if column not in written)]))
    if len(missing) * 2 > len(MANDATORY):
        raise RejectedFile("not_this_format", table.file_name, table.row_no, detail=missing)
    if missing:
        raise RejectedFile("column_missing", table.file_name, table.row_no, detail=missing)
    if twice:
        raise RejectedFile("column_twice", table.file_name, table.row_no, detail=tuple(dict.fromkeys(twice)))
    return Columns(names, written)
