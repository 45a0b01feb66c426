"""A file as a table: what it is packed in, how its text is written, and kinds of table that others add."""

import csv
import gzip
import io
import random
import struct
import zipfile

import pytest
from cloud_billing_engine.readers import (
    ENCODINGS,
    TABLES,
    BrokenRecord,
    Limits,
    RejectedFile,
    RowError,
    Table,
    UsageRow,
    open_table,
    read_header,
    register_table,
)
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import FOCUS_1_0, RECORD, csv_bytes, focus_file, read
from table_samples import parquet_bytes, workbook_bytes, zip_bytes

FILE = focus_file(*({"BilledCost": str(n), "ServiceName": f"Dienst {n}"} for n in range(50)))
ROWS = read(FILE)
MIB = 1024**2


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, **options)
    assert caught.value.file == "usage.csv"
    return caught.value


def cells(data, limits=None, **options):
    """(header, rows of cells) of a file."""
    table = open_table([data], file_name="usage.csv", limits=limits or Limits(), options=options)
    return table.header(), list(table)


class TestZip:
    def test_of_one_file_reads_as_the_file(self):
        for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            assert read(zip_bytes({"usage.csv": FILE}, method)) == ROWS
            assert read(zip_bytes({"usage.csv": FILE}, method), chunk_size=100) == ROWS

    def test_what_operating_systems_add_is_passed_over(self):
        members = {"month/": b"", "month/usage.csv": FILE, "__MACOSX/month/._usage.csv": b"x", ".DS_Store": b"x"}
        assert read(zip_bytes(members)) == ROWS

    def test_of_several_files_is_refused_with_their_names_or_read_by_name(self):
        packed = zip_bytes({"a/usage.csv": FILE, "b/other.csv": b"x,y\n1,2\n"})
        error = refused(packed)
        assert (error.reason, error.detail) == ("several_members", ("a/usage.csv", "b/other.csv"))
        assert read(packed, member="a/usage.csv") == read(packed, member="usage.csv") == ROWS
        assert refused(packed, member="c.csv").reason == "several_members"
        # One name in two folders says which of them only with its folder.
        twice = zip_bytes({"a/usage.csv": FILE, "b/usage.csv": b"x,y\n1,2\n"})
        assert refused(twice, member="usage.csv").reason == "several_members"
        assert read(twice, member="a/usage.csv") == ROWS

    def test_a_wrong_name_is_refused_also_of_one_file(self):
        assert refused(zip_bytes({"usage.csv": FILE}), member="cost.csv").detail == ("usage.csv",)

    def test_names_never_become_paths(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert read(zip_bytes({"../../usage.csv": FILE})) == ROWS
        assert read(zip_bytes({"/etc/usage.csv": FILE})) == ROWS
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "inner",
        [zip_bytes({"usage.csv": FILE}), gzip.compress(FILE)],
    )
    def test_an_archive_within_an_archive_is_refused(self, inner):
        assert refused(zip_bytes({"inner": inner})).reason == "packed_twice"
        assert refused(gzip.compress(inner)).reason == "packed_twice"

    def test_without_a_file(self):
        assert refused(zip_bytes({})).reason == "empty_file"
        assert refused(zip_bytes({"folder/": b""})).reason == "empty_file"

    def test_bomb_is_refused_before_it_fills_anything(self):
        bomb = zip_bytes({"usage.csv": FILE + b"\n" * 8 * MIB})
        assert refused(bomb, limits=Limits(ratio_from=MIB)).reason == "ratio_too_high"
        assert len(read(bomb)) == 50

    def test_bomb_that_says_how_it_grows_is_refused_before_its_header(self):
        bomb = zip_bytes({"usage.csv": FILE + b"0,0,0\n" * MIB})
        with pytest.raises(RejectedFile, match="grows more than"):
            open_table([bomb], file_name="usage.csv", limits=Limits(ratio_from=MIB))

    def test_more_bytes_than_allowed(self):
        packed = zip_bytes({"usage.csv": FILE})
        assert refused(packed, limits=Limits(max_bytes=len(FILE) - 1)).reason == "too_large"
        assert refused(packed, limits=Limits(max_spool=len(packed) - 1)).reason == "too_large"
        assert read(packed, limits=Limits(max_bytes=len(FILE), max_spool=len(packed))) == ROWS

    def test_that_lies_about_the_size_of_a_file_is_refused(self):
        packed = bytearray(zip_bytes({"usage.csv": FILE}))
        at = packed.rindex(b"PK\x01\x02") + 24
        packed[at : at + 4] = struct.pack("<L", len(FILE) // 2)
        assert refused(bytes(packed)).reason == "corrupt_zip"

    def test_protected_by_a_password(self):
        packed = bytearray(zip_bytes({"usage.csv": FILE}))
        packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
        assert (refused(bytes(packed)).reason, refused(bytes(packed)).detail) == ("encrypted", "zip")

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_packed_by_a_rare_method(self, method):
        # Python unpacks a piece of these without a bound.
        assert refused(zip_bytes({"usage.csv": FILE}, method)).reason == "corrupt_zip"

    def test_with_a_list_of_files_that_would_fill_memory(self):
        packed = zip_bytes({f"{n}.csv": b"" for n in range(50)})
        assert refused(packed, limits=Limits(max_directory=1000)).reason == "too_many_members"

    def test_with_a_long_list_of_files_said_in_64_bits(self):
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 100, 1)
        end_64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**8, 10**8, 5 * 10**9, 0)
        packed = b"PK\x03\x04" + b"\0" * 96 + end_64 + locator + end
        assert refused(packed).reason == "too_many_members"

    @given(st.integers(4, len(zip_bytes({"usage.csv": FILE})) - 1))
    def test_cut_anywhere_is_never_a_shorter_file(self, length):
        assert refused(zip_bytes({"usage.csv": FILE})[:length]).reason == "corrupt_zip"

    @given(st.integers(0, 2**32))
    def test_with_changed_bytes_gives_the_rows_or_is_refused(self, seed):
        rng = random.Random(seed)
        packed = bytearray(zip_bytes({"usage.csv": FILE}))
        for _ in range(rng.randint(1, 4)):
            packed[rng.randrange(len(packed))] = rng.randrange(256)
        try:
            assert read(bytes(packed)) == ROWS
        except RejectedFile as error:
            assert str(error)


