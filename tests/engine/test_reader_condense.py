"""Condensed rows: fewer of them, the same sums to the last digit, and what prices tell apart stays apart."""

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from cloud_billing_engine.readers import Limits, RowError, get_reader
from cloud_billing_engine.readers.own import condense
from cloud_billing_engine.readers.own.condense import CondensingReader
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import focus_file

NUMBERS = ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted")


def hour(number, day=5, **record):
    return {
        "ChargePeriodStart": f"2026-10-{day:02d} {number:02d}:00:00",
        "ChargePeriodEnd": f"2026-10-{day:02d} {number:02d}:30:00",
        **record,
    }


def read(*records, tags=(), zone="UTC", columns=None):
    data = focus_file(*records, **({"columns": columns} if columns else {}))
    reader = CondensingReader(get_reader("focus"), tags, ZoneInfo(zone))
    return list(reader.read([data], file_name="f.csv", limits=Limits(), options={}))


class TestRowsOfADay:
    def test_become_one_with_their_sums_and_their_number(self):
        (row,) = read(hour(1, BilledCost="0.1"), hour(2, BilledCost="0.000000000000000000000000000001"), hour(3))
        # 0.1 + 10^-30 + 1.50
        assert row.cost_billed == "1.600000000000000000000000000001"
        assert (row.service_start, row.service_end) == ("2026-10-05 00:00:00", "2026-10-06 00:00:00")
        assert (row.row_no, json.loads(row.tags)) == (2, {"original_rows": "3"})

    def test_are_those_of_a_day_in_the_time_zone(self):
        rows = read(hour(21), hour(23), zone="Europe/Amsterdam")
        assert [row.service_start for row in rows] == ["2026-10-04 22:00:00", "2026-10-05 22:00:00"]

    @pytest.mark.parametrize("column", ["SubAccountId", "ServiceName", "SkuId", "RegionId", "PricingUnit"])
    def test_stay_apart_where_prices_tell_them_apart(self, column):
        columns = [*focus_file().decode().splitlines()[0].split(","), *(["RegionId"] if column == "RegionId" else [])]
        assert len(read(hour(1), hour(2, **{column: "other"}), columns=columns)) == 2

    def test_that_last_longer_than_a_day_keep_their_time(self):
        month = {"ChargePeriodStart": "2026-10-01 00:00:00", "ChargePeriodEnd": "2026-11-01 00:00:00"}
        rows = read(month, month, hour(1, day=1))
        assert [(row.service_end, json.loads(row.tags)["original_rows"]) for row in rows] == [
            ("2026-11-01 00:00:00", "2"),
            ("2026-10-02 00:00:00", "1"),
        ]

    def test_that_say_no_cost_have_none(self):
        rows = read(hour(1, ListCost=""), hour(2, ListCost=""))
        assert rows[0].cost_list is None
        assert read(hour(1, ListCost=""), hour(2, ListCost="0"))[0].cost_list == "0"

    def test_keep_chosen_tags_and_the_resource_where_it_is_chosen(self):
        columns = [*focus_file().decode().splitlines()[0].split(","), "Tags", "ResourceId", "x_Team"]
        records = [
            hour(number, Tags=json.dumps({"env": env, "host": number}), ResourceId=f"vm-{number}", x_Team=team)
            for number, (env, team) in enumerate([("prod", "a"), ("prod", "a"), ("test", "a"), ("test", "b")])
        ]
        rows = read(*records, tags=["env"], columns=columns)
        assert [json.loads(row.tags) for row in rows] == [
            {"original_rows": "2", "tags": {"env": "prod"}},
            {"original_rows": "2", "tags": {"env": "test"}},
        ]
        assert {row.resource for row in rows} == {""}
        assert len(read(*records, tags=["env", "x_Team"], columns=columns)) == 3
        assert {row.resource for row in read(*records, tags=["resource"], columns=columns)} == {
            "vm-0", "vm-1", "vm-2", "vm-3",
        }  # fmt: skip

    def test_that_cannot_be_read_stay_as_they_are_in_the_order_of_the_file(self):
        items = read(hour(1), hour(2, BilledCost="x"), hour(3), hour(1, SubAccountId="S-2"))
        assert [(item.row_no, isinstance(item, RowError)) for item in items] == [(2, False), (3, True), (5, False)]

    def test_are_the_same_content_in_any_order(self):
        one, two = (
            read(*records)[0] for records in ([hour(1), hour(2, BilledCost="2")], [hour(2, BilledCost="2"), hour(1)])
        )
        assert one == two

    def test_are_condensed_in_stretches_of_the_file(self, monkeypatch):
        monkeypatch.setattr(condense, "ROWS_TOGETHER", 2)
        rows = read(*[hour(number) for number in range(5)])
        assert [(row.row_no, json.loads(row.tags)["original_rows"]) for row in rows] == [(2, "2"), (4, "2"), (6, "1")]


AMOUNTS = st.decimals(-(10**6), 10**6, places=9).map(lambda number: f"{number:f}")


class TestAnyRows:
    @given(
        st.lists(
            st.tuples(st.integers(1, 28), st.integers(0, 23), st.sampled_from(["S-1", "S-2"]), AMOUNTS, AMOUNTS),
            min_size=1,
            max_size=30,
        )
    )
    def test_have_the_same_sums_condensed(self, drawn):
        records = [
            hour(number, day, SubAccountId=account, BilledCost=billed, ListCost=listed)
            for day, number, account, billed, listed in drawn
        ]
        plain = list(get_reader("focus").read([focus_file(*records)], file_name="f", limits=Limits(), options={}))
        condensed = read(*records)
        for name in NUMBERS:
            assert sum(Decimal(getattr(row, name)) for row in plain) == sum(
                Decimal(getattr(row, name)) for row in condensed
            )
        assert sum(int(json.loads(row.tags)["original_rows"]) for row in condensed) == len(records)
        assert len(condensed) == len({(day, account) for day, _hour, account, _billed, _listed in drawn})
