"""Own columns: any table whose columns somebody has mapped reads back as what was meant, and says what does not fit."""

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from cloud_billing_engine.readers import RejectedFile, RowError, UsageRow
from cloud_billing_engine.readers.moments import DATE_FORMATS, parse, parse_month
from cloud_billing_engine.readers.own.mapping import DOCUMENT, FIELDS, MappingError, read_mapping
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import csv_bytes, read

COLUMNS = {
    "id": ["Beleg"],
    "start": ["Datum"],
    "account": ["Kunde"],
    "service": ["Dienst"],
    "quantity": ["Menge"],
    "unit": ["Einheit"],
}
HEADER = ["Beleg", "Datum", "Kunde", "Dienst", "Menge", "Einheit", "Team"]
ROW = ["B-1", "05.10.2026", "K-7", "Speicher", "1.234,50", "GB", "web"]
MAPPING = {"columns": COLUMNS, "date_format": "dmy", "decimal": ",", "thousands": "."}


def mapping(**changes):
    return {**MAPPING, **changes}


def with_columns(**columns):
    return mapping(columns={**COLUMNS, **columns})


def read_own(document, *rows, header=HEADER, **options):
    return read(csv_bytes([header, *rows]), reader="own_columns", mapping=document, **options)


def changed(document, column, value, **options):
    """The one item of ROW with another cell in a column."""
    cells = [value if name == column else cell for name, cell in zip(HEADER, ROW, strict=True)]
    (item,) = read_own(document, cells, **options)
    return item


def problems(document):
    with pytest.raises(MappingError) as caught:
        read_mapping(document)
    return caught.value.problems


class TestARow:
    def test_is_what_the_mapping_says(self):
        (row,) = read_own(MAPPING, ROW)
        assert row._replace(content_hash=b"") == (
            2, "B-1", "", "", "K-7", "", "Speicher", "", "", "", "usage", "GB", "", "2026-10-05 00:00:00",
            "2026-10-06 00:00:00", None, "1234.50", None, None, None, None, "", '{"Team":"web"}', b"",
        )  # fmt: skip

    def test_takes_all_four_costs_and_a_meaning_of_kinds(self):
        document = with_columns(
            cost=["A"], cost_effective=["B"], cost_list=["C"], cost_contracted=["D"], charge_kind=["Art"]
        )
        document = {**document, "charge_kinds": {"Gutschrift": "credit"}, "constants": {"currency": "eur"}}
        header = [*HEADER, "A", "B", "C", "D", "Art"]
        row, error = read_own(
            document, [*ROW, "1,5", "1,25", "2", "1,75", "GUTSCHRIFT"], [*ROW, "", "", "", "", "Abo"], header=header
        )
        assert (row.cost_billed, row.cost_effective, row.cost_list, row.cost_contracted) == ("1.5", "1.25", "2", "1.75")
        assert (row.charge_kind, row.currency) == ("credit", "EUR")
        assert (error.column, error.reason, error.value) == ("Art", "unknown_charge_category", "Abo")

    def test_takes_constants_where_a_cell_or_a_column_is_missing(self):
        document = mapping(constants={"unit": "TB", "service": "Archiv", "provider": "Own"})
        (row,) = read_own(document, [*ROW[:3], "", *ROW[4:]])
        assert (row.service, row.unit, row.provider) == ("Archiv", "GB", "Own")
        header = [name for name in HEADER if name != "Einheit"]
        (row,) = read_own(document, [cell for cell in ROW if cell != "GB"], header=header)
        assert row.unit == "TB"

    def test_counts_a_quantity_in_another_unit(self):
        # 1234.50 MB x 0.001 = 1.2345 GB
        assert changed(mapping(quantity_factor="0.001"), "Team", "").quantity == "1.23450"

    def test_keeps_the_tags_that_are_named(self):
        assert changed(mapping(tags=["TEAM"]), "Team", "web").tags == '{"Team":"web"}'
        assert changed(mapping(tags=[]), "Team", "web").tags == "{}"

    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            ("Beleg", "", "missing_value"),
            ("Datum", "", "missing_value"),
            ("Kunde", "NULL", "missing_value"),
            ("Menge", "", "missing_value"),
            ("Datum", "2026-10-05", "bad_date_format"),
            ("Datum", "31.02.2026", "bad_date_format"),
            ("Menge", "1,234.50", "bad_number_format"),
            ("Menge", "12.34,5", "bad_number_format"),
            ("Menge", "0.125", "bad_number_format"),
            ("Menge", "NaN", "bad_number_format"),
            ("Menge", "1e400", "number_too_large"),
            ("Kunde", "k" * 501, "field_too_long"),
        ],
    )
    def test_that_does_not_fit_names_column_reason_and_value(self, column, value, reason):
        error = changed(MAPPING, column, value)
        assert (error.row_no, error.column, error.reason) == (2, column, reason)
        assert error.value == ("" if reason == "missing_value" else value[:200])


