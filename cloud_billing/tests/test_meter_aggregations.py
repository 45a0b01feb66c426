"""What each aggregation makes of the rows of a period; every example of docs/meters.md stands here under its name.

The customer is in Amsterdam. March 2026 there is [28 February 23:00, 31 March 22:00) UTC: on the 29th clocks go from
02:00 to 03:00, so that it has 31 days and 743 hours = 2,674,800 seconds.
"""

from odoo.tests import tagged

from ..engine.numbers import exact
from .meter_common import D, MeterCase


@tagged("post_install", "-at_install")
class TestAddedUp(MeterCase):
    """Sum, count, average, value: whatever the order of the rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-02-28 22:59:59", "quantity": "1000"},
            {"at": "2026-02-28 23:00:00", "quantity": "1.5"},
            {"at": "2026-03-29 01:30:00", "quantity": "2.25"},
            {"at": "2026-03-31 21:59:59", "quantity": "0"},
            {"at": "2026-03-31 22:00:00", "quantity": "2000"},
        )

    def test_sum_of_the_rows_of_local_march(self):
        # 1.5 + 2.25 + 0; the first row is of 28 February in Amsterdam, the last of 1 April.
        self.set_up("sum")
        self.assertEqual(self.count(), D("3.75"))
        self.assertEqual(self.ask()[0].row_count, 3)
        self.assertEqual(self.ask()[0].event_count, 3)

    def test_count_of_rows(self):
        self.set_up("count")
        self.assertEqual(self.count(), 3)

    def test_average_is_exact_to_30_decimals(self):
        # (1.5 + 2.25 + 0) / 3 = 1.25
        self.set_up("average")
        self.assertEqual(self.count(), D("1.25"))
        # With a fourth row of 1: 4.75 / 4. With a fifth of 0.25: 5 / 5 = 1. With a seventh row the quotient has no end.
        self.send({"at": "2026-03-10 12:00:00", "quantity": "1"}, {"at": "2026-03-10 12:00:00", "quantity": "0.25"})
        self.assertEqual(self.count(), 1)
        self.send({"at": "2026-03-11 12:00:00", "quantity": "0"}, {"at": "2026-03-11 12:00:00", "quantity": "0"})
        # 5 / 7
        self.assertEqual(self.count(), D("0.714285714285714285714285714286"))

    def test_maximum_and_minimum(self):
        self.set_up("max")
        self.assertEqual(self.count(), D("2.25"))
        self.set_up("min")
        self.assertEqual(self.count(), 0)

    def test_no_rows_are_no_usage_and_rows_of_zero_are_a_usage_of_zero(self):
        for aggregation in ("sum", "count", "max", "min", "average", "latest", "percentile_95", "value"):
            with self.subTest(aggregation=aggregation):
                self.set_up(aggregation, is_recurring=False)
                self.assertEqual(self.ask("2026-05-01", "2026-06-01"), [])
                # Only the row of 0 is of 31 March.
                expected = 1 if aggregation == "count" else 0
                self.assertEqual(self.count("2026-03-31", "2026-04-01"), expected)

    def test_rows_without_the_number_are_not_a_zero(self):
        self.send({"at": "2026-05-10 12:00:00"})
        for aggregation in ("sum", "max", "min", "average", "latest", "percentile_95", "value"):
            with self.subTest(aggregation=aggregation):
                self.set_up(aggregation, basis="tag", basis_tag="size")
                self.assertEqual(
                    [(one.quantity, one.row_count) for one in self.ask("2026-05-01", "2026-06-01")], [(None, 1)]
                )


@tagged("post_install", "-at_install")
class TestLatest(MeterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-01-15 08:00:00", "quantity": "40", "volume": "a"},
            {"at": "2026-03-10 08:00:00", "quantity": "70", "volume": "b"},
            {"at": "2026-03-20 08:00:00", "quantity": "55", "volume": "a"},
        )

    def test_the_newest_row_of_the_period(self):
        self.set_up("latest", is_recurring=False)
        self.assertEqual(self.count(), 55)
        self.assertEqual(self.count("2026-02-01", "2026-03-01"), None)

    def test_carried_over_a_month_without_rows_has_the_level_before_it(self):
        self.set_up("latest", is_recurring=True)
        self.assertEqual(self.count("2026-02-01", "2026-03-01"), 40)
        self.assertEqual(self.count(), 55)
        self.assertEqual(self.count("2026-04-01", "2026-05-01"), 55)
        self.assertEqual(self.count("2025-12-01", "2026-01-01"), None)

    def test_each_volume_alone(self):
        # a: 55 of the 20th; b: 70 of the 10th.
        self.set_up("latest", apart_dimension="tag", apart_tag="volume")
        self.assertEqual(self.count(), 125)
        # In February a has 40 from January, b has nothing yet.
        self.assertEqual(self.count("2026-02-01", "2026-03-01"), 40)

    def test_of_two_rows_of_one_instant_the_larger_number_holds(self):
        self.set_up("latest")
        self.send(
            {"at": "2026-03-25 08:00:00", "quantity": "60", "volume": "a"},
            {"at": "2026-03-25 08:00:00", "quantity": "58", "volume": "a"},
        )
        self.assertEqual(self.count(), 60)
        # And whichever of them comes first.
        self.send(
            {"at": "2026-03-26 08:00:00", "quantity": "50", "volume": "a"},
            {"at": "2026-03-26 08:00:00", "quantity": "59", "volume": "a"},
        )
        self.assertEqual(self.count(), 59)

    def test_a_level_of_zero_that_is_carried_over_is_a_usage_of_zero(self):
        self.set_up("latest")
        self.send({"at": "2026-03-31 08:00:00", "quantity": "0", "volume": "a"})
        self.assertEqual(self.count("2026-04-01", "2026-05-01"), 0)
        self.assertEqual([(one.row_count, one.event_count) for one in self.ask("2026-04-01", "2026-05-01")], [(1, 0)])


@tagged("post_install", "-at_install")
class TestUniqueCount(MeterCase):
    def test_distinct_values_of_a_tag(self):
        self.set_up("unique_count", counted_dimension="tag", counted_tag="user", unit="users")
        self.send(
            {"at": "2026-03-02 08:00:00", "user": "ann"},
            {"at": "2026-03-03 08:00:00", "user": "ann"},
            {"at": "2026-03-04 08:00:00", "user": "bob", "unit": "sessions"},
            {"at": "2026-03-05 08:00:00", "user": ""},
        )
        # ann and bob; a row without a user counts nobody, and the unit of the rows does not matter.
        self.assertEqual(self.count(), 2)
        self.assertEqual([(one.unit, one.row_count) for one in self.ask()], [("users", 4)])
        self.assertEqual(self.count("2026-03-05", "2026-03-06"), 0)
        self.assertEqual(self.ask("2026-04-01", "2026-05-01"), [])

    def test_distinct_resources(self):
        self.set_up("unique_count", counted_dimension="resource")
        self.send({"at": "2026-03-02 08:00:00", "resource": "vm-1"}, {"at": "2026-03-02 09:00:00", "resource": "vm-2"})
        self.assertEqual(self.count(), 2)


@tagged("post_install", "-at_install")
class TestAddAndRemove(MeterCase):
    """Seats are added and removed; who is there stays there until removed, whatever the period."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-02-10 08:00:00", "user": "ann", "operation": "add"},
            {"at": "2026-02-11 08:00:00", "user": "bob", "operation": "Add"},
            {"at": "2026-02-20 08:00:00", "user": "bob", "operation": "remove"},
            # 5 March 00:00 in Amsterdam.
            {"at": "2026-03-04 23:00:00", "user": "cid", "operation": "add"},
            {"at": "2026-03-05 09:00:00", "user": "cid", "operation": "add"},
            # 29 March 12:00 in Amsterdam, after the hour that is missing.
            {"at": "2026-03-29 10:00:00", "user": "ann", "operation": "remove"},
        )

    def set_up_seats(self, weighting=False):
        self.set_up(
            "unique_count", counted_dimension="tag", counted_tag="user", operation_tag="operation", weighting=weighting
        )

    def test_who_was_there_at_any_time(self):
        self.set_up_seats()
        # February: ann, bob. March: ann from before, cid. April: cid, carried over, without a single row.
        self.assertEqual(self.count("2026-02-01", "2026-03-01"), 2)
        self.assertEqual(self.count(), 2)
        self.assertEqual(self.count("2026-04-01", "2026-05-01"), 1)
        self.assertEqual([(one.row_count, one.event_count) for one in self.ask("2026-04-01", "2026-05-01")], [(1, 0)])

    def test_by_the_second(self):
        self.set_up_seats("seconds")
        # ann: 28 February 23:00 to 29 March 10:00 UTC = 28 days 11 hours = 683 h. cid: 4 March 23:00 to 31 March 22:00
        # UTC = 26 days 23 hours = 647 h. (683 + 647) / 743
        self.assertEqual(self.count(), D("1.790040376850605652759084791386"))

    def test_by_the_day(self):
        self.set_up_seats("days")
        # ann 29 days, the 29th has begun; cid 5 to 31 March = 27 days. 56 / 31
        self.assertEqual(self.count(), D("1.806451612903225806451612903226"))

    def test_everybody_removed_before_is_no_usage(self):
        self.set_up_seats()
        self.send({"at": "2026-03-31 08:00:00", "user": "cid", "operation": "remove"})
        self.assertEqual(self.ask("2026-04-01", "2026-05-01"), [])

    def test_a_row_that_says_neither_is_named(self):
        self.set_up_seats()
        self.send({"at": "2026-03-31 08:00:00", "user": "dan", "operation": "renew"})
        bad_row = self.ask()[0].bad_row
        self.assertEqual((bad_row.tag, bad_row.text, bad_row.row), ("operation", "renew", 2))
        self.assertRegex(bad_row.file, r"^events-\d+\.csv$")


