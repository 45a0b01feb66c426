"""The terms of a price: each charge model as it is entered, read, approved and given to the engine."""

from datetime import date
from decimal import Decimal

import psycopg2
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.rating import PRICERS
from .terms_common import TermsCase

# What says nothing about a price: order on screen, owner, how tiers were typed, and what is derived.
_NO_TERMS = {"version_id", "rule_id", "plan_id", "company_id", "scope_hash", "tier_entry"}


@tagged("post_install", "-at_install")
class TestWhatAnApprovalCovers(TermsCase):
    """A field that is added later and forgotten in `_get_content` turns these red."""

    def get_columns(self, model):
        return [
            field
            for field in self.env[model]._fields.values()
            if field.store
            and field.column_type
            and field.name not in {*MAGIC_COLUMNS, *_NO_TERMS}
            # The order of rules on the screen says nothing; that of the prices of a matrix does.
            and (model, field.name) != ("cloud.price.rule", "sequence")
        ]

    def get_other(self, record, field):
        """Another value than the record has."""
        value = record[field.name]
        if field.type == "selection":
            return next(key for key, _label in field._description_selection(self.env) if key != value)
        if field.type == "many2one":
            # One that exists, where there is one; the content reads nothing but its id.
            return self.env[field.comodel_name].search([("id", "!=", value.id)], limit=1) or value.browse(1)
        if field.type == "integer":
            return value + 1
        if field.type == "float":
            return (value or Decimal(0)) + 1
        return {"boolean": not value, "date": date(2030, 1, 1), "json": {"other": "value"}}.get(field.type, "other")

    def assert_covered(self, rule, model, get_record):
        """Each column of the record that get_record finds in a rule changes what an approval of the rule covers."""
        other = rule.new(origin=rule)
        record = get_record(other)
        self.assertEqual(other._get_content(), rule._get_content())
        for field in self.get_columns(model):
            before = other._get_content()
            record[field.name] = self.get_other(record, field)
            # Compared with the step before: what was changed stays changed.
            self.assertNotEqual(other._get_content(), before, field.name)

    def test_every_column_of_a_rule(self):
        self.assert_covered(self.rule(unit_price="1", name="Disk"), "cloud.price.rule", lambda rule: rule)

    def test_every_column_of_a_tier(self):
        rule = self.ladder(("100", "0.10", None), (None, "0.08", None))
        self.assert_covered(rule, "cloud.price.tier", lambda other: other.tier_ids[0])

    def test_every_column_of_a_price_of_a_matrix(self):
        rule = self.rule(
            charge_model="matrix",
            dimension_1="region",
            cell_ids=self.tiers({"value_1": "eu", "unit_price": "1"}, {"value_1": "us", "unit_price": "1"}),
        )
        self.assert_covered(rule, "cloud.price.cell", lambda other: other.cell_ids[0])

    def test_the_content_is_the_same_when_it_is_read_again(self):
        rule = self.ladder(("100", "0.10", None), (None, "0.08", None))
        content = rule._get_content()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(rule._get_content(), content)