class TestColumns:
    def test_of_several_generations_are_one(self):
        document = with_columns(quantity=["Menge", "Qty"])
        old, new = (
            read_own(document, ROW, header=[name if at != 4 else quantity for at, name in enumerate(HEADER)])[0]
            for quantity in ("Menge", "QTY")
        )
        assert old == new

    def test_that_are_both_there_count_in_the_order_of_the_mapping(self):
        (row,) = read_own(with_columns(quantity=["Qty", "Menge"]), [*ROW, "7"], header=[*HEADER, "Qty"])
        assert (row.quantity, json.loads(row.tags)) == ("7", {"Menge": "1.234,50", "Team": "web"})

    def test_missing_are_named_all_at_once(self):
        with pytest.raises(RejectedFile) as caught:
            read_own(MAPPING, ROW[:4], header=HEADER[:4])
        assert (caught.value.reason, caught.value.detail) == ("column_missing", ("Menge", "Einheit"))
        with pytest.raises(RejectedFile) as caught:
            read_own(MAPPING, ["1"], header=["x"])
        assert caught.value.reason == "not_this_format"

    def test_given_twice_are_refused(self):
        with pytest.raises(RejectedFile) as caught:
            read_own(MAPPING, [*ROW, "1"], header=[*HEADER, "menge"])
        assert (caught.value.reason, caught.value.detail) == ("column_twice", ("Menge", "menge"))


class TestHowLongARowLasts:
    # (period, date cell, further mapping, further columns and cells, start, end)
    @pytest.mark.parametrize(
        ("period", "columns", "cells", "zone", "interval"),
        [
            ("day", {}, {}, "", ("2026-10-05 00:00:00", "2026-10-06 00:00:00")),
            # The last day of summer time has 25 hours.
            ("day", {}, {"Datum": "25.10.2026"}, "Europe/Amsterdam", ("2026-10-24 22:00:00", "2026-10-25 23:00:00")),
            ("day", {}, {"Datum": "05.10.2026 17:20"}, "", ("2026-10-05 00:00:00", "2026-10-06 00:00:00")),
            ("hour", {}, {"Datum": "05.10.2026 17:20"}, "", ("2026-10-05 17:00:00", "2026-10-05 18:00:00")),
            ("month", {}, {"Datum": "17.10.2026"}, "Europe/Amsterdam", ("2026-09-30 22:00:00", "2026-10-31 23:00:00")),
            ("instant", {}, {"Datum": "05.10.2026 17:20"}, "", ("2026-10-05 17:20:00", "2026-10-05 17:20:01")),
            ("end", {"end": ["Bis"]}, {"Bis": "07.10.2026"}, "", ("2026-10-05 00:00:00", "2026-10-07 00:00:00")),
            ("last_day", {"end": ["Bis"]}, {"Bis": "07.10.2026"}, "", ("2026-10-05 00:00:00", "2026-10-08 00:00:00")),
            ("duration", {"duration": ["Sek"]}, {"Sek": "90,5"}, "", ("2026-10-05 00:00:00", "2026-10-05 00:01:31")),
        ],
    )
    def test_is_said_by_the_mapping(self, period, columns, cells, zone, interval):
        document = {**with_columns(**columns), "period": period, "time_zone": zone}
        header = [*HEADER, *(name for name in cells if name not in HEADER)]
        record = {**dict(zip(HEADER, ROW, strict=True)), **cells}
        (row,) = read_own(document, [record[name] for name in header], header=header)
        assert (row.service_start, row.service_end) == interval

    def test_an_end_that_the_clock_shows_twice_is_the_one_behind_the_start(self):
        # Half hours of the night in which 3:00 becomes 2:00: from 0:30 to 1:00 UTC.
        document = {**with_columns(end=["Bis"]), "period": "end", "time_zone": "Europe/Amsterdam"}
        record = {**dict(zip(HEADER, ROW, strict=True)), "Datum": "25.10.2026 02:30", "Bis": "25.10.2026 02:00"}
        (row,) = read_own(document, list(record.values()), header=[*HEADER, "Bis"])
        assert (row.service_start, row.service_end) == ("2026-10-25 00:30:00", "2026-10-25 01:00:00")
        # On any other day it runs backwards.
        record |= {"Datum": "26.10.2026 02:30", "Bis": "26.10.2026 02:00"}
        (error,) = read_own(document, list(record.values()), header=[*HEADER, "Bis"])
        assert (error.column, error.reason) == ("Bis", "end_before_start")

    def test_ends_after_it_begins(self):
        document = {**with_columns(end=["Bis"]), "period": "end"}
        (error,) = read_own(document, [*ROW, "05.10.2026"], header=[*HEADER, "Bis"])
        assert (error.column, error.reason) == ("Bis", "end_before_start")
        document = {**with_columns(duration=["Sek"]), "period": "duration"}
        (error,) = read_own(document, [*ROW, "0"], header=[*HEADER, "Sek"])
        assert (error.column, error.reason) == ("Sek", "end_before_start")

    def test_may_be_the_billing_month_alone(self):
        columns = {field: names for field, names in COLUMNS.items() if field not in ("id", "start")}
        document = mapping(
            columns={**columns, "billing_month": ["Monat"]}, shape="snapshot", month="column", period="month"
        )
        header = ["Monat", *HEADER[2:]]
        (row,) = read_own(document, ["10/2026", *ROW[2:]], header=header)
        assert (row.billing_month, row.service_start, row.service_end) == (
            "2026-10-01", "2026-10-01 00:00:00", "2026-11-01 00:00:00",
        )  # fmt: skip
        assert row.external_id is None
        (error,) = read_own(document, ["Oktober", *ROW[2:]], header=header)
        assert (error.column, error.reason) == ("Monat", "bad_month")

    def test_a_month_may_come_from_the_import(self):
        document = mapping(shape="snapshot", month="import")
        (row,) = read_own(document, ROW, billing_month="2026-09-01")
        assert row.billing_month == "2026-09-01"


