"""Parquet: every type as exact text, nested columns, rows as of the same CSV, and files that are refused."""

import gzip
import io
import json
import random
import subprocess
import sys
from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, open_table
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_samples import GCP, read_provider
from reader_samples import FOCUS_1_0, RECORD, ROOT, read, read_focus
from table_samples import FILE_EXAMPLES, parquet_bytes, zip_bytes

ROW = [RECORD.get(name, "") for name in FOCUS_1_0]
FILE = parquet_bytes([FOCUS_1_0, *([ROW] * 20)])


def written(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def cells(data, limits=None, **options):
    """(header, rows) of a file."""
    table = open_table([data], file_name="usage.parquet", limits=limits or Limits(), options=options)
    return table.header(), list(table)


def texts(values, kind):
    """The cells of a column of these values."""
    return [row[0] for row in cells(written(pa.table({"x": pa.array(values, kind)})))[1]]


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        cells(data, **options)
    assert caught.value.file == "usage.parquet"
    return caught.value


class TestRows:
    def test_are_those_of_the_same_csv(self):
        # Row groups of seven: two whole ones and a part.
        assert read(FILE) == read(gzip.compress(FILE)) == read(zip_bytes({"x": FILE})) == read_focus(*[{}] * 20)

    def test_go_on_behind_the_header_in_batches(self, monkeypatch):
        monkeypatch.setattr("cloud_billing_engine.readers.tables.parquet._BATCH_CELLS", 3 * len(FOCUS_1_0))
        assert [row.row_no for row in read(FILE)] == list(range(2, 22))

    def test_without_any(self):
        assert cells(written(pa.table({"a": pa.array([], pa.string())}))) == (["a"], [])
        with pytest.raises(RejectedFile, match="no rows"):
            read(parquet_bytes([FOCUS_1_0]))


class TestValues:
    @pytest.mark.parametrize(
        ("kind", "values", "expected"),
        [
            (pa.string(), ["a", "", None, "Bäckerei"], ["a", "", "", "Bäckerei"]),
            (pa.large_string(), ["a", None], ["a", ""]),
            (pa.int64(), [2**62, -1, None], ["4611686018427387904", "-1", ""]),
            (pa.uint64(), [2**64 - 1], ["18446744073709551615"]),
            (pa.bool_(), [True, False, None], ["true", "false", ""]),
            # The shortest digits that give the same float again, of 64 and of 32 bits.
            (pa.float64(), [0.1, 0.1 + 0.2, 5e-06, 1e22], ["0.1", "0.30000000000000004", "0.000005", "1e+22"]),
            (pa.float32(), [0.1, 16777216.0], ["0.1", "16777216"]),
            (pa.decimal128(38, 10), [Decimal("0.0000001"), Decimal("1.5"), Decimal(100)], ["0.0000001", "1.5", "100"]),
            (pa.decimal256(60, 15), [Decimal("12345678901234567890123456789.123456789012345")],
             ["12345678901234567890123456789.123456789012345"]),
            (pa.decimal128(10, 0), [Decimal(100), None], ["100", ""]),
            (pa.decimal128(38, 17), [Decimal(0), Decimal("-0.5")], ["0", "-0.5"]),
            (pa.date32(), [date(2026, 10, 5)], ["2026-10-05"]),
            (pa.timestamp("ms"), [datetime(2026, 10, 5, 10)], ["2026-10-05 10:00:00.000"]),
            (pa.timestamp("us"), [datetime(2026, 10, 5, 10, 0, 0, 5)], ["2026-10-05 10:00:00.000005"]),
            (pa.timestamp("ms", "UTC"), [datetime(2026, 10, 5, 10, tzinfo=timezone.utc)], ["2026-10-05 10:00:00.000Z"]),
            (pa.binary(), [b"abc", None], ["abc", ""]),
        ],
    )  # fmt: skip
    def test_are_exact_texts(self, kind, values, expected):
        assert texts(values, kind) == expected

    def test_that_the_file_keeps_in_a_dictionary(self):
        assert texts(["a", "b", None, "a"], pa.dictionary(pa.int32(), pa.string())) == ["a", "b", "", "a"]

    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            (pa.map_(pa.string(), pa.string()), [("team", "web"), ("env", None)], {"team": "web", "env": None}),
            (pa.map_(pa.string(), pa.float64()), [("edp", -0.01)], {"edp": "-0.01"}),
            (pa.map_(pa.string(), pa.string()), [("a", "1"), ("a", "2")],
             [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
            (pa.list_(pa.struct([("name", pa.string()), ("amount", pa.decimal128(20, 9))])),
             [{"name": "Free", "amount": Decimal("-0.000000001")}], [{"name": "Free", "amount": "-0.000000001"}]),
            (pa.list_(pa.float32()), [0.1, None], ["0.1", None]),
            (pa.list_(pa.bool_()), [True], [True]),
            (pa.list_(pa.binary()), [b"a"], ["a"]),
        ],
    )  # fmt: skip
    def test_maps_and_lists_are_json_of_texts(self, kind, value, expected):
        found, null = texts([value, None], kind)
        assert json.loads(found) == expected
        assert null == ""

    def test_are_the_same_one_by_one_and_all_at_once(self, monkeypatch):
        """However many rows a batch has, and however large its texts and its dictionaries are."""
        count, moment = 400, datetime(2026, 10, 1, tzinfo=timezone.utc)
        some = random.Random(7)
        kinds = {
            "text": (pa.string(), [f"é{n}" for n in range(300)]),
            "few": (pa.dictionary(pa.int8(), pa.string()), ["a", "b"]),
            "decimal": (pa.decimal128(38, 17), [*map(Decimal, ("0", "-1.5", "100", "1E-17", "1234567.125", "1E-5"))]),
            "whole decimal": (pa.decimal128(20, 0), [Decimal(100), Decimal(-7)]),
            "float": (pa.float64(), [0.1, 1e-9, 3.0]),
            "whole": (pa.int64(), [0, -5, 10**15]),
            "moment": (pa.timestamp("ms", tz="UTC"), [moment, moment.replace(microsecond=5000)]),
            "day": (pa.date32(), [date(2026, 10, 1)]),
            "bytes": (pa.binary(), [b"x", "é".encode()]),
            "map": (
                pa.map_(pa.string(), pa.string()),
                [[("k", "v")], [], [("a", "1"), ("a", "2")], [("b", "x"), ("c", "")]],
            ),
            "numbers": (pa.map_(pa.string(), pa.int32()), [[("k", 1)], [("k", None)]]),
            "list": (pa.list_(pa.string()), [["a", None], []]),
        }  # fmt: skip
        columns = {
            name: pa.array([some.choice([None, *values]) for _n in range(count)], kind)
            for name, (kind, values) in kinds.items()
        }
        data = written(pa.table(columns), row_group_size=250)
        place = "cloud_billing_engine.readers.tables.parquet"
        found = []
        for few, joined, batch in (
            (1, 10**7, 10**6),
            (10**6, 10**7, 10**6),
            (1, 0, 10**6),
            (1, 10**7, 30 * len(kinds)),
        ):
            for name, value in (("_FEW", few), ("_JOINED_BYTES", joined), ("_BATCH_CELLS", batch)):
                monkeypatch.setattr(f"{place}.{name}", value)
            found.append(cells(data))
        assert len(found[0][1]) == count
        assert found[0] == found[1] == found[2] == found[3]
        written_out = dict(zip(found[0][0], map(set, zip(*found[0][1], strict=True)), strict=True))
        assert written_out["decimal"] == {"", "0", "-1.5", "100", "0.00000000000000001", "1234567.125", "0.00001"}
        assert written_out["map"] == {
            "", "{}", '{"k":"v"}', '[{"key":"a","value":"1"},{"key":"a","value":"2"}]', '{"b":"x","c":""}'
        }  # fmt: skip
        assert written_out["few"] == {"", "a", "b"}

    def test_parts_of_a_structure_are_columns(self):
        kind = pa.struct([("id", pa.string()), ("more", pa.struct([("n", pa.int32())]))])
        table = pa.table({"service": pa.array([{"id": "A", "more": {"n": 1}}, None], kind), "cost": ["1", "2"]})
        assert cells(written(table)) == (["service.id", "service.more.n", "cost"], [["A", "1", "1"], ["", "", "2"]])


class TestProviders:
    def test_google_writes_structures_and_lists(self):
        (plain,) = read_provider("gcp_billing", {"credits": '[{"name":"Free","amount":"-0.25"}]'})
        credit = pa.list_(pa.struct([("name", pa.string()), ("amount", pa.float64())]))
        columns = {name: pa.array([value]) for name, value in GCP.items() if "." not in name and name != "credits"}
        for outer in ("service", "sku", "project", "location", "usage", "invoice"):
            parts = {name.partition(".")[2]: value for name, value in GCP.items() if name.startswith(f"{outer}.")}
            columns[outer] = pa.array([parts])
        columns["credits"] = pa.array([[{"name": "Free", "amount": -0.25}]], credit)
        columns["usage_start_time"] = pa.array([datetime(2026, 10, 5, 10)], pa.timestamp("us", "UTC"))
        columns["labels"] = pa.array([[{"key": "team", "value": "web"}, {"key": "env", "value": "prod"}]])
        (row,) = read(written(pa.table(columns)), "gcp_billing")
        assert row == plain
        assert row.cost_billed == "1.00"


class TestRefused:
    def test_damaged_anywhere(self):
        for length in (4, 20, len(FILE) // 2, len(FILE) - 1):
            assert refused(FILE[:length]).reason == "corrupt_parquet"

    def test_encrypted(self):
        assert refused(b"PARE" + FILE[4:]).reason == "encrypted"

    @settings(max_examples=FILE_EXAMPLES)
    @given(st.integers(0, 2**32))
    def test_with_changed_bytes_gives_rows_or_is_refused(self, seed):
        rng = random.Random(seed)
        data = bytearray(FILE)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            read(bytes(data))
        except RejectedFile as error:
            assert str(error)

    def test_with_changed_bytes_in_its_directory_never_ends_the_process(self):
        # What pyarrow's C++ throws where Python cannot catch it is the end of the process: so in one of its own.
        script = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests" / "engine")!r})
import conftest
from cloud_billing_engine.readers import Limits, RejectedFile, open_table
data, refused = sys.stdin.buffer.read(), 0
for at in range(len(data) - int.from_bytes(data[-8:-4], "little") - 8, len(data)):
    for change in (1, 2, 255):
        broken = bytearray(data)
        broken[at] = (broken[at] + change) % 256
        try:
            list(open_table([bytes(broken)], file_name="", limits=Limits(), options={{}}))
        except RejectedFile:
            refused += 1
print(refused > 100)
"""
        lists = pa.table({"a": [[1, 2], None, [3]], "b": ["x", None, "y"]})
        done = subprocess.run([sys.executable, "-c", script], input=written(lists), capture_output=True, timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"True\n", b"")

    @pytest.mark.parametrize(
        ("column", "reason"),
        [
            (pa.array(["a\0b"]), "nul_byte"),
            (pa.array(["a" * (128 * 1024 + 1)]), "cell_too_long"),
            (pa.array([b"\xff"], pa.binary()), "bad_encoding"),
            (pa.array([["a" * (128 * 1024 + 1)]]), "cell_too_long"),
        ],
    )
    def test_cells_that_no_table_has(self, column, reason):
        assert refused(written(pa.table({"x": column}))).reason == reason

    def test_more_columns_than_allowed(self):
        wide = pa.table({f"x{n}": ["1"] for n in range(501)})
        assert (refused(written(wide)).reason, refused(written(wide)).detail) == ("too_many_columns", (501, 500))
        assert refused(written(wide), limits=Limits(max_columns=40)).reason == "too_many_columns"

    def test_more_cells_than_its_bytes_can_mean(self):
        data = written(pa.table({"x": pa.nulls(10_000_000, pa.int8()), "y": pa.nulls(10_000_000, pa.int8())}))
        assert refused(data).reason == "ratio_too_high"

    def test_one_long_text_that_all_rows_name_takes_no_memory(self):
        # 20,000 rows that name one text of 100 KB would be 2 GB.
        column = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["a" * 100_000])
        data = written(pa.table({"x": column}), store_schema=False)
        script = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "tests" / "engine")!r})
import conftest
from cloud_billing_engine.readers import Limits, open_table
resource.setrlimit(resource.RLIMIT_AS, (512 * 1024**2, 512 * 1024**2))
table = open_table([sys.stdin.buffer.read()], file_name="", limits=Limits(), options={{}})
print(table.header(), sum(len(cell) for (cell,) in table))
"""
        done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True, timeout=60)
        assert done.stdout.decode().split() == ["['x']", "2000000000"]

    def test_where_the_library_is_not_installed(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        error = refused(FILE)
        assert (error.reason, error.detail) == ("library_missing", "pyarrow")


class TestTheLibrary:
    def test_is_imported_when_a_file_needs_it_and_not_before(self):
        script = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests" / "engine")!r})
import conftest
import cloud_billing_engine.readers
print(sorted({{"pyarrow", "openpyxl"}} & set(sys.modules)))
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout == "[]\n"