@tagged("post_install", "-at_install")
class TestEachChargeModel(TermsCase):
    def test_is_one_that_the_engine_can_price(self):
        field = self.env["cloud.price.rule"]._fields["charge_model"]
        for name, label in field._description_selection(self.env):
            rule = self.env["cloud.price.rule"].new({"charge_model": name})
            self.assertIn(rule._get_engine_model("metered"), PRICERS, label)

    def test_volume_prices_everything_in_the_tier_reached(self):
        rule = self.rule(
            charge_model="volume",
            tier_ids=self.tiers({"up_to": "1000", "unit_price": "0.10"}, {"unit_price": "0.08", "flat_amount": "5"}),
            product_id=self.metered.id,
        )
        self.assertEqual(
            rule.summary, f"0-1,000 at 0.10, then 0.08 + 5.00 once ({self.money} per GB-Months) for all of it"
        )
        # 1,000 x 0.10; 1,500 x 0.08 + 5.00
        self.assertEqual(self.amount(rule, "1000"), Decimal("100.00"))
        self.assertEqual(self.amount(rule, "1500"), Decimal("125.00"))

    def test_stairstep_charges_the_amount_of_the_step_reached(self):
        rule = self.rule(
            charge_model="stairstep",
            tier_ids=self.tiers({"up_to": "100", "flat_amount": "10"}, {"flat_amount": "25"}),
        )
        self.assertEqual(rule.summary, f"0-100 at 10.00, then 25.00 ({self.money}, by unit)")
        self.assertEqual([self.amount(rule, number) for number in ("100", "101")], [Decimal("10.00"), Decimal("25.00")])

    def test_package_counts_started_packages_after_what_is_free(self):
        rule = self.rule(
            charge_model="package", unit_price="5", block_size="100", free_units="50", product_id=self.metered.id
        )
        self.assertEqual(rule.summary, f"5.00 {self.money} per 100 GB-Months, the first 50 free")
        # (250 - 50) / 100 = 2 packages; one unit more starts a third: 15.00; of full packages only it is still 2.
        self.assertEqual(self.amount(rule, "250"), Decimal("10.00"))
        self.assertEqual(self.amount(rule, "251"), Decimal("15.00"))
        rule.block_rounding = "down"
        self.assertEqual(rule.summary, f"5.00 {self.money} per 100 GB-Months, full packages only, the first 50 free")
        self.assertEqual(self.amount(rule, "251"), Decimal("10.00"))

    def test_percentage_of_value_with_everything_about_single_events(self):
        rule = self.rule(
            charge_model="percentage", percent="2.5", fixed_per_event="0.30", free_events=1, event_minimum="0.50",
            event_maximum="20", product_id=self.payments.id,
        )  # fmt: skip
        money = self.money
        self.assertEqual(
            rule.summary,
            f"2.5 % of the value + 0.30 {money} per event, 1 events free, at least 0.50 {money} per event, "
            f"at most 20.00 {money} per event",
        )
        # 100 is free; 4 x 2.5 % + 0.30 = 0.40, raised to 0.50; 1,000 x 2.5 % + 0.30 = 25.30, capped at 20.00: 20.50
        events = tuple(Decimal(value) for value in ("100", "4", "1000"))
        self.assertEqual(self.amount(rule, value=Decimal(1104), events=events), Decimal("20.50"))

    def test_percentage_of_value_with_an_amount_free(self):
        rule = self.rule(charge_model="percentage", percent="2", free_amount="1000", product_id=self.payments.id)
        self.assertEqual(rule.summary, f"2 % of the value, 1,000.00 {self.money} of value free")
        # (1,500 - 1,000) x 2 %
        self.assertEqual(self.amount(rule, value=Decimal(1500)), Decimal("10.00"))

    def test_graduated_percentage_takes_each_part_of_the_value_at_its_percentage(self):
        rule = self.rule(
            charge_model="graduated_percentage",
            tier_ids=self.tiers({"up_to": "1000", "percent": "3"}, {"percent": "2", "flat_amount": "5"}),
            product_id=self.payments.id,
        )
        self.assertEqual(rule.summary, f"0-1,000 at 3 %, then 2 % + 5.00 once (of the value in {self.money})")
        # 1,000 x 3 % + 500 x 2 % + 5.00
        self.assertEqual(self.amount(rule, value=Decimal(1500)), Decimal("45.00"))

    def test_cost_plus_with_a_fixed_amount(self):
        rule = self.rule(charge_model="cost_plus", percent="20", fixed="5", product_id=self.metered.id)
        self.assertEqual(rule.summary, f"billed cost + 20 % + 5.00 {self.money}")
        self.assertEqual(self.amount(rule, cost=Decimal(100)), Decimal("125.00"))
        rule.percent = None
        self.assertEqual(rule.summary, f"billed cost + 5.00 {self.money}")

    def test_the_price_in_the_usage_row(self):
        rule = self.rule(charge_model="dynamic", product_id=self.payments.id)
        self.assertEqual(rule.summary, "the price in each usage row")
        self.assertEqual(self.amount(rule, "3", value=Decimal("12.34")), Decimal("12.34"))

    def test_gives_the_engine_nothing_of_a_charge_model_chosen_before(self):
        rule = self.ladder(("100", "0.10", None), (None, "0.08", None), unit_price="7")
        self.assertIsNone(rule._get_terms().unit_price)
        rule.charge_model = "per_unit"
        self.assertEqual(rule._get_terms().tiers, ())
        rule.write({"charge_model": "cost_plus", "percent": "20"})
        self.assertEqual((rule._get_terms().unit_price, rule._get_terms().tiers), (None, ()))

    def test_shows_the_checker_a_price_that_changed_in_no_other_word(self):
        # A rule whose summary stays the same is in the effect all the same: what is approved is its content.
        self.version.rule_ids = self.tiers({"unit_price": "1", "minimum": "5"})
        self.version.action_approve_directly()
        later = self.version._copy_from(date(2026, 6, 1))
        later.rule_ids.is_minimum_prorated = False
        rows = later._get_effect_rows(self.version)
        self.assertEqual([row["label"] for row in rows], ["any product, everyone"])
        self.assertNotEqual(rows[0]["old"], rows[0]["new"])


