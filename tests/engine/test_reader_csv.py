"""CSV with an id per row: names of columns, times, numbers as people write them, and what makes two contents one."""

import hashlib
import json
import random
import re

import pytest
from cloud_billing_engine.readers import RejectedFile, RowError, get_reader
from cloud_billing_engine.readers.own.generic_csv import ALIASES, MANDATORY
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import ROOT, csv_bytes, read

HEADER = ["id", "time", "account", "service", "quantity", "unit"]
ROW = ["e-1", "2026-10-05T10:00:00Z", "S-1", "api-calls", "12.50", "calls"]


def table(*rows, header=HEADER, **options):
    return csv_bytes([header, *rows], **options)


def read_csv(*rows, header=HEADER, **options):
    return read(table(*rows, header=header), reader="csv", **options)


def with_column(name, value, **options):
    (item,) = read_csv([*ROW, value], header=[*HEADER, name], **options)
    return item


def changed(column, value, **options):
    (item,) = read_csv([value if name == column else cell for name, cell in zip(HEADER, ROW, strict=True)], **options)
    return item


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, reader="csv", **options)
    return caught.value


class TestARecord:
    def test_becomes_a_row_whose_month_the_customer_decides(self):
        (row,) = read_csv(ROW)
        assert row._replace(content_hash=b"") == (
            2, "e-1", "", "", "S-1", "", "api-calls", "", "", "", "usage", "calls", "", "2026-10-05 10:00:00",
            "2026-10-05 10:00:01", None, "12.50", None, None, None, None, "", "{}", b"",
        )  # fmt: skip

    def test_takes_the_optional_columns(self):
        header = [
            "ID", "Start Time", "End-Time", "Tenant", "Tenant name", "Meter", "Qty", "UoM", "Region", "SKU",
            "Description", "Cost", "Currency", "Kind", "Resource", "Provider", "Billing account", "Tags", "Team",
        ]  # fmt: skip
        cells = [
            "e-1", "2026-10-05 10:00", "2026-10-05 11:30", "S-1", "Bakery", "vm", "1", "Hours", "north", "K1",
            "Machine", "5e-3", "eur", "Fee", "vm-7", "Own", "B-1", '{"b":1,"a":2}', "web",
        ]  # fmt: skip
        (row,) = read_csv(cells, header=header)
        assert row._replace(content_hash=b"") == (
            2, "e-1", "Own", "B-1", "S-1", "Bakery", "vm", "K1", "Machine", "north", "fee", "Hours", "EUR",
            "2026-10-05 10:00:00", "2026-10-05 11:30:00", None, "1", "0.005", None, None, None, "vm-7",
            '{"Team":"web","tags":{"a":"2","b":"1"}}', b"",
        )  # fmt: skip

    def test_may_have_spaces_around_its_cells_and_no_unit(self):
        (row,) = read_csv([f" {cell} " for cell in ROW[:-1]] + [""])
        assert (row.external_id, row.quantity, row.unit) == ("e-1", "12.50", "")

    def test_zero_is_a_quantity_and_a_cost(self):
        assert changed("quantity", "0").quantity == "0"
        (row,) = read_csv([*ROW, "0.00", "EUR"], header=[*HEADER, "cost", "currency"])
        assert row.cost_billed == "0.00"

    def test_provider_account_and_currency_may_come_from_the_source(self):
        options = {"provider": "Own meters", "provider_account": "DC-1", "currency": "EUR"}
        row = with_column("cost", "3", **options)
        assert (row.provider, row.provider_account, row.currency) == ("Own meters", "DC-1", "EUR")
        assert with_column("provider", "Other", **options).provider == "Other"

    @pytest.mark.parametrize(
        ("written", "options", "number"),
        [
            ("12,50", {"decimal": ","}, "12.50"),
            ("1250", {"decimal": ","}, "1250"),
            ("1.250,00", {"decimal": ","}, None),
            ("1,250,00", {"decimal": ","}, None),
            ("12,50", {}, None),
        ],
    )
    def test_a_decimal_comma_is_taken_only_when_the_source_says_so(self, written, options, number):
        item = changed("quantity", written, **options)
        assert getattr(item, "quantity", None) == number
        if number is None:
            assert (item.reason, item.value) == ("not_a_number", written)


