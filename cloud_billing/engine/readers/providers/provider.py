"""What the readers of providers' own bills share: columns under several names, checks, tags and the content hash.

A provider renames its columns every few years and every export has others. So a reader says what each of its fields
may be called, by letters and digits alone: lineItem/UsageAmount and line_item_usage_amount are one column.
"""

import re

from ..base import Limits, RejectedFile, RowFault, UsageRow
from ..tables.opening import open_table
from ..tables.text import distinct_names, each_row
from ..tables.tree_table import MORE, spread
from ..values import NULLS, Cache, bare_number, digest, json_string, parse_moment, plain_number

_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII).fullmatch
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")
_IDENTITY = ("provider_account", "sub_account", "service", "sku", "region", "unit")
_NOT_SAID = dict.fromkeys(("external_id", "billing_month", "quantity", *_COSTS))
_NOT_SAID |= dict.fromkeys((*_IDENTITY, "currency", "sub_account_name", "sku_name", "resource"), "")


class DayFirst(ValueError):
    """A date that can only have its day first, in a format that has the month first: it was written elsewhere."""


def fold(name):
    """The letters and digits of a column's name, in small letters."""
    return _NOT_IN_NAMES.sub("", name.lower())


class ProviderReader:
    """Reader of one provider's bill, in any kind of table. Options: those of tables.

    A subclass has name, label, shape and file_class, a `ProviderFile`.   table: the kind of table that its files are,
    where that is not told by their first bytes.
    """

    name = label = file_class = table = None
    shape = "snapshot"

    @property
    def is_by_record(self):
        """Not where the first record says how wide the others are."""
        return not self.file_class.MAY_END_EARLY

    def recognise(self, header):
        """True when most obligatory columns are there: what lacks one is still this format, broken."""
        return len(self._missing(header)) * 2 < len(self.file_class.MANDATORY)

    def read(self, chunks, *, file_name, limits=None, options=None):
        """Yield a UsageRow or RowError per record, in file order. Raises RejectedFile; see base for the codes."""
        limits, options = limits or Limits(), options or {}
        options = {**options, "table": options.get("table") or self.table}
        records = open_table(chunks, file_name=file_name, limits=limits, options=options)
        header = records.header()
        missing = self._missing(header, records.is_sparse)
        if missing:
            reason = "column_missing" if self.recognise(header) else "not_this_format"
            raise RejectedFile(reason, file_name, records.row_no, detail=missing)
        file = self.file_class(header, records, limits, options)
        yield from each_row(records, header, file.row, file.written, file.shortest)

    def _missing(self, header, is_sparse=False):
        """The names, as the provider writes them today, of the obligatory columns that are not there.

        is_sparse: what no row says has no column either, so only what every row must say is asked for.
        """
        names = set(map(fold, header))
        fields = self.file_class.NOT_NULL if is_sparse else self.file_class.MANDATORY
        columns = (self.file_class.COLUMNS[field] for field in fields)
        return tuple(aliases[0] for aliases in columns if names.isdisjoint(map(fold, aliases)))


