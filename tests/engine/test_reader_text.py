"""Bytes to records: compression, encoding, quotes and limits, and that a broken file is refused by name and row."""

import csv
import gzip
import io
import itertools
import random
import subprocess
import sys

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, RowError, UsageRow, get_reader, read_header, reread
from cloud_billing_engine.readers.tables.text import join_cells
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import FOCUS_1_0, RECORD, ROOT, csv_bytes, focus_file, read, read_focus

FILE = focus_file(*({"BilledCost": str(n), "ServiceName": f"Dienst 'é' {n}"} for n in range(50)))
ROWS = read(FILE)
MIB = 1024**2


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, **options)
    return caught.value


def read_until_refused(chunks, limits=None):
    """(rows before the fault, the fault) of an endless or broken stream."""
    rows = []
    with pytest.raises(RejectedFile) as caught:
        rows.extend(get_reader("focus").read(chunks, file_name="usage.csv", limits=limits or Limits(), options={}))
    return rows, caught.value


def with_cell(cell):
    """A FOCUS file whose second row holds these bytes in a cell of its own."""
    header, row, *_ = focus_file({}).split(b"\n")
    rows = [row + b",x", row + b"," + cell, row + b",x"]
    return b"\n".join([header + b",x_Extra", *rows, b""])


class TestChunks:
    @given(st.lists(st.integers(0, len(FILE)), max_size=20))
    def test_may_be_cut_anywhere(self, cuts):
        edges = [0, *sorted(cuts), len(FILE)]
        chunks = [FILE[start:end] for start, end in itertools.pairwise(edges)]
        assert list(get_reader("focus").read(chunks, file_name="", limits=Limits(), options={})) == ROWS

    @given(st.lists(st.integers(0, 2000), max_size=20))
    def test_may_be_cut_anywhere_when_compressed(self, cuts):
        packed = gzip.compress(FILE)
        edges = [0, *sorted(min(cut, len(packed)) for cut in cuts), len(packed)]
        chunks = [packed[start:end] for start, end in itertools.pairwise(edges)]
        assert list(get_reader("focus").read(chunks, file_name="", limits=Limits(), options={})) == ROWS

    def test_of_one_byte_each(self):
        assert read(FILE, chunk_size=1) == ROWS
        assert read(gzip.compress(FILE), chunk_size=1) == ROWS

    def test_may_be_views_of_a_buffer(self):
        reader = get_reader("focus")
        assert list(reader.read([memoryview(bytearray(FILE))], file_name="", limits=Limits(), options={})) == ROWS

    def test_are_read_no_further_than_rows_are_asked_for(self):
        taken = []

        def chunks():
            for at in range(0, len(FILE), 1000):
                taken.append(at)
                yield FILE[at : at + 1000]

        rows = get_reader("focus").read(chunks(), file_name="", limits=Limits(), options={})
        assert taken == []
        next(rows)
        assert len(taken) <= 3


