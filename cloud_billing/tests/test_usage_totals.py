"""What a charge counts: exact sums as of a number, in one statement, the same for ever."""

from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged

from ..models.usage import usage_store_totals
from ..models.usage.usage_schema import ROW_TABLE
from .usage_common import APRIL, PLAIN_ROW, TotalsRequest, UsageOwnerCase, events_csv, focus_csv, hour

MARCH = {"month": None, "utc_start": datetime(2026, 3, 1), "utc_end": datetime(2026, 4, 1)}


@tagged("post_install", "-at_install")
class TestTotals(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver(
            cls.bills,
            focus_csv(
                hour(1, cost="10", PricingQuantity="1.5"),
                hour(2, cost="20", PricingQuantity="4"),
                hour(3, cost="-0.0000008", PricingQuantity="", PricingUnit=""),
                {**hour(4, cost="5", PricingUnit="GB"), "SkuId": "disk", "PricingQuantity": "7"},
                {**hour(31, cost="6"), **APRIL},
            ),
        )
        for stream in cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)]):
            cls.assign(stream, cls.acme_line)

    def test_sums_are_exact_and_kept_apart_by_unit(self):
        totals = {one.unit: one for one in self.totals(self.acme_line)}
        self.assertEqual(set(totals), {"Hours", "GB", ""})
        self.assertEqual((totals["Hours"].quantity, totals["Hours"].cost_billed), (Decimal("5.5"), Decimal(30)))
        self.assertEqual((totals["GB"].quantity, totals["GB"].row_count), (Decimal(7), 1))
        # No quantity was given: that is not a quantity of zero.
        self.assertEqual((totals[""].quantity, totals[""].cost_billed), (None, Decimal("-0.0000008")))
        self.assertEqual({one.currency for one in totals.values()}, {"USD"})
        self.assertEqual(totals["Hours"].cost_effective, 18)
        self.assertEqual(totals["Hours"].cost_contracted, 22)

    def test_count_max_and_costs_are_counted_too(self):
        for request, expected in (
            ({"aggregation": "count"}, 2),
            ({"aggregation": "max"}, 4),
            ({"basis": "cost_billed"}, 30),
            ({"aggregation": "max", "basis": "cost_list"}, 12),
        ):
            with self.subTest(request=request):
                totals = {one.unit: one for one in self.totals(self.acme_line, **request)}
                self.assertEqual(totals["Hours"].quantity, expected)

    def test_the_providers_month_decides_where_it_is_asked_for(self):
        # The row of 31 March is of the provider's April.
        self.assertEqual(sum(one.row_count for one in self.totals(self.acme_line)), 4)
        self.assertEqual(sum(one.row_count for one in self.totals(self.acme_line, month="2026-04-01")), 1)
        self.assertEqual(sum(one.row_count for one in self.totals(self.acme_line, **MARCH)), 5)

    def test_bounds_are_half_open(self):
        for start, end, rows in ((1, 2, 1), (1, 3, 2), (2, 2, 0), (4, 5, 1)):
            with self.subTest(start=start, end=end):
                found = self.totals(
                    self.acme_line, month=None, utc_start=datetime(2026, 3, start), utc_end=datetime(2026, 3, end)
                )
                self.assertEqual(sum(one.row_count for one in found), rows)
        cut = self.totals(self.acme_line, utc_start=datetime(2026, 3, 2))
        self.assertEqual(sum(one.row_count for one in cut), 3)

    def test_a_line_without_usage_is_absent(self):
        self.assertEqual(self.totals(self.bolt_line), [])

    def test_another_company_counts_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        request = TotalsRequest("it", self.acme_line.id, "sum", "quantity", "2026-03-01", None, None)
        self.assertEqual(self.store._totals(other, 10**6, [request]), [])

    def test_a_request_that_makes_no_sense_is_refused(self):
        for change in ({"aggregation": "median"}, {"basis": "price"}, {"basis": "tag"}, {"month": None}):
            with self.subTest(change=change), self.assertRaises(ValueError):
                self.totals(self.acme_line, **change)

    def test_two_statements_for_any_number_of_requests(self):
        request = TotalsRequest(0, self.acme_line.id, "sum", "quantity", "2026-03-01", None, None)
        for count in (1, 40):
            requests = [request._replace(key=("it", number)) for number in range(count)]
            # What need not be read row by row, and the sums of it.
            with self.assertQueryCount(2):
                found = self.store._totals(self.company, 10**6, requests)
            self.assertEqual({one.key for one in found}, {("it", number) for number in range(count)})

    def test_giants_and_dwarfs_keep_every_digit(self):
        self.deliver(
            self.events,
            events_csv(("e1", 1, "acme", "999999999999999.123456789012"), ("e2", 2, "acme", "0.000000123456789012345")),
        )
        self.assign(self.stream(self.events), self.bolt_line)
        # 999999999999999.123456789012 + 0.000000123456789012345
        self.assertEqual(
            self.totals(self.bolt_line, **MARCH)[0].quantity, Decimal("999999999999999.123456912468789012345")
        )