@tagged("post_install", "-at_install")
class TestTimeWeighted(MeterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-02-20 08:00:00", "quantity": "100", "volume": "a"},
            # 15 March 00:00 in Amsterdam.
            {"at": "2026-03-14 23:00:00", "quantity": "40", "volume": "a"},
            # 29 March 12:00 in Amsterdam.
            {"at": "2026-03-29 10:00:00", "quantity": "70", "volume": "a"},
        )

    def test_by_the_second_across_the_hour_that_is_missing(self):
        self.set_up("time_weighted", weighting="seconds")
        # 28 February 23:00 to 14 March 23:00 = 336 h of 100; to 29 March 10:00 = 347 h of 40; to 31 March 22:00 = 60 h
        # of 70. (33600 + 13880 + 4200) / 743 = 51680 / 743
        self.assertEqual(self.count(), D("69.555854643337819650067294751009"))

    def test_by_the_day(self):
        self.set_up("time_weighted", weighting="days")
        # 14 days of 100 (1 to 14), 14 days of 40 (15 to 28), the 29th with its highest level 70, 30 and 31 with 70.
        # (1400 + 560 + 210) / 31 = 70
        self.assertEqual(self.count(), 70)

    def test_not_carried_over_a_month_starts_from_nothing(self):
        self.set_up("time_weighted", weighting="seconds", is_recurring=False)
        # (347 x 40 + 60 x 70) / 743 = 18080 / 743
        self.assertEqual(self.count(), D("24.333781965006729475100942126514"))

    def test_a_month_without_rows_has_the_level_before_it(self):
        self.set_up("time_weighted", weighting="seconds")
        self.assertEqual(self.count("2026-04-01", "2026-05-01"), 70)
        self.assertEqual(self.ask("2026-01-01", "2026-02-01"), [])

    def test_the_parts_of_a_period_add_up_to_the_whole(self):
        whole = ("2026-03-01", "2026-04-01")
        for weighting in ("seconds", "days"):
            with self.subTest(weighting=weighting):
                self.set_up("time_weighted", weighting=weighting)
                parts = [
                    self.count(*part, full=whole)
                    for part in (("2026-03-01", "2026-03-29"), ("2026-03-29", "2026-04-01"))
                ]
                # 51680 / 743 has no end: the parts have 30 decimals each.
                with exact():
                    self.assertLess(abs(sum(parts) - self.count()), D("1e-29"))

    def test_a_line_that_begins_within_the_period_has_its_share(self):
        self.set_up("time_weighted", weighting="days")
        # 15 to 31 March: 14 x 40 + 3 x 70 = 770, of the 31 days of March.
        self.assertEqual(
            self.count("2026-03-15", "2026-04-01", full=("2026-03-01", "2026-04-01")),
            D("24.838709677419354838709677419355"),
        )

    def test_each_volume_alone(self):
        self.set_up("time_weighted", weighting="days", apart_dimension="tag", apart_tag="volume")
        self.send({"at": "2026-03-30 22:00:00", "quantity": "31", "volume": "b"})
        # As before 70, and 31 GB on the last day of 31: 1.
        self.assertEqual(self.count(), 71)

    def test_a_stream_that_moves_takes_its_level_along(self):
        self.set_up("time_weighted", weighting="days")
        mapping = self.stream(self.events).mapping_ids
        mapping.date_end = "2026-03-11"
        self.assign(self.stream(self.events), self.bolt_line, date_start="2026-03-11")
        # 10 days of 100.
        self.assertEqual(self.count(), D("32.258064516129032258064516129032"))
        # 11 to 14: 4 x 100; then as before: (400 + 560 + 210) / 31
        self.assertEqual(self.count(line=self.bolt_line), D("37.741935483870967741935483870968"))
        self.assertEqual(self.ask("2026-04-01", "2026-05-01"), [])
        self.assertEqual(self.count("2026-04-01", "2026-05-01", line=self.bolt_line), 70)

    def test_as_of_an_earlier_number_it_stays_what_it_was(self):
        self.set_up("time_weighted", weighting="days")
        number = self.store._last_number(self.company)
        # A late row before the month, and one in it.
        self.send(
            {"at": "2026-02-27 08:00:00", "quantity": "200", "volume": "a"},
            {"at": "2026-03-28 23:00:00", "quantity": "10", "volume": "a"},
        )
        self.assertEqual(self.count(number=number), 70)
        # 14 x 200 + 14 x 40 + 29th: from midnight 10, from noon 70, so 70; 2 x 70: (2800 + 560 + 210) / 31
        self.assertEqual(self.count(), D("115.161290322580645161290322580645"))


