"""What all readers of providers' bills promise: order and spelling of columns do not matter, nothing is swallowed."""

import json
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import READERS, Limits, RejectedFile, RowError, UsageRow, get_reader
from hypothesis import given
from hypothesis import strategies as st
from provider_samples import RECORDS, provider_file, read_provider
from reader_samples import csv_bytes, read

readers = pytest.mark.parametrize("reader", RECORDS)
some_reader = st.sampled_from(list(RECORDS))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
money = st.decimals(min_value=-(10**15), max_value=10**15, places=10).map(lambda number: format(number, "f"))


def columns_of(reader):
    return get_reader(reader).file_class.COLUMNS


def column(reader, field):
    """The name that the plain record has for a field."""
    (name,) = [name for name in columns_of(reader)[field] if name in RECORDS[reader]][:1]
    return name


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, **options)
    return caught.value


@readers
class TestAProvidersFile:
    def test_is_recognised_by_one_reader_only(self, reader):
        assert [name for name, other in READERS.items() if other.recognise(list(RECORDS[reader]))] == [reader]

    def test_lacking_one_column_is_still_recognised_and_the_column_is_named(self, reader):
        header = [name for name in RECORDS[reader] if name != column(reader, "billed")]
        assert get_reader(reader).recognise(header)
        error = refused(provider_file(reader, {}, columns=header), reader=reader)
        assert (error.reason, error.row) == ("column_missing", 1)
        assert error.detail == (columns_of(reader)["billed"][0],)

    def test_of_another_kind_is_refused(self, reader):
        assert refused(b"name,amount\nx,1\n", reader=reader).reason == "not_this_format"

    def test_with_a_column_twice_is_refused(self, reader):
        name = column(reader, "billed")
        data = csv_bytes([[*RECORDS[reader], name.upper()], [*RECORDS[reader].values(), "1"]])
        error = refused(data, reader=reader)
        assert (error.reason, error.detail) == ("column_twice", (name, name.upper()))

    def test_without_rows_is_refused(self, reader):
        assert refused(csv_bytes([list(RECORDS[reader])]), reader=reader).reason == "no_rows"

    def test_with_a_byte_order_mark_other_delimiter_and_line_ends_is_the_same(self, reader):
        data = b"\xef\xbb\xbf" + provider_file(reader, {}, {}, delimiter=";", line_end="\r\n")
        assert read(data, reader=reader, delimiter=";", chunk_size=7) == read_provider(reader, {}, {})

    @pytest.mark.parametrize(
        ("field", "cell", "reason"),
        [
            ("billed", "", "missing_value"),
            ("billed", "NULL", "missing_value"),
            ("billed", "1,234.00", "not_a_number"),
            ("billed", "NaN", "not_a_number"),
            ("billed", "=1+1", "not_a_number"),
            ("billed", "1e400", "number_too_large"),
            ("billed", "1" * 101, "number_too_long"),
            ("quantity", "ten", "not_a_number"),
            ("start", "yesterday", "bad_date"),
            ("start", "2026-02-30", "bad_date"),
            ("start", "", "missing_value"),
            ("currency", "U$D", "bad_currency"),
            ("currency", "", "missing_value"),
            ("kind", "Bribe", "unknown_charge_category"),
            ("service", "s" * 501, "field_too_long"),
            ("provider_account", "s" * 501, "field_too_long"),
        ],
    )
    def test_names_what_is_wrong_with_a_record_and_goes_on(self, reader, field, cell, reason):
        name = column(reader, field)
        first, error, last = read_provider(reader, {}, {name: cell}, {})
        assert isinstance(error, RowError)
        assert (error.row_no, error.column, error.reason) == (3, name, reason)
        assert error.value == ("" if reason == "missing_value" else cell[:200])
        assert (first.row_no, last.row_no) == (2, 4)

    def test_with_a_giant_cell_is_refused_whatever_the_limit_of_csv_is(self, reader):
        data = provider_file(reader, {}, {"x/y": "a" * 300})
        error = refused(data, reader=reader, limits=Limits(max_cell=299))
        assert (error.reason, error.row, error.detail) == ("cell_too_long", 3, 299)

    def test_with_too_many_cells_in_a_record(self, reader):
        lines = provider_file(reader, {}, {}).splitlines()
        error = read(b"\n".join([lines[0], lines[1] + b",x", lines[2]]), reader=reader)[0]
        assert (error.row_no, error.reason) == (2, "too_many_cells")


