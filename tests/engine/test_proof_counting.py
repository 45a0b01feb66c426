"""Usage rows counted again in fractions, by each aggregation that a meter can state; numbers by hand."""

from decimal import Decimal

import pytest
from cloud_billing_engine.proof import digest
from cloud_billing_engine.proof.counting import CountingError, count
from cloud_billing_engine.proof.reading import read_proof
from proof_samples import change, make_proof, make_row, make_usage

D = Decimal
# March 2026 in Amsterdam: [28 February 23:00, 31 March 22:00) UTC; 31 days, 743 hours.
STRETCH = {
    "start": "2026-02-28T23:00:00",
    "end": "2026-03-31T22:00:00",
    "full_seconds": "2674800",
    "full_days": 31,
    "tz": "Europe/Amsterdam",
}


def counted(rows, **meter):
    """What rows come to, read as the file is read."""
    usage = make_usage(rows, meter, stretch=STRETCH)
    proof = read_proof(change(make_proof(), "lines", 0, "usage", to=usage))
    return count(proof["lines"][0]["usage"])


def of(*numbers, **values):
    return [make_row(number, f"2026-03-{day:02d}T08:00:00", **values) for day, number in enumerate(numbers, 1)]


class TestAddedUp:
    @pytest.mark.parametrize(
        ("aggregation", "quantity"),
        [("sum", "3.75"), ("count", "3"), ("max", "2.25"), ("min", "0"), ("average", "1.25"), ("value", "3.75")],
    )
    def test_each_aggregation(self, aggregation, quantity):
        # 1.5 + 2.25 + 0 = 3.75; / 3 = 1.25
        result = counted(of("1.5", "2.25", "0"), aggregation=aggregation)
        assert (result.quantity, result.row_count) == (D(quantity), 3)

    def test_an_average_that_does_not_end_has_30_decimals(self):
        # 5 / 7
        rows = of("1.5", "2.25", "0", "1", "0.25", "0", "0")
        assert counted(rows, aggregation="average").quantity == D("0.714285714285714285714285714286")

    def test_rows_without_the_number_are_not_a_zero(self):
        result = counted(of(None, None))
        assert (result.quantity, result.row_count) == (None, 2)
        assert counted(of(None, "2"), aggregation="average").quantity == 2

    def test_each_key_alone(self):
        rows = of("40", "70", key="a") + of("30", "10", key="b")
        assert counted(rows, aggregation="max").quantity == 100
        assert counted(rows, aggregation="min").quantity == 50

    def test_a_unique_count(self):
        rows = [make_row(None, key=key) for key in ("ann", "ann", "bob", "")]
        assert counted(rows, aggregation="unique_count").quantity == 2

    def test_the_95th_percentile_of_samples(self):
        # 100 samples 1..100: the five highest are discarded, 95 is left. Of 19, 5 % rounded down is none: 19.
        rows = [make_row(str(n), f"2026-03-{1 + n // 24:02d}T{n % 24:02d}:00:00") for n in range(1, 101)]
        assert counted(rows, aggregation="percentile_95").quantity == 95
        assert counted(rows[:19], aggregation="percentile_95").quantity == 19

    def test_rows_of_one_instant_are_one_sample(self):
        assert counted([make_row("3"), make_row("4")], aggregation="percentile_95").quantity == 7

    def test_what_no_meter_has_cannot_be_counted(self):
        with pytest.raises(CountingError):
            counted(of("1"), aggregation="magic")


class TestUnitsAndRounding:
    GB = [{"unit": "MB", "numerator": "1", "denominator": "3"}]

    def test_a_conversion_is_divided_once(self):
        # 1 / 3 + 1 / 3 + 1 / 3 = 1, and not 0.999...
        result = counted(of("1", "1", "1", unit="MB"), conversions=self.GB, unit="GB")
        assert (result.quantity, result.units) == (1, {"GB"})

    def test_a_unit_that_the_meter_does_not_know_stays(self):
        result = counted(of("1", unit="MB") + of("1", unit="hour"), conversions=self.GB, unit="GB")
        assert result.units == {"GB", "hour"}

    def test_each_row_is_rounded_or_the_period(self):
        rounding = {"rounding": "up", "rounding_step": "60"}
        # 61 -> 120, 1 -> 60, -61 -> -120; together 1 -> 60
        rows = of("61", "1", "-61")
        assert counted(rows, **rounding, rounding_scope="event").quantity == 60
        assert counted(of("61", "1"), **rounding, rounding_scope="event").quantity == 180
        assert counted(of("61", "1"), **rounding, rounding_scope="period").quantity == 120

    @pytest.mark.parametrize(("mode", "quantity"), [("up", "-2"), ("down", "-1"), ("half_up", "-2")])
    def test_away_from_zero_and_towards_it(self, mode, quantity):
        assert counted(of("-1.5"), rounding=mode, rounding_step="1").quantity == D(quantity)


