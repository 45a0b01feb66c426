"""Which rows a meter counts, in which unit, and rounded how; and that no row is lost by it."""

from odoo.tests import tagged

from .meter_common import D, MeterCase


class FilterCase(MeterCase):
    def only(self, dimension, operator, *values, tag=False):
        """Count only such rows."""
        self.env["cloud.meter.filter"].create(
            {
                "meter_id": self.counter.id,
                "dimension": dimension,
                "tag": tag,
                "operator": operator,
                "value_list": "\n".join(values),
            }
        )


@tagged("post_install", "-at_install")
class TestFilters(FilterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Powers of two: a sum says which rows are in it.
        cls.send(
            {"at": "2026-03-01 12:00:00", "quantity": "1", "service": "Disk", "env": "prod", "resource": "vol-a1"},
            {"at": "2026-03-02 12:00:00", "quantity": "2", "service": "Disk", "env": "test", "resource": "vol-b1"},
            {"at": "2026-03-03 12:00:00", "quantity": "4", "service": "Tape", "env": "", "resource": "tape-1"},
            {"at": "2026-03-04 12:00:00", "quantity": "8", "service": "Tape", "env": "prod-2", "resource": "vol-a2"},
        )

    def test_by_what_streams_have(self):
        self.only("service", "is", "Disk", "Nothing")
        self.assertEqual(self.count(), 3)

    def test_by_a_tag(self):
        self.only("tag", "is", "prod", "test", tag="env")
        self.assertEqual(self.count(), 3)

    def test_a_row_without_the_tag_is_none_of_the_values(self):
        self.only("tag", "is_not", "prod", tag="env")
        self.assertEqual(self.count(), 2 + 4 + 8)

    def test_starts_with(self):
        self.only("tag", "starts_with", "prod", "te", tag="env")
        self.assertEqual(self.count(), 1 + 2 + 8)

    def test_the_rest_of_starts_with(self):
        self.only("resource", "not_starts_with", "vol-a", "x")
        self.assertEqual(self.count(), 2 + 4)

    def test_all_filters_have_to_be_fulfilled(self):
        self.only("service", "is", "Tape")
        self.only("resource", "starts_with", "vol")
        self.assertEqual(self.count(), 8)

    def test_for_aggregations_of_single_rows_and_of_levels_too(self):
        self.only("service", "is", "Disk")
        self.only("tag", "is_not", "test", tag="env")
        for aggregation, expected in (("average", 1), ("percentile_95", 1), ("latest", 1), ("max", 1), ("count", 1)):
            with self.subTest(aggregation=aggregation):
                self.set_up(aggregation)
                self.assertEqual(self.count(), expected)

    def test_other_meters_are_not_filtered(self):
        self.only("service", "is", "Disk")
        other = self.env["cloud.meter"].create({"name": "Other", "code": "other", "unit": "GB"})
        self.assertEqual(self.count(meter=other), 15)

    def test_values_are_tidied(self):
        self.only("service", "is", " Disk ", "", "Disk", "Tape")
        self.assertEqual(self.counter.filter_ids.value_list, "Disk\nTape")
        self.assertEqual(self.counter.filter_ids.display_name, "service is Disk or Tape")

    def test_a_filter_has_values_and_a_tag_a_name(self):
        with self.refused("has no values: enter one per line"):
            self.only("service", "is", " ", "")
        with self.refused_by_database():
            self.only("tag", "is", "prod")

    def test_values_and_tags_may_hold_anything(self):
        odd = "it's 100 % \"odd\" \\ {x} 'y'"
        self.send({"at": "2026-03-05 12:00:00", "quantity": "16", odd: odd})
        self.only("tag", "is", odd, tag=odd)
        self.assertEqual(self.count(), 16)


@tagged("post_install", "-at_install")
class TestNothingIsLostByFilters(FilterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-03-01 12:00:00", "quantity": "1", "env": "prod"},
            {"at": "2026-03-02 12:00:00", "quantity": "2", "env": "test"},
        )

    def states(self):
        return {state: rows for state, (rows, _costs) in self.store._get_states(self.company).items() if rows}

    def test_a_row_that_is_left_out_says_so(self):
        self.only("tag", "is", "prod", tag="env")
        self.assertEqual(self.states(), {"bill": 1, "uncounted": 1})
        self.assertEqual(self.store._prove_states(self.company), {})
        record = self.env["cloud.usage.record"].search([("state", "=", "uncounted")])
        self.assertEqual((record.quantity, record.state), (2, "uncounted"))

    def test_a_charge_bills_only_what_its_meter_counts(self):
        self.only("tag", "is", "prod", tag="env")
        charge = self.bill(self.line, "2026-03-01", "2026-04-01")
        self.assertEqual(self.states(), {"billed": 1, "uncounted": 1})
        self.assertEqual([row["quantity"] for row in self.store._rows_behind(charge)], ["1"])

    def test_late_rows_change_a_charge_only_where_it_counts_them(self):
        self.only("tag", "is", "prod", tag="env")
        charge = self.bill(self.line, "2026-03-01", "2026-04-01")
        number = self.send({"at": "2026-03-03 12:00:00", "env": "test"})
        self.assertFalse(self.store._changed_charges(self.company, number, charge))
        number = self.send({"at": "2026-03-03 12:00:00", "env": "prod"})
        self.assertEqual(self.store._changed_charges(self.company, number, charge), charge)

    def test_what_a_charged_meter_counts_stays(self):
        self.only("tag", "is", "prod", tag="env")
        self.bill(self.line, "2026-03-01", "2026-04-01")
        for change in (
            lambda: self.only("service", "is", "Disk"),
            lambda: self.counter.filter_ids.write({"value_list": "test"}),
            lambda: self.counter.filter_ids.unlink(),
            lambda: self.counter.write({"filter_ids": [(5,)]}),
            lambda: self.counter.write({"aggregation": "latest"}),
            lambda: self.counter.write({"rounding": "up"}),
            lambda: self.counter.write({"value_basis": "quantity"}),
        ):
            with self.refused("Make a new meter"):
                change()
        self.counter.filter_ids.write({"value_list": "prod"})


@tagged("post_install", "-at_install")
class TestCarriedOver(FilterCase):
    """What a charge of a meter that carries over counted, and which late rows change it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up(cls, "time_weighted", weighting="days")
        cls.send(
            {"at": "2026-01-15 12:00:00", "quantity": "5"},
            {"at": "2026-02-10 12:00:00", "quantity": "10"},
            {"at": "2026-03-10 12:00:00", "quantity": "20"},
        )
        cls.charge = cls.bill(cls, cls.line, "2026-03-01", "2026-04-01")

    def behind(self, charge=None):
        return [(row["quantity"], row["change"]) for row in self.store._rows_behind(charge or self.charge)]

    def changed(self):
        return self.store._changed_charges(self.company, self.store._last_number(self.company), self.charge)

    def test_the_row_that_still_held_is_behind_it(self):
        self.assertEqual(self.behind(), [("10", "carried"), ("20", "counted")])

    def test_the_same_rows_stay_behind_it_when_a_late_one_comes(self):
        self.send({"at": "2026-02-20 12:00:00", "quantity": "11"})
        self.assertEqual(self.behind(), [("10", "carried"), ("20", "counted")])

    def test_a_late_row_that_is_the_last_before_it_changes_it(self):
        self.send({"at": "2026-02-20 12:00:00", "quantity": "11"})
        self.assertEqual(self.changed(), self.charge)
        correction = self.bill(self.line, "2026-03-01", "2026-04-01", corrects=self.charge)
        self.assertEqual(sorted(self.behind(correction)), [("10", "gone"), ("11", "added")])

    def test_a_late_row_further_back_changes_nothing(self):
        self.send({"at": "2026-01-20 12:00:00", "quantity": "6"})
        self.assertFalse(self.changed())

    def test_a_late_row_within_or_after(self):
        self.send({"at": "2026-04-01 12:00:00", "quantity": "30"})
        self.assertFalse(self.changed())
        self.send({"at": "2026-03-31 12:00:00", "quantity": "30"})
        self.assertEqual(self.changed(), self.charge)

    def test_a_meter_that_carries_nothing_over_has_no_rows_from_before(self):
        self.env.cr.execute("UPDATE cloud_meter SET is_recurring = FALSE WHERE id = %s", [self.counter.id])
        self.env.invalidate_all()
        self.assertEqual(self.behind(), [("20", "counted")])
        self.send({"at": "2026-02-20 12:00:00", "quantity": "11"})
        self.assertFalse(self.changed())

    def test_every_row_is_still_in_one_state(self):
        self.assertEqual(self.store._prove_states(self.company), {})


@tagged("post_install", "-at_install")
class TestConversions(FilterCase):
    def convert(self, unit, numerator=None, denominator=None, **vals):
        numbers = {"numerator": numerator, "denominator": denominator}
        return self.env["cloud.meter.conversion"].create(
            {
                "meter_id": self.counter.id,
                "unit": unit,
                **{name: number for name, number in numbers.items() if number},
                **vals,
            }
        )

    def test_gib_become_gb_beside_gb(self):
        self.convert("GiB", "1.073741824")
        self.send(
            {"at": "2026-03-01 12:00:00", "quantity": "10", "unit": "GiB"},
            {"at": "2026-03-02 12:00:00", "quantity": "0.5"},
        )
        # 10 x 1.073741824 + 0.5
        self.assertEqual(self.count(), D("11.23741824"))
        self.assertEqual({one.unit for one in self.ask()}, {"GB"})
        self.assertEqual(self.counter.conversion_ids.example, "1 GiB = 1.073741824 GB")

    def test_packs_of_a_hundred_hours_keep_every_digit_until_the_one_division(self):
        self.counter.unit = "3 hours"
        self.convert("h", denominator="3")
        self.send(*({"at": f"2026-03-0{day} 12:00:00", "quantity": "1", "unit": "h"} for day in (1, 2, 3)))
        # Three thirds are one, not 0.999...
        self.assertEqual(self.count(), 1)

    def test_rows_of_several_units_have_one_maximum(self):
        self.convert("MB", denominator="1000")
        self.convert("GiB", "1.073741824")
        self.set_up("max")
        self.send(
            {"at": "2026-03-01 12:00:00", "quantity": "1.5"},
            {"at": "2026-03-02 12:00:00", "quantity": "1600", "unit": "MB"},
            {"at": "2026-03-03 12:00:00", "quantity": "1.45", "unit": "GiB"},
        )
        # 1.5, 1.6, 1.5569256448
        self.assertEqual(self.count(), D("1.6"))
        self.set_up("latest")
        self.assertEqual(self.count(), D("1.5569256448"))
        self.set_up("percentile_95")
        self.assertEqual(self.count(), D("1.6"))
        self.set_up("average")
        # A third of 1.5 + 1.6 + 1.5569256448.
        self.assertEqual(self.count(), D("1.552308548266666666666666666667"))

    def test_an_unknown_unit_keeps_its_own(self):
        self.convert("GiB", "1.073741824")
        self.send({"at": "2026-03-01 12:00:00", "unit": "TB"}, {"at": "2026-03-02 12:00:00"})
        self.assertEqual({one.unit: one.quantity for one in self.ask()}, {"GB": 1, "TB": 1})

    def test_units_of_odoo(self):
        hour, day = self.env.ref("uom.product_uom_hour"), self.env.ref("uom.product_uom_day")
        self.counter.write({"unit": "Days", "uom_id": day.id})
        conversion = self.convert("h", uom_id=hour.id)
        # Whatever Odoo's reference is, a day of work has 8 hours there.
        self.send({"at": "2026-03-01 12:00:00", "quantity": "12", "unit": "h"})
        self.assertEqual(self.count(), D("1.5"))
        # What Odoo's unit says later changes nothing that was counted.
        self.env.cr.execute("UPDATE uom_uom SET factor = factor * 3 WHERE id = %s", [day.id])
        self.env.invalidate_all()
        self.assertEqual(self.count(), D("1.5"))
        self.assertEqual(conversion.numerator * 8, conversion.denominator)

    def test_units_of_odoo_have_to_be_of_one_kind(self):
        self.counter.write({"unit": "Days", "uom_id": self.env.ref("uom.product_uom_day").id})
        with self.refused("they have no reference unit in common"):
            self.convert("kg", uom_id=self.env.ref("uom.product_uom_kgm").id)
        self.counter.uom_id = False
        with self.refused("choose on the meter Counter which of them"):
            self.convert("h", uom_id=self.env.ref("uom.product_uom_hour").id)

    def test_what_makes_no_sense_is_refused(self):
        with self.refused("needs no conversion"):
            self.convert("GB", "2")
        for numbers in (("0", "1"), ("1", "-1")):
            with self.refused_by_database():
                self.convert("GiB", *numbers)
        self.convert("GiB", "1.073741824")
        with self.refused_by_database():
            self.convert("GiB", "2")
        with self.refused("converts GiB into nothing"):
            self.counter.unit = False

    def test_a_charged_meter_learns_new_units_and_keeps_those_it_knows(self):
        gib = self.convert("GiB", "1.073741824")
        self.bill(self.line, "2026-03-01", "2026-04-01")
        for change in (lambda: gib.write({"numerator": "2"}), gib.unlink):
            with self.refused("Make a new meter"):
                change()
        self.convert("MB", denominator="1000")
        # 1.073741824 is 2^21 / 5^9; with 1 / 1000 the common denominator is 2^3 x 5^9.
        self.assertEqual(self.counter.conversion_denominator, 15625000)


@tagged("post_install", "-at_install")
class TestRounding(FilterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.send(
            {"at": "2026-03-01 12:00:00", "quantity": "61"},
            {"at": "2026-03-02 12:00:00", "quantity": "90"},
            {"at": "2026-03-03 12:00:00", "quantity": "-61"},
            {"at": "2026-03-04 12:00:00", "quantity": "120"},
        )

    def test_each_row(self):
        for mode, expected in (
            # 120 + 120 - 120 + 120: what takes back 61 seconds takes back what they were billed.
            ("up", 240),
            # 60 + 60 - 60 + 120
            ("down", 180),
            # 60 + 120 - 60 + 120: 90 is half way.
            ("half_up", 240),
        ):
            with self.subTest(mode=mode):
                self.set_up("sum", rounding=mode, rounding_step="60", rounding_scope="event")
                self.assertEqual(self.count(), expected)

    def test_the_period(self):
        # 61 + 90 - 61 + 120 = 210
        for mode, expected in (("up", 240), ("down", 180), ("half_up", 240), ("none", 210)):
            with self.subTest(mode=mode):
                self.set_up("sum", rounding=mode, rounding_step="60", rounding_scope="period")
                self.assertEqual(self.count(), expected)

    def test_of_an_average_the_quotient_is_rounded(self):
        # 210 / 4 = 52.5
        self.set_up("average", rounding="half_up", rounding_step="1", rounding_scope="period")
        self.assertEqual(self.count(), 53)
        self.set_up("average", rounding="down", rounding_step="0.4", rounding_scope="period")
        self.assertEqual(self.count(), D("52.4"))

    def test_rows_are_rounded_after_their_conversion(self):
        self.counter.write({"unit": "min"})
        self.env["cloud.meter.conversion"].create({"meter_id": self.counter.id, "unit": "GB", "denominator": "60"})
        self.set_up("sum", rounding="up", rounding_step="1", rounding_scope="event")
        # 61 / 60, 90 / 60, -61 / 60, 120 / 60 rounded up: 2 + 2 - 2 + 2
        self.assertEqual(self.count(), 4)

    def test_of_a_giant_and_a_dwarf_no_digit_is_lost(self):
        self.send({"at": "2026-04-10 12:00:00", "quantity": "999999999999999.0000000000000000001"})
        self.set_up("sum", rounding="up", rounding_step="0.000000000000000001", rounding_scope="event")
        self.assertEqual(self.count("2026-04-01", "2026-05-01"), D("999999999999999.000000000000000001"))

    def test_a_step_is_above_zero(self):
        with self.refused_by_database():
            self.set_up("sum", rounding_step="0")