class TestGzip:
    def test_is_known_by_its_first_bytes_not_by_the_file_name(self):
        assert read(gzip.compress(FILE), file_name="usage.csv") == ROWS
        assert read(FILE, file_name="usage.csv.gz") == ROWS

    def test_of_several_members_and_zeros_at_the_end(self):
        packed = b"".join(gzip.compress(FILE[at : at + 700]) for at in range(0, len(FILE), 700)) + b"\0" * 512
        assert read(packed) == ROWS
        assert read(packed, chunk_size=3) == ROWS

    def test_with_a_byte_order_mark_inside(self):
        assert read(gzip.compress(b"\xef\xbb\xbf" + FILE)) == ROWS

    @given(st.integers(0, len(gzip.compress(FILE)) - 1))
    def test_cut_anywhere_is_never_a_shorter_file(self, length):
        error = refused(gzip.compress(FILE)[:length])
        # One byte of it is not gzip yet, but a white space that only computers know.
        assert error.reason == ("empty_file" if length < 2 else "truncated_gzip")
        assert error.file == "usage.csv"

    @given(st.integers(1, len(gzip.compress(FILE)) - 1))
    def test_cut_in_its_second_member_is_never_a_shorter_file(self, length):
        more = gzip.compress(FILE.split(b"\n", 1)[1])
        error = refused(gzip.compress(FILE) + more[: min(length, len(more) - 1)])
        assert error.reason == "truncated_gzip"

    @given(st.integers(10, len(gzip.compress(FILE)) - 1), st.integers(1, 255))
    def test_with_a_changed_byte_is_refused(self, at, change):
        packed = bytearray(gzip.compress(FILE, mtime=0))
        packed[at] ^= change
        assert refused(bytes(packed)).reason in ("corrupt_gzip", "truncated_gzip", "not_this_format", "bad_encoding")

    def test_followed_by_something_else_is_refused(self):
        assert refused(gzip.compress(FILE) + b"tail").reason == "corrupt_gzip"

    def test_within_gzip_is_refused(self):
        assert refused(gzip.compress(gzip.compress(FILE))).reason == "packed_twice"

    def test_bomb_is_refused_before_it_fills_anything(self):
        bomb = gzip.compress(FILE + b"\n" * 8 * MIB)
        assert len(bomb) < 16 * 1024
        rows, error = read_until_refused([bomb], limits=Limits(ratio_from=MIB))
        assert (error.reason, error.detail, rows) == ("ratio_too_high", 200, ROWS)

    def test_of_a_small_file_may_be_dense(self):
        assert read(gzip.compress(FILE + b"\n" * 8 * MIB)) == ROWS

    def test_of_one_letter_repeated_is_refused(self):
        assert refused(gzip.compress(b"a" * 40 * MIB)).reason == "line_too_long"