class TestDates:
    @pytest.mark.parametrize(
        ("date_format", "text", "utc"),
        [
            ("iso", "2026-10-05T14:30:15.25+02:00", "2026-10-05 12:30:15"),
            ("iso", "2026/10/5", "2026-10-05 00:00:00"),
            ("mdy", "10/5/2026", "2026-10-05 00:00:00"),
            ("mdy", "10/05/2026 12:15 AM", "2026-10-05 00:15:00"),
            ("mdy", "10/05/2026, 1:15:30 p.m.", "2026-10-05 13:15:30"),
            ("dmy", "5.10.2026 9:00", "2026-10-05 09:00:00"),
            ("dmy", "05/10/2026", "2026-10-05 00:00:00"),
            ("dmy", "05-10-2026 09:00:00", "2026-10-05 09:00:00"),
            ("compact", "20261005", "2026-10-05 00:00:00"),
            ("compact", "20261005T0930Z", "2026-10-05 09:30:00"),
            ("compact", "20261005093015", "2026-10-05 09:30:15"),
            # date -u -d 2026-10-05T00:00:00Z +%s
            ("epoch_s", "1791158400", "2026-10-05 00:00:00"),
            ("epoch_ms", "1791158400250", "2026-10-05 00:00:00"),
        ],
    )
    def test_are_read_as_chosen(self, date_format, text, utc):
        assert parse(text, date_format).utc == utc

    @pytest.mark.parametrize(
        ("date_format", "text"),
        [
            ("mdy", "13/1/2026"),
            ("dmy", "1/13/2026"),
            ("dmy", "1.2/2026"),
            ("dmy", "1.2.26"),
            ("mdy", "1/2/2026 13:00 PM"),
            ("iso", "05-10-2026"),
            ("iso", "2026-10-05+02:00"),
            ("compact", "20261305"),
            ("compact", "2026105"),
            ("epoch_s", "1791158400000"),
            ("epoch_ms", "1791158400"),
            ("iso", ""),
        ],
    )
    def test_written_otherwise_are_refused(self, date_format, text):
        with pytest.raises(ValueError):
            parse(text, date_format)

    @given(st.dates(date(1970, 1, 2), date(2199, 12, 30)), st.sampled_from(["iso", "dmy", "mdy", "compact"]))
    def test_of_any_day_read_back(self, day, date_format):
        pattern = {"iso": "%Y-%m-%d", "dmy": "%d.%m.%Y", "mdy": "%m/%d/%Y", "compact": "%Y%m%d"}[date_format]
        assert parse(day.strftime(pattern), date_format).utc == f"{day} 00:00:00"

    @pytest.mark.parametrize("text", ["2026-10", "202610", "10/2026", "10.2026", "2026/10", "2026-10-17"])
    def test_of_months(self, text):
        assert parse_month(text, "iso") == "2026-10-01"