class TestUnpackedAhead:
    """Whoever reads may have what is packed unpacked before it is asked for."""

    @pytest.mark.parametrize(
        ("pack", "times"), [(bytes, 0), (gzip.compress, 1), (lambda data: zip_bytes({"usage.csv": data}), 1)]
    )
    def test_only_what_is_packed_and_it_is_the_same(self, pack, times):
        asked = []

        def ahead(items, count):
            asked.append(count)
            return iter(list(items))

        assert read(pack(FILE), ahead=ahead) == ROWS
        assert len(asked) == times
        # What waits unpacked stays small, whatever the size of the file.
        assert all(0 < count * 256 * 1024 <= 4 * MIB for count in asked)

    def test_a_bomb_is_refused_while_it_is_unpacked(self):
        bomb = gzip.compress(FILE + b"\n" * 64 * MIB)
        made = []

        def ahead(items, _count):
            for item in items:
                made.append(len(item))
                yield item

        error = refused(bomb, ahead=ahead)
        assert error.reason == "ratio_too_high"
        assert sum(made) < 20 * MIB


class TestEncodings:
    @pytest.mark.parametrize("encoding", ENCODINGS)
    @pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: zip_bytes({"usage.csv": data})])
    def test_that_the_source_names(self, encoding, pack):
        assert read(pack(FILE.decode().encode(encoding)), encoding=encoding) == ROWS

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_byte_order_mark_needs_no_name_and_goes_before_it(self, encoding):
        data = FILE.decode().encode(encoding)
        assert read(data) == read(data, encoding="cp1252") == read(gzip.compress(data), chunk_size=7) == ROWS
        assert read(b"\xfe\xff" + FILE.decode().encode("utf-16-be")) == ROWS

    @pytest.mark.parametrize(
        ("encoding", "text"), [("cp1252", "Bäckerei € “zwei”"), ("shift_jis", "計算"), ("utf-16-be", "Dienst 𝄞")]
    )
    def test_letters_beyond_ascii(self, encoding, text):
        data = focus_file({"ServiceName": text}).decode().encode(encoding)
        for size in (1, 2, 3, 65536):
            assert read(data, encoding=encoding, chunk_size=size)[0].service == text

    @pytest.mark.parametrize(
        ("encoding", "tail", "label"),
        [("utf-16-le", b"\x00\xd8a\0", "UTF-16"), ("cp1252", b"\x81", "cp1252"), ("utf-16-le", b"a", "UTF-16")],
    )
    def test_bytes_that_are_not_of_it_are_refused_behind_the_rows_before(self, encoding, tail, label):
        rows = []
        with pytest.raises(RejectedFile) as caught:
            table = open_table(
                [b"a,b\n1,2\n".decode().encode(encoding) + tail],
                file_name="usage.csv",
                limits=Limits(),
                options={"encoding": encoding},
            )
            rows.extend(table)
        assert rows == [["a", "b"], ["1", "2"]]
        assert (caught.value.reason, caught.value.detail, caught.value.row) == ("bad_encoding", label, 3)

    @pytest.mark.parametrize("name", ["rot13", "zip", "utf-7", "unicode_escape", "no such"])
    def test_that_are_none_are_refused(self, name):
        assert (refused(FILE, encoding=name).reason, refused(FILE, encoding=name).detail) == ("unknown_encoding", name)


class TestLayout:
    def test_delimiters(self):
        for delimiter in ",;\t|":
            assert read(focus_file({}, {}, delimiter=delimiter), delimiter=delimiter) == read(focus_file({}, {}))

    def test_rows_above_the_header_are_skipped_and_still_counted(self):
        above = b'Usage of October\n\nmade by,"A\nB"\n'
        assert cells(above + b"a,b\n1,2\n", skip_rows=3) == (["a", "b"], [["1", "2"]])
        assert [row.row_no for row in read(above + FILE, skip_rows=3)] == list(range(5, 55))
        assert read_header([above + FILE], file_name="", limits=Limits(), options={"skip_rows": 3}) == FOCUS_1_0

    def test_a_broken_row_above_the_header_does_not_matter(self):
        assert cells(b'"x"y\na,b\n1,2\n', skip_rows=1) == (["a", "b"], [["1", "2"]])

    def test_more_rows_skipped_than_there_are(self):
        assert refused(FILE, skip_rows=1000).reason == "empty_file"