class TestEncoding:
    def test_bad_bytes_are_refused_with_the_row_after_the_rows_before(self):
        rows, error = read_until_refused([with_cell(b"caf\xe9")])
        assert [row.row_no for row in rows] == [2]
        assert (error.reason, error.row, error.detail) == ("bad_encoding", 3, "UTF-8")

    def test_a_letter_cut_off_at_the_end_is_refused(self):
        assert refused(focus_file({"ServiceName": "é"})[:-1] + "é".encode()[:1]).reason == "bad_encoding"

    def test_a_nul_byte_is_refused_with_the_row(self):
        rows, error = read_until_refused([with_cell(b"a\0b")])
        assert len(rows) == 1
        assert (error.reason, error.row) == ("nul_byte", 3)

    def test_the_first_of_a_nul_and_a_bad_byte_is_named(self):
        lines = with_cell(b"a\0b").split(b"\n")
        lines[4:] = [lines[1].replace(b",x", b",\xff"), b""]
        assert refused(b"\n".join(lines)).reason == "nul_byte"

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
    def test_wide_encodings_that_neither_mark_nor_source_names_are_refused(self, encoding):
        assert refused(FILE.decode().encode(encoding)).reason == "nul_byte"

    @pytest.mark.parametrize(("start", "kind"), [(b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF-1.7", "pdf")])
    def test_known_binary_files_are_named(self, start, kind):
        error = refused(start + bytes(range(256)) * 10)
        assert (error.reason, error.detail) == ("not_text", kind)

    @given(st.binary(max_size=2000), st.integers(1, 100))
    def test_anything_at_all_is_refused_and_nothing_else_is_raised(self, data, chunk_size):
        with pytest.raises(RejectedFile):
            read(data, chunk_size=chunk_size)

    @given(st.binary(max_size=300), st.integers(0, len(FILE)))
    def test_noise_in_the_middle_of_a_file_never_raises_anything_else(self, noise, at):
        try:
            items = read(FILE[:at] + noise + FILE[at:])
        except RejectedFile as error:
            assert str(error)
        else:
            assert all(isinstance(item, (UsageRow, RowError)) for item in items)

    def test_separators_of_other_alphabets_are_no_line_ends(self):
        name = "a\x0bb\x0cc\x1cd\x85e\u2028f"
        (row,) = read_focus({"ServiceName": name})
        assert row.service == name


class TestQuotes:
    def test_line_breaks_commas_and_quotes_within_a_cell(self):
        name = 'two\nlines\r\nand "this", that'
        first, second = read_focus({"ServiceName": name}, {})
        assert first.service == name
        # Rows are counted in records, so that a row's number does not depend on what its cells hold.
        assert (first.row_no, second.row_no) == (2, 3)

    def test_blank_lines_count_so_that_the_number_is_that_of_an_editor(self):
        header, row, *_ = FILE.split(b"\n")
        assert [item.row_no for item in read(b"\n".join([header, b"", row, b"", b"", row]))] == [3, 6]

    def test_text_after_a_closing_quote_spoils_its_row_only(self):
        first, error, last = read(with_cell(b'"a"b'))
        assert isinstance(first, UsageRow)
        assert (error.row_no, error.reason, error.value) == (3, "broken_record", "quote")
        assert error.text.endswith(',"a"b')
        assert (last.row_no, type(last)) == (4, UsageRow)

    def test_a_quote_within_a_plain_cell_is_a_letter(self):
        assert '"x_Extra":"5\\" disk"' in read(with_cell(b'5" disk'))[1].tags

    def test_a_lone_carriage_return_spoils_its_row_only(self):
        _, error, last = read(with_cell(b"a\rb"))
        assert (error.reason, error.value, type(last)) == ("broken_record", "carriage_return", UsageRow)

    def test_a_quote_that_is_never_closed_is_refused_with_its_row(self):
        rows, error = read_until_refused([with_cell(b'"never closed')])
        assert len(rows) == 1
        assert (error.reason, error.row) == ("unclosed_quote", 3)

    def test_a_quote_that_is_never_closed_does_not_swallow_a_large_file(self):
        header, row, *_ = FILE.split(b"\n")
        table = itertools.chain([header + b'\n"'], itertools.repeat(row.replace(b'"', b"") + b"\n", 10**6))
        _, error = read_until_refused(table)
        assert (error.reason, error.row, error.detail) == ("cell_too_long", 2, 128 * 1024)

    def test_nor_when_somebody_has_raised_the_limit_of_the_csv_module(self):
        # The limit belongs to the whole process, so this runs in one of its own.
        script = f"""
import csv, itertools, resource, sys
csv.field_size_limit(2**31 - 1)
sys.path.insert(0, {str(ROOT / "tests" / "engine")!r})
import conftest
from cloud_billing_engine.readers import Limits, RejectedFile, get_reader
from reader_samples import focus_file
resource.setrlimit(resource.RLIMIT_AS, (400 * 1024**2, 400 * 1024**2))
header, row, *_ = focus_file({{}}).split(b"\\n")
def reason(table, reader="focus"):
    try:
        list(get_reader(reader).read(table, file_name="", limits=Limits(), options={{}}))
    except RejectedFile as error:
        print(error.reason, error.row)
reason(itertools.chain([header + b'\\n"'], itertools.repeat((row + b"\\n") * 500)))
reason([header + b",x\\n", row + b"," + b"a" * 131_073 + b"\\n"])
reason([header + b"\\n", row.replace(b"Machines", b"a" * 131_073) + b"\\n"])
reason([b"id,time,account,service,quantity,unit\\n", b"a" * 131_073 + b",2026-10-01,a,b,1,c\\n"], "csv")
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.splitlines() == ["cell_too_long 2"] * 4


class TestLimits:
    def test_a_line_of_a_gigabyte_is_refused_after_a_few_megabytes(self):
        taken = itertools.count()

        def line():
            for _ in range(16 * 1024):
                next(taken)
                yield b"a" * 65536

        _, error = read_until_refused(line())
        assert (error.reason, error.row, error.detail) == ("line_too_long", 1, 8 * MIB)
        assert next(taken) < 200

    def test_more_bytes_than_allowed(self):
        assert refused(FILE, limits=Limits(max_bytes=1000)).reason == "too_large"
        assert refused(gzip.compress(FILE), limits=Limits(max_bytes=1000)).detail == 1000

    def test_as_many_bytes_as_allowed(self):
        assert read(FILE, limits=Limits(max_bytes=len(FILE))) == ROWS

    def test_more_columns_than_allowed(self):
        extra = [f"x_{n}" for n in range(501 - len(FOCUS_1_0))]
        row = [RECORD.get(name, "") for name in FOCUS_1_0]
        error = refused(csv_bytes([[*FOCUS_1_0, *extra], row + [""] * len(extra)]))
        assert (error.reason, error.detail) == ("too_many_columns", (501, 500))
        del extra[-1]
        assert len(read(csv_bytes([[*FOCUS_1_0, *extra], row + [""] * len(extra)]))) == 1

    def test_a_row_of_a_million_cells_is_one_bad_row(self):
        header, row, *_ = FILE.split(b"\n")
        wide, good = read(b"\n".join([header, b"," * 10**6 + b"x", row]))
        assert (wide.reason, wide.is_cut, len(wide.text)) == ("too_many_cells", True, 8192)
        assert isinstance(good, UsageRow)

    def test_a_cell_longer_than_allowed(self):
        limit = 128 * 1024
        assert len(read(with_cell(b"a" * limit))) == 3
        rows, error = read_until_refused([with_cell(b"a" * (limit + 1))])
        assert (error.reason, error.row, len(rows)) == ("cell_too_long", 3, 1)

    def test_memory_stays_flat_when_no_two_rows_are_alike(self):
        # The child may hold 160 MB in all; what could be remembered of the file's rows would take more than that.
        script = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "tests" / "engine")!r})
import conftest
from cloud_billing_engine.readers import Limits, Preview, get_reader
from reader_samples import FOCUS_1_0, RECORD, csv_bytes
resource.setrlimit(resource.RLIMIT_AS, (160 * 1024**2, 160 * 1024**2))
columns = [*FOCUS_1_0, "Tags"]
def table():
    yield csv_bytes([columns])
    for n in range(5_000):
        long = f"{{n}} " + "x" * 4000
        names = ("SubAccountName", "ChargeDescription", "BillingAccountName", "Tags")
        record = {{**RECORD, **dict.fromkeys(names, long)}}
        yield csv_bytes([[record.get(name, "") for name in columns]])
preview = Preview()
for item in get_reader("focus").read(table(), file_name="", limits=Limits(), options={{}}):
    preview.add(item)
print(preview.rows, preview.errors)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.split() == ["5000", "0"]


class TestHelpers:
    def test_read_header_reads_the_header_and_no_more(self):
        def chunks():
            yield FILE[:2000]
            raise AssertionError("nothing more was needed")

        assert read_header(chunks(), file_name="usage.csv", limits=Limits()) == FOCUS_1_0
        data = [focus_file(delimiter=";")]
        assert read_header(data, file_name="", limits=Limits(), options={"delimiter": ";"}) == FOCUS_1_0

    def test_a_broken_header_is_refused(self):
        assert refused(b'"a"b,c\n1,2\n').reason == "broken_header"

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2))
    def test_join_cells_gives_one_record_that_reads_back(self, cells):
        names = [f"column {n}" for n in range(len(cells))]
        data = f"{join_cells(names)}\n{join_cells(cells)}\n".encode()
        header = read_header([data], file_name="", limits=Limits())
        assert header == names
        assert list(csv.reader(io.StringIO(join_cells(cells), newline=""), strict=True)) == [cells]

    def test_reread_takes_a_corrected_row_and_keeps_its_number(self):
        data = focus_file({}, {"BilledCost": "1.5 USD"}, delimiter=";")
        error = read(data, delimiter=";")[1]
        header = read_header([data], file_name="", limits=Limits(), options={"delimiter": ";"})
        again = {"row_no": error.row_no, "file_name": "usage.csv", "limits": Limits(), "options": {"delimiter": ";"}}
        assert reread(get_reader("focus"), header, error.text, **again) == [error]
        (row,) = reread(get_reader("focus"), header, error.text.replace("1.5 USD", "1.5"), **again)
        assert (row.row_no, row.cost_billed) == (3, "1.5")
        assert row._replace(row_no=2) == read(data, delimiter=";")[0]._replace(
            cost_billed="1.5", content_hash=row.content_hash
        )
        with pytest.raises(RejectedFile) as caught:
            reread(get_reader("focus"), header, " ", **again)
        assert caught.value.reason == "no_rows"


class TestManyRandomFaults:
    def test_rows_and_errors_always_add_up_to_the_records(self):
        # Faults that stay within their row: 300 rows, about a third of them spoilt.
        rng = random.Random(5)
        spoil = [{}, {}, {"BilledCost": "x"}, {"ChargePeriodEnd": "?"}, {"ServiceName": ""}, {"ServiceName": "a\nb"}]
        records = [rng.choice(spoil) for _ in range(300)]
        items = read_focus(*records)
        assert [item.row_no for item in items] == list(range(2, 302))
        assert [isinstance(item, RowError) for item in items] == [
            any(value in ("x", "?", "") for value in record.values()) for record in records
        ]
