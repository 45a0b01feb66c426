"""Licence seats: which column is what, dates as people write them, what a snapshot cannot say twice."""

from datetime import date
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, RowError, SeatRow, read_seats
from cloud_billing_engine.readers import seats as seats_module

COLUMNS = {"licence": "Subscription Id", "sku": "SKU", "quantity": "Seats", "as_of": "As Of", "renewal": "Renewal"}
HEADER = "Subscription Id,SKU,Seats,As Of,Renewal,Note"


def read(*lines, columns=COLUMNS, header=HEADER, **options):
    data = "\n".join((header, *lines)).encode()
    return read_seats([data], file_name="seats.csv", options={"columns": columns, **options})


def refused(*lines, **options):
    with pytest.raises(RejectedFile) as caught:
        read(*lines, **options)
    return caught.value


def faults(*lines, **options):
    return [
        (item.row_no, item.column, item.reason) for item in read(*lines, **options)[1] if isinstance(item, RowError)
    ]


class TestSnapshot:
    def test_a_row_is_a_licence_with_its_sku(self):
        day, (row,) = read("A-1,E3,14,2026-03-11,2027-03-01,x")
        assert day == date(2026, 3, 11)
        assert (row.row_no, row.key, row.sku, row.quantity) == (2, "A-1 / E3", "E3", Decimal(14))
        assert (row.as_of, row.renewal, row.term_start, row.coterm) == (day, date(2027, 3, 1), None, None)

    def test_names_of_columns_are_found_in_any_case(self):
        day, rows = read("A-1,14", columns={"licence": "ID", "quantity": "seats "}, header="id,Seats")
        assert day is None
        assert [row.key for row in rows] == ["A-1"]

    def test_a_status_can_mean_that_nothing_is_licensed(self):
        columns = {"licence": "id", "quantity": "n", "status": "status"}
        _day, rows = read("A,3,Active", "B,4,Suspended", columns=columns, header="id,n,status", inactive=["suspended"])
        assert [row.quantity for row in rows] == [3, 0]

    @pytest.mark.parametrize(
        ("date_format", "text"),
        [
            ("ymd", "2026-03-11T23:59:59Z"),
            ("dmy_dot", "11.03.2026"),
            ("dmy_slash", "11/03/2026 08:00"),
            ("mdy_slash", "03/11/2026"),
        ],
    )
    def test_dates_are_read_as_the_source_says(self, date_format, text):
        assert read(f"A-1,E3,14,{text},,", date_format=date_format)[0] == date(2026, 3, 11)


class TestRowsThatCannotBe:
    def test_each_says_row_column_and_reason(self):
        assert faults(
            "A,E3,14,2026-03-11,,",
            ",E3,14,2026-03-11,,",
            "C,E3,many,2026-03-11,,",
            "D,E3,-1,2026-03-11,,",
            "E,E3,1,2026-02-30,,",
            "F,E3,1,,,",
            "G,E3,1,2026-03-11",
            "H,E3,1,2026-03-12,,",
        ) == [
            (3, "Subscription Id", "missing_value"),
            (4, "Seats", "not_a_number"),
            (5, "Seats", "negative_quantity"),
            (6, "As Of", "bad_date"),
            (7, "As Of", "missing_value"),
            (8, None, "too_few_cells"),
            (9, "As Of", "other_day"),
        ]

    def test_a_licence_twice_is_wrong_in_each_of_its_rows(self):
        _day, items = read("A,E3,5,2026-03-11,,", "B,E3,1,2026-03-11,,", "A,E3,3,2026-03-11,,")
        assert [getattr(item, "reason", None) for item in items] == ["licence_twice", None, "licence_twice"]
        assert isinstance(items[1], SeatRow)

    def test_a_term_does_not_end_before_it_starts(self):
        columns = {"licence": "id", "quantity": "n", "term_start": "from", "term_end": "to"}
        assert faults("A,1,2026-03-11,2026-03-10", columns=columns, header="id,n,from,to") == [
            (2, "to", "end_before_start")
        ]


class TestFilesThatAreRefused:
    def test_a_column_that_is_named_and_missing(self):
        error = refused("A,1", header="id,n", columns={"licence": "id", "quantity": "Seats"})
        assert (error.reason, error.detail) == ("column_missing", ["Seats"])

    def test_a_column_that_nobody_named(self):
        assert refused("A,1", header="id,n", columns={"licence": "id"}).detail == ["quantity"]

    def test_a_column_that_is_there_twice(self):
        assert refused("A,1,2", header="id,n,N", columns={"licence": "id", "quantity": "n"}).reason == "column_twice"

    def test_no_licence_at_all_is_no_snapshot(self):
        assert refused().reason == "no_rows"

    def test_more_licences_than_a_snapshot_may_have(self, monkeypatch):
        monkeypatch.setattr(seats_module, "MAX_ROWS", 2)
        assert refused(*(f"{n},E3,1,2026-03-11,," for n in range(3))).reason == "too_many_rows"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "empty_file"),
            (b"PK\x03\x04...", "corrupt_zip"),
            (b"\xff\xfei\x00d\x00,\x00n\x00\n\x00\x00\xd8", "bad_encoding"),
            (b'id,n\n"A,1\n', "unclosed_quote"),
            (b"id,n\nA\x00,1\n", "nul_byte"),
            (b"\x1f\x8b\x08\x00broken", "corrupt_gzip"),
        ],
    )
    def test_hostile_bytes(self, data, reason):
        with pytest.raises(RejectedFile) as caught:
            read_seats(
                [data], file_name="x.csv", limits=Limits(), options={"columns": {"licence": "id", "quantity": "n"}}
            )
        assert caught.value.reason in (reason, "truncated_gzip")