class Pairs(Table):
    """A kind of table as another module would write it: lines of name=value, one record per blank line."""

    def __init__(self, chunks, **options):
        super().__init__(**options)
        self.blocks = iter(b"".join(chunks).decode().split("\n\n"))
        self.names = []

    def __iter__(self):
        if not self.row_no:
            first = next(self.blocks)
            self.names = [line.split("=")[0] for line in first.splitlines()]
            self.blocks = iter([first, *self.blocks])
            self.row_no = 1
            yield self.names
        for block in self.blocks:
            self.row_no += 1
            if "=" in block:
                yield [line.split("=", 1)[1] for line in block.splitlines()]
            else:
                yield BrokenRecord("no pair", block, "not_a_number", "BilledCost")


@pytest.fixture
def pairs():
    def sniff(head, file_name):
        return file_name.endswith(".pairs") or head.startswith(b"BilledCost=")

    def open_pairs(chunks, *, file_name, limits, options):
        return Pairs(chunks, file_name=file_name, limits=limits)

    register_table("pairs", sniff, open_pairs)
    yield sniff, open_pairs
    del TABLES["pairs"]


class TestKindsOfTable:
    DATA = "\n\n".join("\n".join(f"{name}={RECORD.get(name, '')}" for name in FOCUS_1_0) for _ in range(2)).encode()

    def test_that_another_module_adds_are_read_by_every_reader_of_columns(self, pairs):
        plain = [row._replace(row_no=row.row_no) for row in read(focus_file({}, {}))]
        for data in (self.DATA, gzip.compress(self.DATA), zip_bytes({"x": self.DATA})):
            assert read(data, file_name="usage.pairs") == plain

    def test_its_broken_records_say_reason_column_and_text(self, pairs):
        _row, _row, error = read(self.DATA + b"\n\nnothing", file_name="usage.pairs")
        assert error == RowError(4, "BilledCost", "not_a_number", "no pair", "nothing")

    def test_can_be_named_by_the_source(self, pairs):
        assert isinstance(read(self.DATA, file_name="x.pairs", table="pairs")[0], UsageRow)
        assert refused(self.DATA, table="text").reason == "not_this_format"

    def test_have_a_name_of_their_own(self, pairs):
        register_table("pairs", *pairs)
        for name in ("pairs", "text"):
            with pytest.raises(ValueError, match="already"):
                register_table(name, pairs[0], lambda chunks, **options: None)


# What a spreadsheet or a database writes into a cell, and all of what csv treats in its own way.
CELLS = st.text(st.sampled_from("aé€0 ,;\t\"'\n|=-"), max_size=6)


class TestEveryWayToWriteATable:
    @given(
        st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
        st.sampled_from(",;\t|"),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso-8859-15"]),
        st.sampled_from([bytes, gzip.compress, lambda data: zip_bytes({"usage.csv": data})]),
        st.sampled_from([1, 3, 1000]),
    )
    def test_gives_the_same_cells(self, rows, delimiter, encoding, pack, chunk_size):
        rows = [["x", "y", "z"], *rows]
        data = pack(csv_bytes(rows, delimiter=delimiter).decode().encode(encoding))
        chunks = (data[at : at + chunk_size] for at in range(0, len(data), chunk_size))
        options = {"delimiter": delimiter, "encoding": {"utf-8-sig": None, "utf-16": None}.get(encoding, encoding)}
        table = open_table(chunks, file_name="usage.csv", limits=Limits(), options=options)
        assert table.header() == rows[0]
        assert list(table) == list(csv.reader(io.StringIO(csv_bytes(rows).decode(), newline="")))[1:] == rows[1:]

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "BilledCost": st.decimals(-1000, 1000, allow_nan=False, places=12).map(str),
                    "ServiceName": CELLS.filter(str.strip),
                    "ChargeDescription": CELLS,
                }
            ),
            min_size=1,
            max_size=20,
        ),
        st.sampled_from(",;\t|"),
        st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    )
    def test_gives_the_same_usage_rows(self, records, delimiter, encoding):
        rows = [FOCUS_1_0, *([{**RECORD, **record}.get(name, "") for name in FOCUS_1_0] for record in records)]
        expected = read(csv_bytes(rows))
        text = csv_bytes(rows, delimiter=delimiter).decode().encode(encoding)
        options = {"delimiter": delimiter, "encoding": "cp1252" if encoding == "cp1252" else None}
        for data in (
            text,
            gzip.compress(text),
            zip_bytes({"usage.csv": text}),
            workbook_bytes(rows),
            parquet_bytes(rows),
            zip_bytes({"usage.xlsx": workbook_bytes(rows)}),
        ):
            assert read(data, **options) == expected
