"""What the readers of one provider's tree share: elements found on the way become records of fixed columns.

The columns are the reader's own (`columns`): rejected records are kept and corrected under them, as CSV.
"""

import contextlib
from decimal import Decimal

from ...numbers import wide
from ..base import RejectedFile, RowFault
from ..tables import json_tree, xml_tree
from ..tables.opening import register_table
from ..tables.text import BrokenRecord, Table, utf8_bytes
from ..tables.tree_path import BadElement, BrokenElement, cell_text, check_characters, parse_path
from ..tables.tree_table import as_json
from ..values import epoch_moment, tags_json
from .provider import ProviderFile, ProviderReader, as_tags


class TreeReader(ProviderReader):
    """Reader of one kind of document. A subclass has name, label, shape, kind, asks, cutter_class and file_class.

    kind: 'json' or 'xml'.   asks: options without which most documents are refused.   cutter_class: a `Cutter`.
    file_class: a `TreeFile`, each field of which has one column.
    """

    kind = "json"
    asks = ()
    cutter_class = None

    @property
    def table(self):
        """The kind of table that its files are, under its own name."""
        return self.name

    @property
    def columns(self):
        """The names of the records' cells."""
        return [name for (name,) in self.file_class.COLUMNS.values()]

    def recognise(self, header):
        """Files have no header; corrected records have the reader's own."""
        return header == self.columns

    def recognise_tree(self, outline):
        """Whether the beginning of a document (outline.Outline) is one of this reader's."""
        raise NotImplementedError

    def open(self, chunks, *, file_name, limits, options):
        """The table of a document."""
        cutter = self.cutter_class(options, limits)
        separator = "." if self.kind == "json" else "/"
        routes = {name: parse_path(path, separator) for name, path in cutter.ROUTES.items()}
        if self.kind == "json":
            found = json_tree.find(json_tree.decode_text(utf8_bytes(chunks)), routes, limits)
        else:
            found = xml_tree.find(chunks, routes, limits)
        bookmark = options.get("bookmark")
        return RecordsTable(self.columns, found, cutter, file_name=file_name, limits=limits, bookmark=bookmark)

    def register_table(self):
        """Make its documents a kind of table; nobody takes a file for one by its first bytes."""
        register_table(self.name, lambda _head, _file_name: False, self.open)


class TreeFile(ProviderFile):
    """The records of one document. TREES: fields that hold JSON and are kept as tags."""

    TREES = ()

    def tags(self, value, rest):
        """{tag: JSON text} of the fields of TREES and of the columns that are no field."""
        tags = as_tags(rest)
        for field in self.TREES:
            if value[field]:
                value[field] = tags_json(value[field])
                tags[field] = value[field]
        return tags

    def seconds_interval(self, value, start, length):
        """(start, end) in UTC of the fields of these names, numbers of seconds. Raises RowFault."""
        begin = Decimal(value[start])
        try:
            with wide():
                moments = epoch_moment(begin), epoch_moment(begin + Decimal(value[length]))
        except ValueError:
            raise RowFault(start, "bad_date", value[start]) from None
        if moments[1] <= moments[0]:
            raise RowFault(length, "end_before_start", moments[1])
        return moments

    def costs(self, value, **fields):
        """{cost of the row: number of a field} and the currency, of documents that do not say it: the source does.

        Raises RejectedFile currency_not_said where there is money and the source does not.
        """
        currency = self.options.get("currency") or ""
        costs = {}
        for cost, field in fields.items():
            if not currency and value[field] not in ("", "0"):
                raise RejectedFile("currency_not_said", self.file_name)
            if currency and value[field]:
                costs[cost] = value[field]
                # The same number in another currency is other content.
                value[field] += currency
        return {**costs, "currency": currency} if costs else {}


class Cutter:
    """Makes records of the elements of one document, which come in file order.

    ROUTES: {name: path}, see tree_path.   options: the reader's.   A record is a dict {column: value of JSON or text};
    columns that it lacks are null.
    """

    ROUTES = {}

    def __init__(self, options, limits):
        self.options = options
        self.limits = limits

    def take(self, found):
        """Yield the records of one element (tree_path.Found). Raises BadElement or RejectedFile."""
        raise NotImplementedError

    def finish(self):
        """Yield the records that had to wait for the end of the document. Raises RejectedFile."""
        return ()


class RecordsTable(Table):
    """The records of a document under fixed columns; row_no is the number of the record, from 1."""

    def __init__(self, columns, found, cutter, **options):
        super().__init__(**options)
        self.columns = columns
        self.found = found
        self.cutter = cutter

    def header(self):
        return self.columns

    def __iter__(self):
        with self._located(has_row=True):
            for found in self.found:
                yield from self._behind_bookmark(self._cut(found))
        # What is wrong at the end is wrong with the whole.
        with self._located(has_row=False):
            yield from self._behind_bookmark(map(self._cells, self.cutter.finish()))
            if not self.row_no:
                raise RejectedFile("no_elements", detail=", ".join(self.cutter.ROUTES.values()))

    def _behind_bookmark(self, records):
        """Hand out what is behind it: a record may be made of several elements, so all of them are looked at again."""
        for record in records:
            self.row_no += 1
            if self.row_no > self.start_row:
                self.bookmark.set(self.row_no, 0)
                yield record

    @contextlib.contextmanager
    def _located(self, has_row):
        try:
            yield
        except RejectedFile as error:
            error.file = error.file or self.file_name
            if has_row:
                error.row = error.row or self.row_no + 1
            raise

    def _cut(self, found):
        """The records of an element, or the BrokenRecord that it is as a whole."""
        if isinstance(found, BrokenElement):
            return [BrokenRecord("", found.text, found.reason)]
        try:
            return [self._cells(record) for record in self.cutter.take(found)]
        except BadElement as error:
            return [BrokenRecord("", as_json(found.value), error.reason)]

    def _cells(self, record):
        if isinstance(record, BrokenRecord):
            return record
        cells = {name: cell_text(record.get(name)) for name in self.columns}
        check_characters(cells)
        return list(cells.values())


def member(value, *names):
    """What an object holds under one name after another; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def without(value, *names):
    """The members of an object that are none of these."""
    return {name: item for name, item in value.items() if name not in names} if isinstance(value, dict) else {}