@tagged("post_install", "-at_install")
class TestAsOfANumber(UsageOwnerCase):
    """The answer for one number never changes, whatever comes later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.deliver(cls.bills, focus_csv(hour(1)))
        cls.stream_a = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.assign(cls.stream_a, cls.acme_line)
        cls.number = cls.store._last_number(cls.company)

    def test_late_usage(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.assertEqual((self.cost(self.acme_line, self.number), self.cost(self.acme_line)), (10, 20))

    def test_a_restated_month(self):
        self.deliver(self.bills, focus_csv(hour(1, cost="12.5")))
        self.assertEqual((self.cost(self.acme_line, self.number), self.cost(self.acme_line)), (10, Decimal("12.5")))

    def test_an_undone_delivery(self):
        self.first.action_undo()
        self.assertEqual((self.cost(self.acme_line, self.number), self.cost(self.acme_line)), (10, 0))

    def test_before_anything_came(self):
        self.assertEqual(self.totals(self.acme_line, 0), [])

    def test_an_import_that_is_being_read_exists_for_nobody(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("a.csv", focus_csv(hour(1), hour(2)))]
        )
        importer = self.env["cloud.usage.importer"]
        token = importer._claim_now(usage_import)
        importer._stage_files(usage_import, token, lambda work: work())
        self.assertEqual(self.cost(self.acme_line, 10**6), 10)
        self.assertEqual(len(self.live_rows(self.bills)), 1)

    def test_an_accepted_version(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.assign(self.stream(self.events), self.bolt_line)
        second = self.deliver(self.events, events_csv(("e1", 1, "acme", "9")))
        number = self.store._last_number(self.company)
        second.reject_ids.action_accept()
        self.assertEqual(self.totals(self.bolt_line, number, **MARCH)[0].quantity, 5)
        self.assertEqual(self.totals(self.bolt_line, **MARCH)[0].quantity, 9)


@tagged("post_install", "-at_install")
class TestSumsOfDeliveries(UsageOwnerCase):
    """What a delivery brought for a stream is added up when it comes: rows are read where only a part of it counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver(cls.bills, focus_csv(hour(1, PricingQuantity="1.5"), hour(2), hour(20, PricingQuantity="")))
        stream = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.mapping = cls.assign(stream, cls.acme_line)

    @contextmanager
    def reading_refused(self):
        with patch.object(usage_store_totals, "get_plain_sql", side_effect=AssertionError("Rows are read.")):
            yield

    def assert_by_rows(self, **request):
        """Rows must be read for a request, and what they come to. Returns the number of rows that count."""
        with self.reading_refused(), self.assertRaises(AssertionError):
            self.totals(self.acme_line, **request)
        return sum(one.row_count for one in self.totals(self.acme_line, **request))

    def test_a_whole_month_is_not_read_again(self):
        for request in (
            {},
            MARCH,
            {"basis": "cost_list"},
            {"aggregation": "count"},
            {"dimensions": ("region",)},
            {"utc_start": datetime(2026, 3, 1), "utc_end": datetime(2026, 3, 20, 0, 0, 1)},
        ):
            with self.subTest(request=request):
                with self.reading_refused():
                    summed = self.totals(self.acme_line, **request)
                with patch.object(usage_store_totals, "is_summable", return_value=False):
                    self.assertEqual(self.totals(self.acme_line, **request), summed)
                self.assertEqual([one.row_count for one in summed], [3])

    def test_a_month_that_another_delivery_replaced(self):
        number = self.store._last_number(self.company)
        self.deliver(self.bills, focus_csv(hour(1, PricingQuantity="2"), hour(2), hour(20, PricingQuantity="")))
        with self.reading_refused():
            # 1.5 + 1 before, 2 + 1 since.
            self.assertEqual(self.totals(self.acme_line, number)[0].quantity, Decimal("2.5"))
            self.assertEqual(self.totals(self.acme_line)[0].quantity, 3)

    def test_a_part_of_the_days(self):
        for start, end, rows in ((1, 20, 2), (2, 21, 2), (3, 19, 0)):
            with self.subTest(start=start, end=end):
                days = {"utc_start": datetime(2026, 3, start), "utc_end": datetime(2026, 3, end)}
                self.assertEqual(self.assert_by_rows(**days), rows)

    def test_days_without_any_row_need_none(self):
        with self.reading_refused():
            self.assertEqual(self.totals(self.acme_line, utc_start=datetime(2026, 3, 21)), [])
            self.assertEqual(self.totals(self.acme_line, utc_end=datetime(2026, 3, 1)), [])

    def test_another_owner_from_a_day_on(self):
        self.mapping.date_end = "2026-03-10"
        self.assertEqual(self.assert_by_rows(), 2)

    def test_a_row_that_is_held_and_released(self):
        self.cr.execute(f"SELECT MIN(id) FROM {ROW_TABLE} WHERE source_id = %s", [self.bills.id])
        row_ids = [self.cr.fetchone()[0]]
        before = self.store._last_number(self.company)
        self.store._hold_rows(self.company, row_ids, "Disputed")
        held = self.store._last_number(self.company)
        self.assertEqual(self.assert_by_rows(), 2)
        self.store._release_rows(self.company, row_ids, "Settled")
        with self.reading_refused():
            for number in (before, held + 1):
                self.assertEqual([one.row_count for one in self.totals(self.acme_line, number)], [3])
        self.assertEqual(self.assert_by_rows(number=held), 2)

    def test_rows_with_months_of_their_own(self):
        self.events.month_basis = "provider"
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.assign(self.stream(self.events), self.bolt_line)
        for month, rows in (("2026-03-01", 1), ("2026-04-01", 0)):
            with self.subTest(month=month):
                self.assertEqual(sum(one.row_count for one in self.totals(self.bolt_line, month=month)), rows)