@tagged("post_install", "-at_install")
class TestTheUnitOfAPrice(TermsCase):
    def test_is_that_of_the_meter(self):
        rule = self.rule(unit_price="1", product_id=self.metered.id)
        self.assertEqual((rule.price_unit, rule._get_terms().conversion), ("GB-Months", None))

    def test_a_price_per_thousand(self):
        rule = self.rule(unit_price="0.40", conversion_denominator="1000", product_id=self.metered.id)
        self.assertEqual(rule.summary, f"0.40 {self.money} per 1000 GB-Months")
        # 1,500 / 1000 x 0.40
        self.assertEqual(self.amount(rule, "1500"), Decimal("0.60"))
        rule.conversion_denominator = "1000000"
        self.assertEqual(rule.priced_unit, "1000000 GB-Months")
        rule.conversion_denominator = None
        self.assertEqual(rule.summary, f"0.40 {self.money} per GB-Months")

    def test_another_unit_is_named_by_the_person(self):
        rule = self.rule(
            unit_price="0.10", conversion_numerator="1000000000", conversion_denominator="1073741824",
            priced_unit="GiB", product_id=self.metered.id,
        )  # fmt: skip
        self.assertEqual(rule.summary, f"0.10 {self.money} per GiB, quantity × 1,000,000,000 / 1,073,741,824")
        # 1073.741824 x 1000000000 / 1073741824 = 1000 GiB
        self.assertEqual(self.amount(rule, "1073.741824"), Decimal("100.00"))

    def test_a_quantity_that_is_rounded_before_it_is_priced(self):
        rule = self.rule(unit_price="1", quantity_rounding="up", quantity_step="10", product_id=self.metered.id)
        self.assertEqual(rule.summary, f"1.00 {self.money} per GB-Months, quantity rounded up to 10")
        self.assertEqual(self.amount(rule, "11"), Decimal("20.00"))

    def test_a_factor_of_zero_is_refused(self):
        for name, label in (
            ("conversion_numerator", "Multiply By"),
            ("conversion_denominator", "Price Is For"),
        ):
            with self.refused(f"Price Any product: {label} is 0 or below. Enter a number above 0"):
                self.rule(unit_price="1", **{name: "0"})
        with self.refused("To a Multiple Of is 0 or below"):
            self.rule(unit_price="1", quantity_rounding="up", quantity_step="0")


@tagged("post_install", "-at_install")
class TestTheLeastAndTheMost(TermsCase):
    def test_are_said_and_charged(self):
        rule = self.rule(unit_price="1", minimum="5", maximum="50")
        self.assertEqual(
            rule.summary, f"1.00 {self.money} per unit, at least 5.00 {self.money}, at most 50.00 {self.money}"
        )
        amounts = [self.amount(rule, number) for number in ("1", "20", "80")]
        self.assertEqual(amounts, [Decimal("5.00"), Decimal("20.00"), Decimal("50.00")])

    def test_the_whole_minimum_for_a_part_of_a_period(self):
        rule = self.rule(unit_price="1", minimum="5", is_minimum_prorated=False)
        self.assertEqual(
            rule.summary, f"1.00 {self.money} per unit, at least 5.00 {self.money}, in full for a part of a period"
        )

    def test_are_refused_where_they_contradict(self):
        with self.refused("Price Any product: the minimum is above the maximum"):
            self.rule(unit_price="1", minimum="5", maximum="4")
        with self.refused("the minimum is below 0"):
            self.rule(unit_price="1", minimum="-5")
        with self.refused("the maximum is below 0"):
            self.rule(unit_price="1", maximum="-5")


@tagged("post_install", "-at_install")
class TestTermsAreRefusedAtEntry(TermsCase):
    def test_a_package_without_a_size(self):
        with self.refused("Price Any product: Block Size is missing. Fill it in."):
            self.rule(charge_model="package", unit_price="5")
        with self.refused("Block Size is 0 or below"):
            self.rule(charge_model="package", unit_price="5", block_size="0")
        with self.refused("Free Units is below 0"):
            self.rule(charge_model="package", unit_price="5", block_size="1", free_units="-1")

    def test_a_percentage_that_says_nothing(self):
        with self.refused("Percent is missing"):
            self.rule(charge_model="percentage", product_id=self.payments.id)
        with self.refused("Free Value is below 0"):
            self.rule(charge_model="percentage", percent="1", free_amount="-1")
        with self.refused("the minimum is above the maximum"):
            self.rule(charge_model="percentage", percent="1", event_minimum="2", event_maximum="1")

    def test_a_tier_without_its_price(self):
        with self.refused("tier 2 has no unit price"):
            self.ladder(("10", "1", None), (None, None, None))
        with self.refused("tier 1 has no percentage"):
            self.rule(charge_model="graduated_percentage", tier_ids=self.tiers({}))

    def test_a_charge_on_usage_for_a_product_that_has_none(self):
        for model, vals in {
            "percentage": {"percent": "2"},
            "graduated_percentage": {"tier_ids": self.tiers({"percent": "2"})},
            "dynamic": {},
        }.items():
            with self.refused("Support is not metered, so no usage says what .* is charged on. Choose Per unit"):
                self.rule(charge_model=model, product_id=self.recurring.id, **vals)