@pytest.mark.parametrize("reader", [name for name in RECORDS if "end" in columns_of(name)])
def test_a_period_that_ends_before_or_when_it_starts_is_a_bad_row(reader):
    for end in ("2026-10-05T09:00:00Z", "2026-10-05T10:00:00Z"):
        (error,) = read_provider(reader, {column(reader, "end"): end})
        assert (error.column, error.reason) == (column(reader, "end"), "end_before_start")


class TestAnyProvidersRecord:
    @given(some_reader, money, money, texts, st.randoms(use_true_random=False), st.integers(1, 200))
    def test_comes_back_from_columns_in_any_order_and_case_cut_anywhere(
        self, reader, quantity, cost, other, shuffle, chunk_size
    ):
        record = {**RECORDS[reader], column(reader, "quantity"): quantity, column(reader, "billed"): cost, "x/y": other}
        names = list(record)
        shuffle.shuffle(names)
        header = [shuffle.choice([name, name.upper(), name.lower()]) if name != "x/y" else name for name in names]
        (row,) = read(csv_bytes([header, [record[name] for name in names]]), reader=reader, chunk_size=chunk_size)
        assert isinstance(row, UsageRow)
        assert Decimal(row.cost_billed) == Decimal(cost)
        assert Decimal(row.quantity) == Decimal(quantity)
        assert json.loads(row.tags).get("x/y", "") == ("" if other == "NULL" else other)
        plain = read_provider(reader, {**record})[0]
        assert row.content_hash == plain.content_hash
        assert row._replace(tags="") == plain._replace(tags="")

    @given(some_reader, st.data())
    def test_has_another_content_hash_when_a_cell_differs(self, reader, data):
        file_class = get_reader(reader).file_class
        skipped = {name for field in file_class.UNHASHED for name in file_class.COLUMNS[field]}
        name = data.draw(st.sampled_from([name for name in RECORDS[reader] if name not in skipped]))
        first, second = read_provider(reader, {}, {name: data.draw(st.sampled_from(["7", "2026-10-05T10:30:00Z"]))})
        assert isinstance(second, RowError) or first.content_hash != second.content_hash

    @given(some_reader, st.data())
    def test_hostile_cells_give_a_row_or_an_error_and_never_a_crash(self, reader, data):
        cells = st.one_of(
            texts,
            st.sampled_from(["[" * 5000, "{" * 99, "[{'amount': 1e999}]", "[1,", "{'a': __import__('os')}", "1e60"]),
            st.sampled_from(
                ["13/45/2026", "00/00/0000", "9999-12-31", "\u0661", "-0", "1e-60", '"', "\\u0000", "a" * 600]
            ),
        )
        names = data.draw(st.lists(st.sampled_from(list(RECORDS[reader])), min_size=1, max_size=4, unique=True))
        items = read_provider(reader, {name: data.draw(cells) for name in names}, {})
        assert len(items) == 2
        for item in items:
            if isinstance(item, UsageRow):
                assert item.service_end > item.service_start
                json.loads(item.tags)
                for number in (item.quantity, *item[17:21]):
                    assert number is None or Decimal(number).is_finite()

    @given(some_reader, st.binary(max_size=300))
    def test_hostile_bytes_after_the_header_are_read_or_refused(self, reader, tail):
        try:
            items = read(provider_file(reader, {}) + tail, reader=reader)
        except RejectedFile:
            return
        assert isinstance(items[0], UsageRow)