@tagged("post_install", "-at_install")
class TestPercentile(MeterCase):
    def test_nearest_rank_is_discarding_the_top(self):
        self.set_up("percentile_95", unit="Mbps")
        # 40 samples 1 to 40: 5 % of 40 = 2 are left out, 38 is the highest of the rest; 0.95 x 40 = rank 38.
        self.send(
            *({"at": f"2026-03-01 12:{n:02d}:00", "quantity": str(n), "unit": "Mbps"} for n in range(1, 41)),
        )
        self.assertEqual(self.count(), 38)

    def test_few_samples_leave_nothing_out(self):
        self.set_up("percentile_95")
        # 5 % of 19 is 0 whole samples.
        self.send(*({"at": f"2026-03-01 12:{n:02d}:00", "quantity": str(n)} for n in range(1, 20)))
        self.assertEqual(self.count(), 19)
        # Of 20 it is one.
        self.send({"at": "2026-03-01 13:00:00", "quantity": "100"})
        self.assertEqual(self.count(), 19)

    def test_ports_of_one_instant_are_one_sample(self):
        self.set_up("percentile_95")
        self.send(
            {"at": "2026-03-01 12:00:00", "quantity": "10", "port": "a"},
            {"at": "2026-03-01 12:00:00", "quantity": "20", "port": "b"},
            {"at": "2026-03-01 12:05:00", "quantity": "25", "port": "a"},
        )
        # Samples 30 and 25.
        self.assertEqual(self.count(), 30)
        # Each port alone: 25 of a, 20 of b.
        self.set_up("percentile_95", apart_dimension="tag", apart_tag="port")
        self.assertEqual(self.count(), 45)