@tagged("post_install", "-at_install")
class TestTheMeterOfAPrice(TermsCase):
    def test_gives_the_price_its_unit(self):
        rule = self.rule(unit_price="1", product_id=self.metered.id)
        self.assertEqual((rule.measured_unit, rule.unit), ("GB-Months", "GB-Months"))
        rule.product_id = self.payments
        self.assertEqual((rule.measured_unit, rule.price_unit), ("payments", "payments"))
        rule.product_id = self.recurring
        self.assertEqual((rule.measured_unit, rule.unit), (False, "unit"))

    def test_may_not_come_to_count_another_unit(self):
        self.rule(unit_price="1", product_id=self.metered.id)
        self.meter.unit = "TB-Months"
        with self.refused(
            "Price Disk is for usage in GB-Months, and the meter of Disk counts TB-Months. Enter the price per "
            "TB-Months and say so in Measured In, or use a meter that counts GB-Months"
        ):
            self.version.action_approve_directly()
        self.version.rule_ids.write({"unit_price": "1000", "measured_unit": "TB-Months"})
        self.version.action_approve_directly()

    def test_is_asked_of_all_products_of_a_category(self):
        with self.refused("Price Compute is for usage in hours, and the meter of .* counts"):
            self.rule(unit_price="1", categ_id=self.categ.id, measured_unit="hours")
        self.rule(unit_price="1", categ_id=self.categ.id)

    def test_takes_a_value_where_the_price_looks_at_one(self):
        sentence = "looks at the value of the usage, and the meter Disk of Disk takes none. Choose its Value of a Row"
        for vals in (
            {"charge_model": "percentage", "percent": "2"},
            {"charge_model": "graduated_percentage", "tier_ids": self.tiers({"percent": "2"})},
            {"charge_model": "dynamic"},
            {"charge_model": "formula", "formula": "value * 0.1"},
        ):
            with self.refused(sentence):
                self.rule(product_id=self.metered.id, **vals)
        self.meter.write({"aggregation": "value", "basis": "cost_billed"})
        self.rule(product_id=self.metered.id, charge_model="dynamic")


@tagged("post_install", "-at_install")
class TestTermsAreWrittenByPriceManagersAlone(TermsCase):
    def test_rows_of_a_matrix_are_protected_with_their_version(self):
        rule = self.rule(
            charge_model="matrix",
            dimension_1="region",
            cell_ids=self.tiers({"value_1": "eu", "unit_price": "1"}),
            product_id=self.metered.id,
        )
        self.version.action_approve_directly()
        self.env.flush_all()
        self.set_company_state("live")
        cell = rule.cell_ids
        for change in (
            lambda: cell.write({"unit_price": "2"}),
            lambda: cell.write({"sequence": 2}),
            cell.unlink,
            lambda: cell.copy({"rule_id": rule.id}),
            lambda: rule.write({"rest_price": "2"}),
            lambda: rule.write({"formula": "1"}),
            lambda: rule.write({"measured_unit": "TB"}),
        ):
            with self.refused("was approved"):
                change()
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_price_cell SET unit_price = 0 WHERE id = %s", (cell.id,))

    def test_are_exported_and_read_back_as_they_are(self):
        rule = self.ladder(("1000", "0.100", None), (None, "0.08", "5"), product_id=self.metered.id)
        names = ["name", "charge_model", "tier_ids/up_to", "tier_ids/unit_price", "tier_ids/flat_amount"]
        rows = rule.export_data(names)["datas"]
        self.assertEqual(
            rows,
            [
                ["Disk", "Graduated (ladder)", "1000", "0.100", ""],
                ["", "", "", "0.08", "5"],
            ],
        )
        other = self.make_version([], date_start="2026-05-01", approve=False)
        loaded = rule.with_context(default_version_id=other.id).load(names, rows)
        self.assertFalse(loaded["messages"])
        self.assertEqual(other.rule_ids._get_content()["tiers"], rule._get_content()["tiers"])

    def test_tiers_are_imported_by_their_sizes(self):
        rows = [["L", "Graduated (ladder)", "1000", "0.1"], ["", "", "4000", "0.08"], ["", "", "", "0.05"]]
        names = ["name", "charge_model", "tier_ids/capacity", "tier_ids/unit_price"]
        loaded = self.version.rule_ids.with_context(default_version_id=self.version.id).load(names, rows)
        self.assertFalse(loaded["messages"])
        bounds = self.version.rule_ids.tier_ids._in_order().mapped("up_to")
        self.assertEqual(bounds, [Decimal(1000), Decimal(5000), None])