class TestTime:
    @pytest.mark.parametrize(
        ("time", "zone", "start", "end"),
        [
            ("2026-10-05 10:00:00", "", "2026-10-05 10:00:00", "2026-10-05 10:00:01"),
            ("2026-10-05 10:00:00", "Europe/Amsterdam", "2026-10-05 08:00:00", "2026-10-05 08:00:01"),
            # An offset in the text goes before the source's zone.
            ("2026-10-05 10:00:00+00:00", "Europe/Amsterdam", "2026-10-05 10:00:00", "2026-10-05 10:00:01"),
            ("2026-10-05", "", "2026-10-05 00:00:00", "2026-10-06 00:00:00"),
            # The last day of summer time has 25 hours, the first one 23.
            ("2026-10-25", "Europe/Amsterdam", "2026-10-24 22:00:00", "2026-10-25 23:00:00"),
            ("2026-03-29", "Europe/Amsterdam", "2026-03-28 23:00:00", "2026-03-29 22:00:00"),
            # 02:30 comes twice that night; the first one is meant.
            ("2026-10-25 02:30:00", "Europe/Amsterdam", "2026-10-25 00:30:00", "2026-10-25 00:30:01"),
            ("2026-12-31", "", "2026-12-31 00:00:00", "2027-01-01 00:00:00"),
        ],
    )
    def test_a_moment_lasts_a_second_and_a_date_its_whole_day(self, time, zone, start, end):
        row = changed("time", time, time_zone=zone)
        assert (row.service_start, row.service_end) == (start, end)

    def test_an_end_is_the_first_moment_that_no_longer_belongs_to_the_row(self):
        header = [*HEADER, "end"]
        (row,) = read_csv([*ROW, "2026-10-05T11:00:00Z"], header=header)
        assert (row.service_start, row.service_end) == ("2026-10-05 10:00:00", "2026-10-05 11:00:00")
        (error,) = read_csv([*ROW, "2026-10-05T10:00:00Z"], header=header)
        assert (error.column, error.reason) == ("end", "end_before_start")


class TestABadRecord:
    @pytest.mark.parametrize("column", ["id", "time", "account", "service", "quantity"])
    @pytest.mark.parametrize("value", ["", "NULL", "  "])
    def test_without_what_every_row_needs(self, column, value):
        error = changed(column, value)
        assert (error.row_no, error.column, error.reason) == (2, column, "missing_value")

    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            ("time", "5-10-2026", "bad_date"),
            ("time", "2026-10-05 24:00:00", "bad_date"),
            ("time", "1969-12-31", "bad_date"),
            ("time", "2200-01-01 00:00:00", "bad_date"),
            ("quantity", "NaN", "not_a_number"),
            ("quantity", "=A1", "not_a_number"),
            ("quantity", "1e400", "number_too_large"),
            ("id", "i" * 501, "field_too_long"),
            ("service", "i" * 501, "field_too_long"),
        ],
    )
    def test_names_column_reason_and_value(self, column, value, reason):
        error = changed(column, value)
        assert (error.column, error.reason, error.value) == (column, reason, value[:200])

    @pytest.mark.parametrize(
        ("column", "value", "fault"),
        [
            ("cost", "3", ("currency", "missing_value")),
            ("currency", "euro", ("currency", "bad_currency")),
            ("kind", "gift", ("kind", "unknown_charge_category")),
            ("cost", "3 EUR", ("cost", "not_a_number")),
        ],
    )
    def test_in_an_optional_column(self, column, value, fault):
        error = with_column(column, value)
        assert (error.column, error.reason) == fault

    def test_leaves_the_others_alone(self):
        items = read_csv(ROW, [*ROW, "more"], ROW[:-1], ["", *ROW[1:]], ["e-2", *ROW[1:]], [""] * 6)
        assert [(item.row_no, getattr(item, "reason", "read")) for item in items] == [
            (2, "read"),
            (3, "too_many_cells"),
            (4, "too_few_cells"),
            (5, "missing_value"),
            (6, "read"),
        ]


