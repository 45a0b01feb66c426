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
_BATCH_CELLS = 300_000
# Read at once of a column; each of hundreds may have as much in memory.
_COLUMN_BYTES = 64 * 1024
# Of fewer values than that each is asked for, which is sooner done than what is asked of all at once.
_FEW = 64
# Texts of a batch that are joined and cut, which takes their memory twice more; of more than that each is asked for.
_JOINED_BYTES = 4 * 1024 * 1024
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
            import pyarrow.compute
            import pyarrow.parquet
        except ImportError:
            raise RejectedFile("library_missing", detail="pyarrow") from None
        self._arrow, self._compute = pyarrow, pyarrow.compute
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
        """The cells of a column as a list of texts, null as ''. Raises RejectedFile.

        A value at a time pyarrow takes as long as everything else that happens to a row: whole columns are asked for.
        """
        types = self._arrow.types
        found = column.combine_chunks()
        if isinstance(found, self._arrow.ChunkedArray):
            found = found.chunk(0) if found.num_chunks else self._arrow.array([], found.type)
        if types.is_timestamp(found.type):
            # A moment stands in many rows, and to write it is the slowest cast.
            found = found.dictionary_encode()
        if types.is_dictionary(found.type):
            values, indices = found.dictionary, found.indices
            if len(values) > max(len(indices), _FEW):
                # That of a whole row group, which comes with each batch: what these rows name of it.
                named = indices.dictionary_encode()
                values, indices = values.take(named.dictionary), named.indices
            texts = [*self._as_texts(self._arrow.chunked_array([self._as_written(values)])), ""]
            indices = indices.cast(self._arrow.int32()).fill_null(len(texts) - 1)
            return list(map(texts.__getitem__, _whole_numbers(indices)))
        if types.is_nested(found.type):
            cells = self._texts_of_map(found) or self._texts_of_nested(found)
        elif types.is_binary(found.type) or types.is_large_binary(found.type):
            cells = ["" if value is None else value.decode() for value in found.to_pylist()]
        elif self._is_text(found.type):
            cells = self._cut(found)
        else:
            return self._texts_of_numbers(found)
        if max(map(len, cells), default=0) > self.limits.max_cell:
            raise RejectedFile("cell_too_long", detail=self.limits.max_cell)
        if len(cells) != len(found) or any("\0" in cell for cell in cells):
            raise RejectedFile("nul_byte")
        return cells

    def _as_written(self, values):
        return values.cast(self._arrow.string()) if self._arrow.types.is_timestamp(values.type) else values

    def _cut(self, texts):
        """The texts of an array, null as ''; there may be more of them where one holds a NUL."""
        if not len(texts):
            return []
        if len(texts) < _FEW or texts.nbytes > _JOINED_BYTES:
            return ["" if text is None else text for text in texts.to_pylist()]
        whole = self._arrow.ListArray.from_arrays([0, len(texts)], texts.cast(self._arrow.string()).fill_null(""))
        return self._compute.binary_join(whole, "\0")[0].as_py().split("\0")

    def _texts_of_numbers(self, numbers):
        """Texts of what is neither text nor nested; a decimal without the zeros that its type alone says."""
        types, compute = self._arrow.types, self._compute
        texts = numbers.cast(self._arrow.string())
        if not types.is_decimal(numbers.type):
            return self._cut(texts)
        if numbers.type.scale > 0:
            bare = compute.utf8_rtrim(compute.utf8_rtrim(texts, "0"), ".")
            texts = compute.if_else(compute.match_substring(texts, "E"), texts, bare)
        return [_plain_decimal(cell) if "E" in cell else cell for cell in self._cut(texts)]

    def _texts_of_map(self, maps):
        """JSON of the maps of an array whose keys and values are texts, none of them null; else None."""
        types = self._arrow.types
        if not types.is_map(maps.type) or not (
            self._is_text(maps.type.key_type) and self._is_text(maps.type.item_type)
        ):
            return None
        ends = _whole_numbers(maps.offsets)
        first, count = ends[0], ends[-1] - ends[0]
        items = maps.items.slice(first, count)
        keys, values = self._cut(maps.keys.slice(first, count)), self._cut(items)
        if items.null_count or not len(keys) == len(values) == count:
            return None
        known, cells = {}, []
        is_said = _whole_numbers(maps.is_valid().cast(self._arrow.int32()))
        for start, end, said in zip(ends, ends[1:], is_said, strict=False):
            pairs = tuple(zip(keys[start - first : end - first], values[start - first : end - first], strict=True))
            cell = known.get(pairs) if said else ""
            if cell is None:
                cell = known[pairs] = _as_json(_as_object(pairs))
            cells.append(cell)
        return cells

    def _texts_of_nested(self, values):
        convert = _converter(self._arrow, values.type)
        return ["" if value is None else _as_json(convert(value)) for value in values.to_pylist()]

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


def _whole_numbers(array):
    """The numbers of an array of int32 without null."""
    if len(array) < _FEW:
        return array.to_pylist()
    held = memoryview(array.buffers()[1])[4 * array.offset : 4 * (array.offset + len(array))]
    return held.cast("i").tolist()


def _as_object(pairs):
    """A map as JSON has it; where a key is there twice, a list of its pairs."""
    value = dict(pairs)
    return value if len(value) == len(pairs) else [{"key": key, "value": value} for key, value in pairs]


def _converter(pa, kind):
    """A function from a nested value, as pyarrow gives it, to one that JSON can hold, all of its leaves text."""
    types = pa.types
    if types.is_map(kind):
        of_key, of_value = _converter(pa, kind.key_type), _converter(pa, kind.item_type)
        return lambda value: None if value is None else _as_object([(of_key(k), of_value(v)) for k, v in value])
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