class TestWhatMakesARowItself:
    CONTENT = {"key": "content", "key_fields": ["start", "account", "service", "quantity", "column:Team"]}

    def test_can_be_several_columns(self):
        document = mapping(key_fields=["account", "start", "column:Team"])
        assert changed(document, "Team", "a|b").external_id == "K-7|05.10.2026|a\\|b"

    def test_of_several_columns_is_never_the_same_by_chance(self):
        document = mapping(key_fields=["account", "column:Team"])
        one = read_own(document, [*ROW[:2], "a|", *ROW[3:6], "b"])[0]
        two = read_own(document, [*ROW[:2], "a", *ROW[3:6], "|b"])[0]
        assert one.external_id != two.external_id

    def test_is_its_content_as_written_where_there_is_no_id(self):
        columns = {field: names for field, names in COLUMNS.items() if field != "id"}
        document = mapping(columns=columns, **self.CONTENT)
        changes = (("Beleg", "B-2"), ("Team", "web"), ("Team", "db"), ("Menge", "1.234,5"))
        keys = [changed(document, name, value).external_id for name, value in changes]
        assert keys[0] == keys[1]
        assert len(set(keys)) == 3

    def test_survives_a_corrected_mapping(self):
        columns = {field: names for field, names in COLUMNS.items() if field != "id"}
        wrong = mapping(columns=columns, **self.CONTENT)
        right = {**wrong, "quantity_factor": "0.5", "constants": {"region": "eu"}, "date_format": "mdy"}
        before, after = (changed(document, "Team", "web") for document in (wrong, right))
        assert before.external_id == after.external_id
        assert before.content_hash != after.content_hash


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text != "NULL"
)
SIGNS = st.sampled_from([(".", ""), (".", ","), (".", " "), (".", "'"), (",", ""), (",", "."), (",", " "), (",", "'")])
PATTERNS = {
    "iso": "%Y-%m-%dT%H:%M:%S",
    "dmy": "%d.%m.%Y %H:%M:%S",
    "mdy": "%m/%d/%Y %I:%M:%S %p",
    "compact": "%Y%m%d%H%M%S",
}


def write_number(number, decimal, thousands):
    """A Decimal as somebody's program would write it."""
    return f"{number:,f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def write_moment(moment, date_format, zone):
    if date_format.startswith("epoch"):
        seconds = int(moment.replace(tzinfo=timezone.utc).timestamp())
        return str(seconds if date_format == "epoch_s" else seconds * 1000)
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).strftime(PATTERNS[date_format])