@tagged("post_install", "-at_install")
class TestValue(MeterCase):
    """Money that rows move: for percentages and dynamic prices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-03-01 12:00:00", "quantity": "2", "amount": "19.99"},
            {"at": "2026-03-02 12:00:00", "quantity": "1", "amount": " 1e2 "},
            {"at": "2026-03-03 12:00:00", "quantity": "4", "amount": ""},
        )

    def test_sum_of_value(self):
        self.set_up("value", basis="tag", basis_tag="amount", unit="EUR")
        # 19.99 + 100; the third row moves nothing.
        total = self.ask()[0]
        self.assertEqual((total.quantity, total.value, total.unit), (D("119.99"), D("119.99"), "EUR"))
        self.assertEqual((total.row_count, total.event_count), (3, 3))

    def test_a_value_beside_the_quantity(self):
        self.set_up("sum", value_basis="tag", value_tag="amount")
        total = self.ask()[0]
        self.assertEqual((total.quantity, total.value, total.row_count), (7, D("119.99"), 3))
        # Two rows moved money.
        self.assertEqual(total.event_count, 2)

    def test_bad_text_is_named_and_no_crash(self):
        self.set_up("sum", value_basis="tag", value_tag="amount")
        for text in ("12,50", "NaN", "Infinity", "1e400", "1e61", "0x10", "ten", "1" * 101, "--1", "1.2.3", "1e-90"):
            with self.subTest(text=text), self.cr.savepoint() as savepoint:
                self.send({"at": "2026-03-04 12:00:00", "quantity": "1", "amount": text})
                bad_row = self.ask()[0].bad_row
                self.assertEqual((bad_row.tag, bad_row.text), ("amount", text))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertIsNone(self.ask()[0].bad_row)
