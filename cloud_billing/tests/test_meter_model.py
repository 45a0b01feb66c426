"""The meter as people set it up: what it says it counts, what its form asks for, what is refused; and what it costs."""

from unittest.mock import patch

from odoo.tests import Form, tagged

from ..models.usage.usage_requests import TotalsRequest
from .meter_common import AMSTERDAM, MeterCase
from .usage_common import UsageOwnerCase

AGGREGATIONS = {
    "sum": {},
    "count": {},
    "max": {},
    "min": {"apart_dimension": "resource"},
    "average": {},
    "latest": {"apart_dimension": "tag", "apart_tag": "volume"},
    "unique_count": {"counted_dimension": "tag", "counted_tag": "user", "operation_tag": "operation"},
    "time_weighted": {"weighting": "days"},
    "percentile_95": {},
    "value": {"basis": "tag", "basis_tag": "amount"},
}


@tagged("post_install", "-at_install")
class TestSentences(MeterCase):
    def test_it_says_what_it_counts(self):
        for aggregation, vals, sentence in (
            ("sum", {}, "Adds up the quantity in GB of all rows of a period."),
            (
                "unique_count",
                {"counted_dimension": "tag", "counted_tag": "user_id"},
                "Counts distinct values of tag user_id per period.",
            ),
            (
                "max",
                {"apart_dimension": "resource", "rounding": "up", "rounding_step": "0.5"},
                (
                    "Takes the highest quantity in GB of a period. Each resource is measured alone and the results are"
                    " added up. The period's quantity is rounded up to a multiple of 0.5."
                ),
            ),
            (
                "time_weighted",
                {"weighting": "days"},
                (
                    "Weighs the quantity in GB by the days for which it holds, of the days of the period. A period"
                    " starts from what held at the end of the one before it."
                ),
            ),
            (
                "percentile_95",
                {},
                "Takes the highest quantity in GB of a period after leaving out the highest 5 % of the samples.",
            ),
            (
                "value",
                {"basis": "tag", "basis_tag": "amount"},
                "Adds up the money that the rows of a period move: the number in the tag amount.",
            ),
            (
                "count",
                {"filter_ids": [(0, 0, {"dimension": "sku", "operator": "is_not", "value_list": "a\nb"})]},
                "Counts the rows of a period. Only rows where SKU is not a or b.",
            ),
        ):
            with self.subTest(aggregation=aggregation):
                meter = self.env["cloud.meter"].create(
                    {"name": "It", "code": f"it_{aggregation}", "unit": "GB", "aggregation": aggregation, **vals}
                )
                self.assertEqual(meter.sentence, sentence)

    def test_every_aggregation_has_a_sentence(self):
        for aggregation, _label in self.env["cloud.meter"]._fields["aggregation"].selection:
            meter = self.env["cloud.meter"].new({"aggregation": aggregation})
            self.assertGreater(len(meter.sentence), 20, aggregation)

    def test_the_form_offers_what_the_aggregation_needs_and_forgets_the_rest(self):
        with Form(self.env["cloud.meter"]) as form:
            form.name, form.code = "Seats", "seats_of_a_form"
            form.aggregation = "time_weighted"
            self.assertEqual(form.weighting, "seconds")
            form.apart_dimension = "tag"
            form.apart_tag = "volume"
            form.aggregation = "unique_count"
            self.assertFalse(form.weighting)
            form.counted_dimension = "tag"
            form.counted_tag = "user"
            form.operation_tag = "operation"
            form.weighting = "days"
            form.counted_dimension = "resource"
        meter = form.record
        self.assertEqual(
            (meter.apart_dimension, meter.apart_tag, meter.counted_tag, meter.weighting), (False, False, False, "days")
        )

    def test_a_unit_of_odoo_names_the_unit(self):
        with Form(self.env["cloud.meter"]) as form:
            form.name, form.code = "Hours", "hours_of_odoo"
            form.uom_id = self.env.ref("uom.product_uom_hour")
            self.assertEqual(form.unit, "Hours")


@tagged("post_install", "-at_install")
class TestRefusals(MeterCase):
    def test_what_contradicts_itself(self):
        for vals in (
            {"basis": "tag"},
            {"basis_tag": "size"},
            {"value_basis": "tag"},
            {"aggregation": "unique_count"},
            {"aggregation": "unique_count", "counted_dimension": "tag"},
            {"counted_dimension": "region"},
            {"operation_tag": "operation"},
            {"aggregation": "time_weighted"},
            {"weighting": "days"},
            {"aggregation": "unique_count", "counted_dimension": "region", "weighting": "days"},
            {"apart_dimension": "region"},
            {"aggregation": "max", "apart_dimension": "tag"},
            {"aggregation": "value", "value_basis": "quantity"},
            {"rounding_step": "-1"},
        ):
            with self.subTest(vals=vals), self.refused_by_database():
                self.counter.write(vals)