class TestAnyTable:
    @given(
        rows=st.lists(
            st.tuples(
                st.datetimes(datetime(2002, 1, 1), datetime(2099, 12, 31)),
                st.integers(1, 10**6),
                CELLS,
                CELLS,
                st.decimals(-(10**9), 10**9, places=4),
                st.decimals(-(10**6), 10**6, places=2),
            ),
            min_size=1,
            max_size=5,
        ),
        signs=SIGNS,
        date_format=st.sampled_from(DATE_FORMATS),
        delimiter=st.sampled_from([",", ";", "\t", "|"]),
        zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/Phoenix"]),
        order=st.permutations(["t", "u", "a", "s", "q", "c", "n"]),
    )
    def test_written_with_any_choices_reads_back(self, rows, signs, date_format, delimiter, zone, order):
        document = {
            "columns": {
                "id": ["n"], "start": ["t"], "end": ["u"], "account": ["a"], "service": ["s"], "quantity": ["q"],
                "cost": ["c"],
            },
            "constants": {"currency": "EUR", "unit": "GB"},
            "date_format": date_format,
            "time_zone": zone,
            "period": "end",
            "decimal": signs[0],
            "thousands": signs[1],
        }  # fmt: skip
        records = []
        for number, (start, seconds, account, service, quantity, cost) in enumerate(rows):
            start = start.replace(microsecond=0)
            end = start + timedelta(seconds=seconds)
            records.append(
                {
                    "n": str(number),
                    "a": account,
                    "s": service,
                    "t": write_moment(start, date_format, zone),
                    "u": write_moment(end, date_format, zone),
                    "q": write_number(quantity, *signs),
                    "c": write_number(cost, *signs),
                }
            )
        data = csv_bytes([order, *([record[name] for name in order] for record in records)], delimiter=delimiter)
        items = read(data, reader="own_columns", mapping=document, delimiter=delimiter)
        for item, (start, seconds, account, service, quantity, cost) in zip(items, rows, strict=True):
            assert isinstance(item, UsageRow), item
            start = start.replace(microsecond=0)
            assert (item.service_start, item.service_end) == (
                start.isoformat(" "),
                (start + timedelta(seconds=seconds)).isoformat(" "),
            )
            assert (item.sub_account, item.service, item.unit, item.currency) == (account, service, "GB", "EUR")
            assert (Decimal(item.quantity), Decimal(item.cost_billed)) == (quantity, cost)

    @given(st.lists(st.lists(st.text(max_size=20), min_size=7, max_size=7), min_size=1, max_size=5))
    def test_of_any_cells_gives_rows_or_errors(self, rows):
        rows = [[cell.replace("\0", "").replace("\r", "") for cell in cells] for cells in rows]
        try:
            items = read_own(MAPPING, *rows)
        except RejectedFile:
            return
        assert all(isinstance(item, (UsageRow, RowError)) for item in items)


class TestTheMapping:
    def test_itself_is_checked(self):
        assert problems([]) == [["not_an_object", ""]]
        assert problems({"colour": 1, "shape": "pile"}) == [
            ["unknown_key", "", "colour"],
            ["bad_value", "shape", "pile"],
        ]
        assert problems(mapping(columns={"weight": ["kg"]})) == [["unknown_field", "columns", "weight"]]
        assert problems(mapping(quantity_factor="0"))[0] == ["bad_value", "quantity_factor", "0"]
        assert problems(mapping(quantity_factor=1.5))[0] == ["bad_value", "quantity_factor", "1.5"]
        assert problems(mapping(time_zone="Mars/Base"))[0] == ["bad_value", "time_zone", "Mars/Base"]
        assert problems(mapping(time_zone="../../etc/passwd"))[0][0] == "bad_value"
        assert problems(mapping(table={"skip_rows": "2"}))[0] == ["bad_value", "table.skip_rows", "2"]
        assert problems(mapping(table={"skip_rows": True}))[0][:2] == ["bad_value", "table.skip_rows"]
        assert problems(mapping(charge_kinds={"x": "gift"}))[0] == ["bad_value", "charge_kinds.x", "gift"]
        assert problems(mapping(columns={"start": ["x" * 300]}))[0] == ["too_long", "columns.start", 200]

    def test_must_say_enough(self):
        assert problems({}) == [
            ["no_column", "start", "billing_month"],
            ["no_column", "account"],
            ["no_column", "service"],
            ["no_column", "quantity", "cost", "cost_effective", "cost_list", "cost_contracted"],
            ["bad_value", "period", "day"],
            ["key_without_column", "id"],
        ]
        assert problems(mapping(key_fields=[])) == [["no_key"]]
        assert problems(mapping(period="end")) == [["no_end_column"]]
        assert problems(mapping(period="duration")) == [["no_duration_column"]]
        assert problems(mapping(shape="snapshot", month="column")) == [["no_month_column"]]
        assert problems(mapping(thousands=",")) == [["same_signs", ","]]
        assert problems(with_columns(region=["EINHEIT"])) == [["alias_twice", "unit", "region", "EINHEIT"]]

    def test_without_an_id_takes_all_that_tells_rows_apart(self):
        found = problems(mapping(key="content", key_fields=["start", "account", "service"]))
        assert found == [["key_lacks", "quantity"]]

    def test_that_is_read_is_whole(self):
        assert set(read_mapping(MAPPING)._fields) == set(DOCUMENT)
        assert read_mapping(MAPPING).columns["quantity"] == ("Menge",)
        assert all(isinstance(field, str) for field in FIELDS)