class TestMoney:
    def test_costs_are_added_up_by_currency_and_basis(self):
        rows = of("1", currency="USD", cost_billed="0.10", cost_list="0.20")
        rows += of("1", "1", currency="EUR", cost_billed="0.30")
        result = counted(rows)
        assert result.costs == {("USD", "billed"): D("0.10"), ("USD", "list"): D("0.20"), ("EUR", "billed"): D("0.60")}

    def test_value_and_events(self):
        rows = [make_row("1", "2026-03-02T08:00:00", value="7.5"), make_row("1", "2026-03-01T08:00:00", value="2")]
        result = counted([*rows, make_row("1")], has_value=True)
        assert (result.value, result.events) == (D("9.5"), (D(2), D("7.5")))
        assert counted(of("3", "4"), aggregation="value").value == 7


class TestDimensions:
    def test_shares_add_up(self):
        rows = of("1", "2", dimensions={"region": "eu"}) + of("4", dimensions={"region": "us"})
        result = counted(rows)
        assert result.shares == {(("region", "eu"),): 3, (("region", "us"),): 4}
        assert result.quantity == 7


class TestLevels:
    """40 since January, 70 from 10 March 08:00 UTC on."""

    ROWS = [
        make_row("40", "2026-01-15T08:00:00", is_event=False),
        make_row("70", "2026-03-10T08:00:00"),
    ]

    def test_the_latest(self):
        assert counted(self.ROWS, aggregation="latest").quantity == 70
        carried = counted(self.ROWS[:1], aggregation="latest")
        assert (carried.quantity, carried.row_count) == (40, 1)

    def test_by_the_second(self):
        # 28 February 23:00 to 10 March 08:00 is 9 d 9 h = 810,000 s; the rest 1,864,800 s, of 2,674,800 s.
        result = counted(self.ROWS, aggregation="time_weighted", weighting="seconds")
        expected = (40 * 810000 + 70 * 1864800) / D(2674800)
        assert abs(result.quantity - expected) < D("1e-20")

    def test_by_the_day_the_highest_level_counts(self):
        # 1 to 9 March 40, from the 10th 70: (9 x 40 + 22 x 70) / 31
        result = counted(self.ROWS, aggregation="time_weighted", weighting="days")
        assert abs(result.quantity - D(9 * 40 + 22 * 70) / 31) < D("1e-20")

    def test_while_the_stream_is_the_line_s(self):
        # owned until 11 March 23:00 UTC: the 40 of 810,000 s, then 70 for 1 d 15 h = 140,400 s
        rows = [[*row] for row in self.ROWS]
        for row in rows:
            row[16] = "2026-03-11T23:00:00"
        result = counted(rows, aggregation="time_weighted", weighting="seconds")
        assert abs(result.quantity - (40 * 810000 + 70 * 140400) / D(2674800)) < D("1e-20")

    def test_of_two_rows_of_one_instant_the_larger_holds(self):
        rows = [*self.ROWS, make_row("60", "2026-03-10T08:00:00")]
        assert counted(rows, aggregation="latest").quantity == 70

    def test_seats_that_are_added_and_removed(self):
        def seat(name, operation, start, is_event=True):
            return make_row(None, start, key=name, operation=operation, is_event=is_event)

        rows = [
            seat("ann", "add", "2026-01-01T00:00:00", is_event=False),
            seat("bob", "add", "2026-01-01T00:00:00", is_event=False),
            seat("bob", "remove", "2026-01-31T00:00:00", is_event=False),
            seat("cas", "add", "2026-03-10T00:00:00"),
            seat("cas", "remove", "2026-03-20T00:00:00"),
        ]
        result = counted(rows, aggregation="unique_count", has_operation=True)
        # ann and cas were there in March; bob was gone. Rows: ann's, and both of March.
        assert (result.quantity, result.row_count) == (2, 3)
        days = counted(rows, aggregation="unique_count", has_operation=True, weighting="days")
        # ann 31 days; cas from the 10th 01:00 to the 20th 01:00 local, 11 days begun: 42 / 31
        assert abs(days.quantity - D(42) / 31) < D("1e-20")


class TestTheDigestOfRows:
    def test_it_does_not_depend_on_the_order_of_keys(self):
        assert digest({"b": 1, "a": [None, "é"]}) == digest({"a": [None, "é"], "b": 1})
        assert digest([1, 2]) != digest([2, 1])
