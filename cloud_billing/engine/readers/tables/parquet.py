"""A Parquet file as a table: batch by batch in bounded memory, every value as exact text.

pyarrow (Apache-2.0) is an optional library. Nested columns become columns by their paths (`service.id`); maps and lists
become JSON in one cell, in which every value is text.
"""

import json
import weakref
from bisect import bisect_right
from decimal import Decimal
from itertools import accumulate

from ..base import RejectedFile
from ..values import bare_number
from .text import Table
from .unpack import spool

# Cells in memory at once. More make it hardly faster.
_BATCH_CELLS = 100_000
# Read at once of a column; each of hundreds may have as much in memory.
_COLUMN_BYTES = 64 * 1024
# Of a row group, unpacked. Writers make groups of 128 MB to 1 GB.
_MAX_GROUP = 2 * 1024**3
_MAX_DEPTH = 10


def is_parquet(head, file_name):
    """Whether a file begins as Parquet does, in clear or encrypted."""
    return head.startswith((b"PAR1", b"PARE"))


def open_parquet(chunks, *, file_name, limits, options):
    """The table of a Parquet file. Raises RejectedFile."""
    return Parquet(chunks, file_name=file_name, limits=limits, bookmark=options.get("bookmark"))


class Parquet(Table):
    """The rows of all row groups, in order; the header is number 1."""

    def __init__(self, chunks, **options):
        super().__init__(**options)
        self._file = spool(chunks, self.limits)
        weakref.finalize(self, self._file.close)
        try:
            import pyarrow.parquet
        except ImportError:
            raise RejectedFile("library_missing", detail="pyarrow") from None
        self._arrow = pyarrow
        self._parquet = self._guarded(self._open)
        self._check_size()
        self._rows = self._read()

    def __iter__(self):
        return self._rows

    def _open(self):
        self._file.seek(0)
        if self._file.read(4) == b"PARE":
            raise RejectedFile("encrypted", detail="Parquet")
        arguments = {"pre_buffer": False, "buffer_size": _COLUMN_BYTES, "page_checksum_verification": True}
        schema = self._arrow.parquet.ParquetFile(self._file, **arguments).schema_arrow
        # One long text in the dictionary of a column must not be copied for each row that names it.
        texts = [field.name for field in schema if self._is_text(field.type)]
        return self._arrow.parquet.ParquetFile(self._file, read_dictionary=texts, **arguments)

    def _is_text(self, kind):
        types = self._arrow.types
        return types.is_string(kind) or types.is_large_string(kind)

    def _check_size(self):
        """Refuse what says of itself that it is too much. Raises RejectedFile."""
        metadata, limits = self._parquet.metadata, self.limits
        size = self._file.seek(0, 2)
        cells = metadata.num_rows * metadata.num_columns
        if metadata.num_columns > limits.max_columns * _MAX_DEPTH:
            raise RejectedFile("too_many_columns", row=1, detail=(metadata.num_columns, limits.max_columns))
        if cells > limits.ratio_from and cells > limits.max_ratio * size:
            raise RejectedFile("ratio_too_high", detail=limits.max_ratio)
        # The columns of a group are not asked: pyarrow ends the whole process where their statistics make no sense.
        groups = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
        if sum(groups) > limits.ratio_from and sum(groups) > limits.max_ratio * size:
            raise RejectedFile("ratio_too_high", detail=limits.max_ratio)
        if max(groups, default=0) > _MAX_GROUP:
            raise RejectedFile("too_large", detail=_MAX_GROUP)

    def _read(self):
        schema = self._parquet.schema_arrow
        names = self._guarded(lambda: self._flatten(schema.empty_table()).column_names)
        self.row_no = 1
        yield names
        groups = self._parquet.metadata.num_row_groups
        # Number of the last record of each row group.
        ends = list(accumulate((self._parquet.metadata.row_group(n).num_rows for n in range(groups)), initial=1))[1:]
        self.row_no = ends[self.start - 1] if self.start else 1
        batches = self._parquet.iter_batches(
            batch_size=max(_BATCH_CELLS // max(len(names), 1), 1),
            row_groups=range(self.start, groups),
            use_threads=False,
        )
        while (rows := self._guarded(lambda: self._next_rows(batches))) is not None:
            for cells in rows:
                self.row_no += 1
                yield cells
            self.bookmark.set(self.row_no, bisect_right(ends, self.row_no))

    def _next_rows(self, batches):
        """Lists of text cells of the next batch, or None."""
        batch = next(batches, None)
        if batch is None:
            return None
        # What was read of a row group is unpacked again, but no text is made of it.
        skipped = min(max(self.start_row - self.row_no, 0), batch.num_rows)
        self.row_no += skipped
        if skipped == batch.num_rows:
            return ()
        table = self._flatten(self._arrow.Table.from_batches([batch.slice(skipped)]))
        columns = [self._as_texts(column) for column in table.itercolumns()]
        return map(list, zip(*columns, strict=True))

    def _flatten(self, table):
        for _level in range(_MAX_DEPTH):
            if not any(self._arrow.types.is_struct(field.type) for field in table.schema):
                return table
            table = table.flatten()
        raise RejectedFile("corrupt_parquet")

    def _as_texts(self, column):
        """The cells of a column as a list of texts, null as ''. Raises RejectedFile."""
        pa = self._arrow
        if pa.types.is_timestamp(column.type):
            # A moment stands in many rows, and to write it is the slowest cast.
            column = column.dictionary_encode()
        if pa.types.is_dictionary(column.type):
            found = column.combine_chunks()
            found = found.chunk(0) if isinstance(found, pa.ChunkedArray) else found
            values = found.dictionary
            if pa.types.is_timestamp(values.type):
                values = values.cast(pa.string())
            texts = self._as_texts(pa.chunked_array([values]))
            return ["" if index is None else texts[index] for index in found.indices.to_pylist()]
        if pa.types.is_nested(column.type):
            convert = _converter(pa, column.type)
            cells = ["" if value is None else _as_json(convert(value)) for value in column.to_pylist()]
        elif pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            cells = ["" if value is None else value.decode() for value in column.to_pylist()]
        elif self._is_text(column.type):
            cells = ["" if value is None else value for value in column.to_pylist()]
        else:
            cells = ["" if value is None else value for value in column.cast(pa.string()).to_pylist()]
            return list(map(_plain_decimal, cells)) if pa.types.is_decimal(column.type) else cells
        if any(len(cell) > self.limits.max_cell for cell in cells):
            raise RejectedFile("cell_too_long", detail=self.limits.max_cell)
        if any("\0" in cell for cell in cells):
            raise RejectedFile("nul_byte")
        return cells

    def _guarded(self, function):
        """What function gives. Raises RejectedFile with file and row, whatever pyarrow stumbles over."""
        try:
            return function()
        except RejectedFile as error:
            error.file = error.file or self.file_name
            error.row = error.row or self.row_no + 1
            raise
        except UnicodeDecodeError:
            reason, detail = "bad_encoding", "UTF-8"
        except MemoryError:
            reason, detail = "too_large", _MAX_GROUP
        except Exception:
            reason, detail = "corrupt_parquet", None
        raise RejectedFile(reason, self.file_name, self.row_no + 1, detail=detail)


def _plain_decimal(text):
    """The digits of a decimal whose type has a fixed number of them: 1.5000000000 of ten says no more than 1.5."""
    if "E" in text:
        text = f"{Decimal(text):f}"
    return bare_number(text)


def _converter(pa, kind):
    """A function from a nested value, as pyarrow gives it, to one that JSON can hold, all of its leaves text."""
    types = pa.types
    if types.is_map(kind):
        of_key, of_value = _converter(pa, kind.key_type), _converter(pa, kind.item_type)

        def convert_map(pairs):
            keys = [of_key(key) for key, _value in pairs]
            if len(set(keys)) < len(keys):
                return [{"key": of_key(key), "value": of_value(value)} for key, value in pairs]
            return {key: of_value(value) for key, (_key, value) in zip(keys, pairs, strict=True)}

        return lambda value: None if value is None else convert_map(value)
    if types.is_struct(kind):
        fields = [(field.name, _converter(pa, field.type)) for field in kind]
        return lambda value: None if value is None else {name: of(value[name]) for name, of in fields}
    if types.is_nested(kind):
        of_item = _converter(pa, kind.value_type)
        return lambda value: None if value is None else [of_item(item) for item in value]
    if types.is_boolean(kind):
        return lambda value: value
    if types.is_float32(kind) or types.is_float16(kind):
        return lambda value: None if value is None else pa.scalar(value, kind).cast(pa.string()).as_py()
    if types.is_decimal(kind):
        return lambda value: None if value is None else f"{value:f}"
    if types.is_binary(kind) or types.is_large_binary(kind):
        return lambda value: None if value is None else value.decode()
    return lambda value: None if value is None else str(value)


def _as_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