class ProviderFile:
    """One file being read. A subclass says what its columns are and makes a row of a record (`make`).

    COLUMNS: {field: names of its column}; of several that the file has, the first is meant and the others are tags.
    MANDATORY: fields whose column must be there.   NOT_NULL: fields whose cell must say something.
    NUMBERS: fields that become plain digits before `make` sees them.   UNHASHED: fields that differ in every delivery.
    MAY_END_EARLY: the header may name more columns than the records have, where no field is behind their end.
    """

    MAY_END_EARLY = False
    COLUMNS = {}
    MANDATORY = NOT_NULL = NUMBERS = UNHASHED = ()
    PROVIDER = ""

    def __init__(self, header, records, limits, options):
        self.file_name = records.file_name
        self.row_no = records.row_no
        self.limits = limits
        self.options = options
        self.moments = Cache()
        self.lists = Cache()
        self.written = {}
        self.known = []
        self.unknown = []
        self._place_columns(header, records.row_no)

    def _place_columns(self, header, header_row):
        places = {}
        for position, name in enumerate(header):
            places.setdefault(fold(name), []).append(position)
        # Names that only later rows of a tree have; see tree_table.
        self.more = places.pop(fold(MORE), [None])[0] if MORE in header else None
        taken, twice = {self.more}, []
        for field, aliases in self.COLUMNS.items():
            found = next((places[alias] for alias in map(fold, aliases) if alias in places), None)
            if found is None:
                continue
            if len(found) > 1:
                twice += [header[position] for position in found]
            taken.add(found[0])
            self.written[field] = header[found[0]]
            self.known.append((field, found[0]))
        self.late = {fold(name): field for field, names in self.COLUMNS.items() for name in names}
        self.late = {name: field for name, field in self.late.items() if field not in self.written}
        if twice:
            raise RejectedFile("column_twice", self.file_name, header_row, detail=tuple(dict.fromkeys(twice)))
        others = [(name, position) for position, name in enumerate(distinct_names(header)) if position not in taken]
        self.unknown = sorted(others, key=lambda other: (other[0].lower(), other[1]))
        self.hashed = sorted(set(self.COLUMNS).difference(self.UNHASHED))
        self.shortest = max(position for _field, position in self.known) + 1 if self.MAY_END_EARLY else None

    def row(self, row_no, cells):
        """The usage row of a record of the right width. Raises RowFault."""
        self.row_no = row_no
        if max(map(len, cells)) > self.limits.max_cell:
            raise RejectedFile("cell_too_long", self.file_name, row_no, detail=self.limits.max_cell)
        value = dict.fromkeys(self.COLUMNS, "")
        for field, position in self.known:
            cell = cells[position].strip()
            if cell not in NULLS:
                value[field] = cell
        rest = {name: cells[position] for name, position in self.unknown if cells[position] not in NULLS}
        if self.more is not None and cells[self.more]:
            rest = self._spread(cells[self.more], value, rest)
        for field in self.NOT_NULL:
            if not value[field]:
                raise RowFault(field, "missing_value")
        for field in self.NUMBERS:
            if value[field]:
                value[field] = plain_number(value[field], field)
        made, tags = self.make(value, rest)
        for field in _IDENTITY:
            if len(made.get(field, "")) > self.limits.max_identity:
                raise RowFault(field, "field_too_long", made[field])
        return UsageRow(
            **{**_NOT_SAID, "provider": self.PROVIDER, **made},
            row_no=row_no,
            tags=_object(tags),
            content_hash=self._content_hash(value, rest),
        )

    def _spread(self, cell, value, rest):
        """Take the cells of later columns apart: into `value` where they are a field's, else into what is returned."""
        for name, text in spread(cell).items():
            field = self.late.get(fold(name))
            if not field:
                rest[name] = text
            elif text.strip() not in NULLS:
                value[field] = text.strip()
                self.written.setdefault(field, name)
        return dict(sorted(((name, text) for name, text in rest.items() if text not in NULLS), key=_by_name))

    def make(self, value, rest):
        """(values of the UsageRow that differ from "not said", {tag: JSON text}) of one record. Raises RowFault.

        value: {field of COLUMNS: text, '' when null}; what is written in several ways becomes the same here, so that
        it is the same content.   rest: {column: text} of the cells that are not null in the other columns.
        """
        raise NotImplementedError

    # What `make` asks for.

    def interval(self, value):
        """(start, end) in UTC of the fields of these names. Raises RowFault."""
        start, value["start"] = self.moment("start", value["start"])
        end, value["end"] = self.moment("end", value["end"])
        if end <= start:
            raise RowFault("end", "end_before_start", value["end"])
        return start, end

    def moment(self, field, text):
        """parse_moment of a cell, remembered. Raises RowFault bad_date."""
        found = self.moments.get(text)
        if found:
            return found
        try:
            return self.moments.keep(text, self.parse(text), 3 * len(text))
        except DayFirst:
            # Not this row alone: what 05/09 says in the rows before is not known any more.
            raise RejectedFile("day_first", self.file_name, self.row_no, self.written[field], text) from None
        except (ValueError, OverflowError):
            raise RowFault(field, "bad_date", text) from None

    def parse(self, text):
        """parse_moment, or the provider's own way to write a date. Raises ValueError."""
        return parse_moment(text)

    def currency(self, value):
        """The three letters of the field currency, in capitals. Raises RowFault."""
        if not _CURRENCY(value["currency"]):
            raise RowFault("currency", "bad_currency", value["currency"])
        value["currency"] = value["currency"].upper()
        return value["currency"]

    def named(self, value, fields):
        """{written name of the column: JSON text} of fields that stay as tags."""
        return {self.written[field]: json_string(value[field]) for field in fields if value[field]}

    def _content_hash(self, value, rest):
        parts = []
        for field in self.hashed:
            if value[field]:
                parts += (field, bare_number(value[field]) if field in self.NUMBERS else value[field])
        for name, cell in rest.items():
            parts += ("", name.lower(), cell)
        return digest("\0".join(parts).encode())


def _by_name(cell):
    return cell[0].lower(), cell[0]


def as_tags(rest):
    """{column: JSON text} of cells that stay as they are."""
    return {name: json_string(cell) for name, cell in rest.items()}


def _object(members):
    return f"{{{','.join(f'{json_string(name)}:{text}' for name, text in members.items())}}}"