class TestColumns:
    def test_that_the_aliases_do_not_cover_are_named_by_the_source(self):
        header = ["Ereignis", "Zeit", "Kunde", "Dienst", "Menge", "Einheit", "id"]
        columns = dict(zip(MANDATORY, header, strict=False))
        (row,) = read_csv([*ROW, "keep me"], header=header, columns=columns)
        assert (row.external_id, row.quantity, json.loads(row.tags)) == ("e-1", "12.50", {"id": "keep me"})

    def test_named_by_the_source_must_be_there(self):
        error = refused(table(ROW), columns={"sku": "Artikel"})
        assert (error.reason, error.detail) == ("column_missing", ("sku",))

    def test_missing_are_named_all_at_once(self):
        error = refused(table(ROW[:4], header=HEADER[:4]))
        assert (error.reason, error.detail) == ("column_missing", ("quantity", "unit"))
        assert refused(table(["1", "2"], header=["a", "b"])).reason == "not_this_format"

    def test_with_the_same_meaning_twice(self):
        error = refused(table([*ROW, "x"], header=[*HEADER, "Start"]))
        assert (error.reason, error.detail) == ("column_twice", ("time", "Start"))
        # Naming one of them in the source leaves the other one a tag.
        (row,) = read_csv([*ROW, "x"], header=[*HEADER, "Start"], columns={"start": "time"})
        assert json.loads(row.tags) == {"Start": "x"}

    def test_are_recognised(self):
        reader = get_reader("csv")
        assert reader.recognise(["ID", "Timestamp", "Customer", "Meter", "Qty", "UoM", "other"])
        assert not reader.recognise(["id", "time", "account", "service", "quantity"])

    def test_are_all_on_the_page_about_formats(self):
        page = (ROOT / "docs" / "formats.md").read_text().partition("(`csv`)")[2]
        rows = re.findall(r"^\| [^|]+ \| `(\w+)` \|([^|]*)\|$", page, re.MULTILINE)
        told = {name: {name, *filter(None, others.strip().split(", "))} for name, others in rows}
        assert told == {name: set(aliases) for name, aliases in ALIASES.items()}

    def test_every_alias_means_one_thing(self):
        aliases = [alias for names in ALIASES.values() for alias in names]
        assert len(aliases) == len(set(aliases))

    def test_file_faults_are_those_of_every_reader(self):
        assert refused(b"").reason == "empty_file"
        assert refused(table()).reason == "no_rows"
        assert refused(table(ROW) + b"\xff").reason == "bad_encoding"


cells = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text != "NULL"
)


class TestContent:
    @given(cells, cells, cells, st.decimals(-1000, 1000, places=6), cells, st.randoms(use_true_random=False))
    def test_is_the_same_in_columns_of_any_order_and_comes_back_equal(self, key, account, service, quantity, tag, mix):
        record = {
            "id": key, "time": "2026-10-05", "account": account, "service": service, "quantity": format(quantity, "f"),
            "unit": "GB", "Colour": tag, "Empty": "",
        }  # fmt: skip
        names = list(record)
        (plain,) = read_csv(list(record.values()), header=names)
        assert (plain.external_id, plain.sub_account, plain.service) == (key, account, service)
        assert json.loads(plain.tags) == {"Colour": tag}
        mix.shuffle(names)
        names.remove("Empty")
        (other,) = read_csv([record[name] for name in names], header=names)
        assert other == plain

    @pytest.mark.parametrize(
        ("column", "value", "is_same"),
        [
            ("quantity", "12.5", True),
            ("quantity", "12.500", True),
            ("quantity", "1.25e1", True),
            ("quantity", "12.51", False),
            ("quantity", "125", False),
            ("time", "2026-10-05 12:00:00+02:00", True),
            ("time", "2026-10-05T10:00:00.001Z", False),
            ("unit", "Calls", False),
            ("id", "e-2", False),
        ],
    )
    def test_is_the_same_when_only_the_way_of_writing_differs(self, column, value, is_same):
        assert (changed(column, value).content_hash == changed("id", "e-1").content_hash) is is_same

    def test_differs_when_an_unknown_column_says_something_else(self):
        assert with_column("Team", "a").content_hash != with_column("Team", "b").content_hash
        assert with_column("Team", "a").content_hash != with_column("Teams", "a").content_hash
        assert with_column("Team", "NULL").content_hash == read_csv(ROW)[0].content_hash
        # "sku" is known, "skus" is not: the same letters on either side are two contents.
        assert with_column("sku", "sa").content_hash != with_column("skus", "a").content_hash

    def test_has_a_hash_that_can_be_worked_out_from_the_description(self):
        (row,) = read_csv([*ROW, "web", "r"], header=[*HEADER, "Team", "Area"])
        known = ["account", "S-1", "id", "e-1", "quantity", "12.5", "service", "api-calls"]
        known += ["start", "2026-10-05 10:00:00", "unit", "calls"]
        text = "\0".join([*known, "", "Area", "r", "", "Team", "web"])
        assert row.content_hash == hashlib.blake2b(text.encode(), digest_size=16).digest()

    def test_of_ten_thousand_rows_differs_for_each(self):
        rng = random.Random(1)
        rows = [[f"e-{n}", *ROW[1:4], str(rng.randrange(5)), "x"] for n in range(10_000)]
        items = read_csv(*rows)
        assert not any(isinstance(item, RowError) for item in items)
        assert len({item.content_hash for item in items}) == 10_000