@tagged("post_install", "-at_install")
class TestChangedCharges(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.deliver(cls.bills, focus_csv(hour(1), {**hour(1), "SubAccountId": "sub-2"}))
        cls.stream_1, cls.stream_2 = cls.env["cloud.usage.stream"].search(
            [("source_id", "=", cls.bills.id)], order="sub_account"
        )
        cls.assign(cls.stream_1, cls.acme_line)
        cls.mapping = cls.assign(cls.stream_2, cls.bolt_line)
        cls.acme_charge, cls.bolt_charge = (
            cls.bill(cls, line, "2026-03-01", "2026-04-01", "2026-03-01") for line in (cls.acme_line, cls.bolt_line)
        )

    def changed(self):
        number = self.store._last_number(self.company)
        return self.store._changed_charges(self.company, number, self.acme_charge | self.bolt_charge)

    def test_nothing_happened(self):
        self.assertFalse(self.changed())

    def test_only_the_charge_whose_rows_changed(self):
        self.deliver(self.bills, focus_csv(hour(1, cost="11"), {**hour(1), "SubAccountId": "sub-2"}))
        self.assertEqual(self.changed(), self.acme_charge)

    def test_late_rows(self):
        self.deliver(
            self.bills, focus_csv(hour(1), {**hour(1), "SubAccountId": "sub-2"}, {**hour(2), "SubAccountId": "sub-2"})
        )
        self.assertEqual(self.changed(), self.bolt_charge)

    def test_the_same_rows_again_after_an_undo_change_nothing(self):
        self.env.cr.execute("UPDATE cloud_charge SET is_live = FALSE, state = 'voided'")
        self.env.invalidate_all()
        self.first.action_undo()
        self.assertEqual(self.changed(), self.acme_charge | self.bolt_charge)
        self.deliver(self.bills, focus_csv({**hour(1), "SubAccountId": "sub-2"}, hour(1)))
        self.assertFalse(self.changed())

    def test_another_month_changes_nothing(self):
        self.deliver(self.bills, focus_csv({**hour(1), **APRIL}))
        self.assertFalse(self.changed())

    def test_another_owner_changes_both(self):
        self.mapping.write({"subscription_line_id": self.acme_line.id})
        self.assertEqual(self.changed(), self.acme_charge | self.bolt_charge)

    def test_another_policy_changes_it(self):
        self.stream_1.policy = "hold"
        self.assertEqual(self.changed(), self.acme_charge)

    def test_later_events_and_remappings_are_not_of_an_earlier_number(self):
        before = self.store._last_number(self.company)
        self.mapping.write({"subscription_line_id": self.acme_line.id})
        charges = self.acme_charge | self.bolt_charge
        self.assertFalse(self.store._changed_charges(self.company, before, charges))

    def test_a_charge_by_days_and_not_by_the_providers_month(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        line = self.make_subscription(self.acme, self.metered).line_ids
        self.assign(self.stream(self.events), line)
        charge = self.bill(line, "2026-03-01", "2026-03-11")
        self.deliver(self.events, events_csv(("e2", 11, "acme", "5")))
        number = self.store._last_number(self.company)
        self.assertFalse(self.store._changed_charges(self.company, number, charge))
        self.deliver(self.events, events_csv(("e3", 10, "acme", "5")))
        number = self.store._last_number(self.company)
        self.assertEqual(self.store._changed_charges(self.company, number, charge), charge)

    def test_an_accepted_version_changes_it(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        line = self.make_subscription(self.acme, self.metered).line_ids
        self.assign(self.stream(self.events), line)
        charge = self.bill(line, "2026-03-01", "2026-04-01")
        self.deliver(self.events, events_csv(("e1", 1, "acme", "6"))).reject_ids.action_accept()
        number = self.store._last_number(self.company)
        self.assertEqual(self.store._changed_charges(self.company, number, charge), charge)


@tagged("post_install", "-at_install")
class TestRowsBehind(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.deliver(cls.bills, focus_csv(hour(2, cost="0.00000080000"), hour(1), hour(3)), "march.csv")
        cls.stream_a = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.assign(cls.stream_a, cls.acme_line)
        cls.charge = cls.bill(cls, cls.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")

    def test_every_row_has_its_file_and_row_and_exact_numbers(self):
        rows = self.store._rows_behind(self.charge)
        self.assertEqual(
            [(row["file_name"], row["row_no"]) for row in rows], [("march.csv", 3), ("march.csv", 2), ("march.csv", 4)]
        )
        self.assertEqual(rows[1]["cost_billed"], "0.00000080000")
        self.assertEqual({row["change"] for row in rows}, {"counted"})
        self.assertEqual((rows[0]["unit"], rows[0]["currency"], rows[0]["resource"]), ("Hours", "USD", "vm-1"))

    def test_pages_follow_each_other(self):
        rows = self.store._rows_behind(self.charge)
        self.assertEqual(self.store._rows_behind(self.charge, 0, 2) + self.store._rows_behind(self.charge, 2, 2), rows)

    def test_they_stay_what_they_were_when_the_month_is_restated(self):
        before = self.store._rows_behind(self.charge)
        self.deliver(self.bills, focus_csv(hour(1, cost="99"), hour(2, cost="99"), hour(3, cost="99")))
        self.assertEqual(self.store._rows_behind(self.charge), before)

    def test_a_correction_shows_what_came_and_what_went(self):
        self.deliver(
            self.bills, focus_csv(hour(1), hour(2, cost="0.00000080000"), hour(3, cost="12"), hour(4)), "again.csv"
        )
        correction = self.bill(self.acme_line, "2026-03-01", "2026-04-01", "2026-03-01", corrects=self.charge)
        rows = self.store._rows_behind(correction)
        shown = [(row["service_start"].day, row["cost_billed"], row["change"]) for row in rows]
        # Row by row the month came again; only the third day changed and the fourth is new.
        self.assertEqual(
            sorted(shown),
            sorted([(3, "10", "gone"), (3, "12", "added"), (4, "10", "added")]),
        )


@tagged("post_install", "-at_install")
class TestByDimensions(UsageOwnerCase):
    """A request can be taken apart by what rows are of, for prices by region or by a tag."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver(
            cls.bills,
            focus_csv(
                {**hour(1, "vm-1", "10"), "RegionId": "eu", "PricingQuantity": "1", "Tags": '{"team":"web"}'},
                {**hour(2, "vm-2", "20"), "RegionId": "eu", "PricingQuantity": "2", "Tags": '{"team":"ops"}'},
                {**hour(3, "vm-1", "40"), "RegionId": "us", "PricingQuantity": "4", "Tags": ""},
                columns=[*PLAIN_ROW, "Tags"],
            ),
        )
        for stream in cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)]):
            cls.assign(stream, cls.acme_line)

    def by(self, *dimensions, **request):
        found = self.totals(self.acme_line, dimensions=dimensions, **request)
        return {tuple(value for _name, value in one.dimensions): (one.quantity, one.row_count) for one in found}

    def test_by_what_streams_have(self):
        self.assertEqual(self.by("region"), {("eu",): (3, 2), ("us",): (4, 1)})

    def test_by_what_rows_have(self):
        self.assertEqual(self.by("resource"), {("vm-1",): (5, 2), ("vm-2",): (2, 1)})
        self.assertEqual(self.by("tag:team"), {("web",): (1, 1), ("ops",): (2, 1), ("",): (4, 1)})

    def test_by_several(self):
        self.assertEqual(
            self.by("region", "tag:team"), {("eu", "web"): (1, 1), ("eu", "ops"): (2, 1), ("us", ""): (4, 1)}
        )

    def test_a_tag_may_be_called_anything(self):
        self.assertEqual(self.by("tag:it's a 'tag' %s"), {("",): (7, 3)})

    def test_a_dimension_that_does_not_exist_is_refused(self):
        with self.assertRaises(ValueError):
            self.by("colour")

    def test_the_numbers_of_single_events_come_in_the_order_of_service(self):
        request = TotalsRequest("it", self.acme_line.id, "sum", "quantity", "2026-03-01", None, None)
        number = self.store._last_number(self.company)
        events = self.store._events(self.company, number, [request])
        self.assertEqual(events, {"it": (3, (1, 2, 4))})
        # Too many to list: counted only.
        self.assertEqual(self.store._events(self.company, number, [request], limit=2), {"it": (3, None)})