@tagged("post_install", "-at_install")
class TestStatements(UsageOwnerCase):
    """However many rows and meters there are, as many statements."""

    def make_line(self, number, aggregation):
        meter = self.env["cloud.meter"].create(
            {
                "name": f"Meter {number}",
                "code": f"meter_{number}",
                "unit": "Call",
                "aggregation": aggregation,
                "filter_ids": [(0, 0, {"dimension": "service", "operator": "is", "value_list": "Calls"})],
                "conversion_ids": [(0, 0, {"unit": f"unit {number}", "denominator": "3"})],
                **AGGREGATIONS[aggregation],
            }
        )
        product = self.make_product(f"Product {number}", "metered", cloud_meter_id=meter.id)
        return self.make_subscription(self.acme, product).line_ids

    def count_statements(self, requests):
        number = self.store._last_number(self.company)
        self.env.flush_all()
        before = self.cr.sql_log_count
        totals = self.store._totals(self.company, number, requests)
        statements = self.cr.sql_log_count - before
        before = self.cr.sql_log_count
        self.store._events(self.company, number, requests)
        return statements, self.cr.sql_log_count - before, totals

    def request(self, key, line):
        meter = line.meter_id
        return TotalsRequest(
            key, line.id, meter.aggregation, meter.basis, "2026-03-01", None, None, meter_id=meter.id, tz=AMSTERDAM
        )

    def deliver_calls(self, first, count):
        rows = ["id,start,account,service,quantity,unit,user,operation,amount,volume"]
        rows += [
            f"e{n},2026-03-{1 + n % 28:02d}T12:00:00Z,acme,Calls,{n},Call,u{n % 3},add,1.5,v{n % 2}"
            for n in range(first, first + count)
        ]
        self.events.month_basis = "provider"
        self.deliver(self.events, "\n".join(rows).encode(), name=f"{first}.csv")

    def test_of_each_aggregation_with_ten_times_the_rows(self):
        self.deliver_calls(0, 5)
        stream = self.stream(self.events)
        mapping = False
        for number, aggregation in enumerate(AGGREGATIONS):
            line = self.make_line(number, aggregation)
            if mapping:
                mapping.subscription_line_id = line
            else:
                mapping = self.assign(stream, line)
            few = self.count_statements([self.request("it", line)])
            self.deliver_calls(1000 * (number + 1), 50)
            many = self.count_statements([self.request("it", line)])
            with self.subTest(aggregation=aggregation):
                # What the meters are, whose sums need no rows, and one statement to count; of events two.
                statements = 3 if aggregation in ("sum", "count") else 2
                self.assertEqual((few[:2], many[:2]), ((statements, 2), (statements, 2)))
                self.assertTrue(few[2])

    def test_of_many_meters_at_once(self):
        self.deliver_calls(0, 5)
        lines = [self.make_line(number, aggregation) for number, aggregation in enumerate(AGGREGATIONS)]
        requests = [self.request(line.id, line) for line in lines]
        # What the meters are, whose sums need no rows, and one for each of the four kinds.
        self.assertEqual(self.count_statements(requests)[:2], (6, 2))
        self.assertEqual(self.count_statements(requests * 10)[:2], (6, 2))


@tagged("post_install", "-at_install")
class TestAnotherModule(MeterCase):
    def test_adds_an_aggregation_without_editing_this_one(self):
        """As docs/meters.md shows it: the range of a period, highest less lowest."""
        statement = """
            SELECT position, unit, purse, dimensions, MAX(number) - MIN(number), 1
              FROM counted
             WHERE aggregation = 'range'
          GROUP BY position, unit, purse, dimensions"""
        Store = type(self.store)
        aggregates = Store._get_row_aggregates

        def get_row_aggregates(store):
            return {**aggregates(store), "range": statement}

        self.send({"at": "2026-03-02 08:00:00", "quantity": "3"}, {"at": "2026-03-03 08:00:00", "quantity": "10.5"})
        with self.assertRaises(ValueError):
            self.ask(aggregation="range")
        with patch.object(Store, "_get_row_aggregates", get_row_aggregates):
            self.assertEqual(str(self.count(aggregation="range")), "7.5")
