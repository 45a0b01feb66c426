"""The terms of a price: each charge model as it is entered, read, approved and given to the engine."""

from datetime import date
from decimal import Decimal

import psycopg2
from odoo.models import MAGIC_COLUMNS
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine.rating import PRICERS, DimensionQuantity, MatrixCell, RatingFacts, rate
from ..models.catalog.meter_dimensions import DIMENSIONS
from ..models.usage.usage_dimensions import is_dimension
from .test_price_rules import RuleCase

# What says nothing about a price: order on screen, owner, how tiers were typed, and what is derived.
_NO_TERMS = {"version_id", "rule_id", "plan_id", "company_id", "scope_hash", "tier_entry"}


class TermsCase(RuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money = cls.plan.currency_id.name
        cls.till = cls.env["cloud.meter"].create(
            {"name": "Payments", "code": "test_payments", "unit": "payments", "value_basis": "quantity"}
        )
        cls.payments = cls.make_product("Payments", "metered", cloud_meter_id=cls.till.id)

    def tiers(self, *tiers):
        """Commands for tiers, each a dict of its values."""
        return [(0, 0, vals) for vals in tiers]

    def amount(self, rule, quantity=None, **facts):
        """What the engine charges by the rule's terms, for a measured quantity, in cents."""
        facts = RatingFacts(
            quantity=None if quantity is None else Decimal(quantity),
            unit="GB",
            currency="EUR",
            rounding=Decimal("0.01"),
            service_start=date(2026, 1, 1),
            service_end=date(2026, 2, 1),
            **facts,
        )
        return rate(rule._get_terms(), facts).amount


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
class TestTiersEnteredBySize(TermsCase):
    def make(self, *sizes):
        return self.rule(
            charge_model="graduated",
            tier_entry="capacities",
            tier_ids=self.tiers(*({"capacity": size, "unit_price": "1"} for size in sizes)),
        )

    def get_bounds(self, rule):
        return [tier.up_to for tier in rule.tier_ids._in_order()]

    def test_mean_the_bounds_that_they_add_up_to(self):
        rule = self.make("1000", "4000", None)
        self.assertEqual(self.get_bounds(rule), [Decimal(1000), Decimal(5000), None])
        self.assertEqual(
            rule.tier_ids.mapped("meaning"),
            ["up to and including 1,000", "above 1,000 up to and including 5,000", "above 5,000"],
        )
        self.assertEqual(rule.tier_ids.mapped("capacity"), [Decimal(1000), Decimal(4000), None])

    def test_keep_their_sizes_when_one_of_them_changes(self):
        rule = self.make("1000", "4000", "500.5", None)
        rule.tier_ids[1].capacity = "1"
        self.assertEqual(self.get_bounds(rule), [Decimal(1000), Decimal(1001), Decimal("1501.5"), None])

    def test_of_nothing_are_refused(self):
        with self.refused("a tier ends at 0"):
            self.make("0", None)
        with self.refused("tier 2 ends where the one before it does"):
            self.make("10", "0", None)
        with self.refused("a tier ends at -5"):
            self.make("-5", None)

    def test_are_typed_on_the_form(self):
        form = Form(self.env["cloud.price.rule"].with_context(default_version_id=self.version.id))
        form.charge_model = "graduated"
        form.tier_entry = "capacities"
        for size in ("1000", "4000"):
            with form.tier_ids.new() as tier:
                tier.capacity, tier.unit_price = size, "1"
        with form.tier_ids.new() as tier:
            tier.unit_price = "0.5"
        rule = form.save()
        self.assertEqual(self.get_bounds(rule), [Decimal(1000), Decimal(5000), None])
        with Form(rule) as form, form.tier_ids.edit(0) as tier:
            tier.capacity = "2000"
        self.assertEqual(self.get_bounds(rule), [Decimal(2000), Decimal(6000), None])
        with Form(rule) as form:
            form.tier_ids.remove(0)
        self.assertEqual(self.get_bounds(rule), [Decimal(4000), None])


@tagged("post_install", "-at_install")
class TestWhatAPriceComesTo(TermsCase):
    """Examples and the chart are worked out by the engine while the terms are typed."""

    def test_of_a_unit_price(self):
        rule = self.rule(unit_price="0.40", conversion_denominator="1000", product_id=self.metered.id)
        # 100 thousand x 0.40
        self.assertEqual(rule.example, f"100,000 GB-Months cost 40.00 {self.money}")

    def test_of_a_ladder_at_the_bound_and_in_each_direction(self):
        rule = self.ladder(
            ("1000", "0.10", None), ("5000", "0.08", None), (None, "0.05", None), product_id=self.metered.id
        )
        # 100.00; 100.00 + 500 x 0.08; 100.00 + 4,000 x 0.08 + 1,000 x 0.05
        self.assertEqual(
            rule.example.splitlines(),
            [
                f"1,000 GB-Months cost 100.00 {self.money}",
                f"1,500 GB-Months cost 140.00 {self.money}",
                f"6,000 GB-Months cost 470.00 {self.money}",
            ],
        )

    def test_of_packages_a_percentage_and_a_cost(self):
        vals = {"product_id": self.metered.id}
        package = self.rule(charge_model="package", unit_price="5", block_size="100", **vals)
        self.assertEqual(
            package.example.splitlines(),
            [f"100 GB-Months cost 5.00 {self.money}", f"150 GB-Months cost 10.00 {self.money}"],
        )
        self.assertEqual(package.price_chart["points"][-1], ["500", "25.00"])
        self.version.rule_ids.unlink()
        share = self.rule(charge_model="percentage", percent="2.5", fixed_per_event="0.30", product_id=self.payments.id)
        # 1,000 x 2.5 % + 10 x 0.30
        self.assertEqual(share.example, f"10 events worth 1,000.00 {self.money} in all cost 28.00 {self.money}")
        self.assertEqual(share.price_chart["x_label"], f"events of 100.00 {self.money}")
        self.assertEqual(share.price_chart["points"][-1], ["20", "56.00"])
        # The first 10 are free: 20 events, of which 10 are charged; without a term about single events: 1,000 x 2.5 %
        share.free_events = 10
        self.assertEqual(share.example, f"20 events worth 2,000.00 {self.money} in all cost 28.00 {self.money}")
        share.write({"free_events": 0, "fixed_per_event": None})
        self.assertEqual(share.example, f"Usage worth 1,000.00 {self.money} costs 25.00 {self.money}")
        share.write({"charge_model": "cost_plus", "percent": "20"})
        self.assertEqual(share.example, f"A cost of 100.00 {self.money} becomes 120.00 {self.money}")
        share.charge_model = "dynamic"
        self.assertEqual(share.example, f"Usage worth 100.00 {self.money} costs 100.00 {self.money}")

    def test_is_empty_while_the_terms_are_incomplete(self):
        rule = self.env["cloud.price.rule"].new({"version_id": self.version.id})
        for vals in ({}, {"charge_model": "package"}, {"charge_model": "graduated"}, {"charge_model": "percentage"}):
            rule.update(vals)
            self.assertEqual((rule.example, rule.price_chart), ("", False), vals)

    def test_stays_while_the_next_row_is_begun(self):
        ladder = self.ladder(("1000", "0.10", None), (None, "0", None))
        typed = ladder.new(origin=ladder)
        typed.tier_ids = [*((4, tier.id) for tier in typed.tier_ids), (0, 0, {})]
        # Above 1,000 everything is free: a price of 0 is no blank.
        self.assertEqual(typed.example.splitlines()[-1], f"1,500 unit cost 100.00 {self.money}")
        self.version.rule_ids.unlink()
        matrix = self.env["cloud.price.rule"].new(
            {
                "version_id": self.version.id,
                "charge_model": "matrix",
                "dimension_1": "region",
                "cell_ids": self.tiers({"value_1": "eu", "unit_price": "1"}, {}),
            }
        )
        self.assertEqual(matrix.example, f"eu: 100 unit cost 100.00 {self.money}")

    def test_is_told_while_it_is_typed(self):
        form = Form(self.env["cloud.price.rule"].with_context(default_version_id=self.version.id))
        form.product_id = self.metered
        form.unit_price = "2"
        self.assertEqual(form.example, f"100 GB-Months cost 200.00 {self.money}")
        form.minimum = "500"
        self.assertEqual(form.example, f"100 GB-Months cost 500.00 {self.money}")

    def test_the_chart_has_the_bounds_and_a_bounded_number_of_points(self):
        rule = self.ladder(
            ("1000", "0.10", None), ("5000", "0.08", "5"), (None, "0.05", None), product_id=self.metered.id
        )
        chart = rule.price_chart
        self.assertEqual((chart["x_label"], chart["y_label"]), ("GB-Months", self.money))
        self.assertEqual((chart["points"][0], chart["points"][-1]), (["0", "0.00"], ["7500", "550.00"]))
        # Right above 1,000 the 5.00 of the second tier is due: the line jumps.
        self.assertIn(["1000", "100.00"], chart["points"])
        self.assertIn(["1003.75", "105.30"], chart["points"])
        long = self.ladder(
            *((str(number), "1", None) for number in range(1, 301)), (None, "1", None), product_id=self.recurring.id
        )
        self.assertLess(len(long.price_chart["points"]), 170)

    def test_there_is_no_chart_of_a_cost_or_of_prices_in_the_rows(self):
        self.assertFalse(self.rule(charge_model="cost_plus", percent="20").price_chart)
        self.assertFalse(self.rule(charge_model="dynamic", product_id=self.payments.id).price_chart)

    def test_the_charge_models_offered_are_those_that_can_price_the_product(self):
        usage = self.rule(unit_price="1", product_id=self.metered.id).charge_model_choices
        seats = self.rule(unit_price="1", product_id=self.recurring.id).charge_model_choices
        self.assertIn("percentage", usage)
        self.assertNotIn("percentage", seats)
        self.assertTrue(seats["per_unit"]["is_common"])
        self.assertFalse(usage["dynamic"]["is_common"])
        for name, choice in usage.items():
            self.assertTrue(choice["description"], name)


@tagged("post_install", "-at_install")
class TestAMatrix(TermsCase):
    def matrix(self, *cells, **vals):
        """A matrix by region and SKU; cells: (region, SKU, price)."""
        return self.rule(
            **{
                "charge_model": "matrix",
                "dimension_1": "region",
                "dimension_2": "sku",
                "product_id": self.metered.id,
                "cell_ids": self.tiers(
                    *({"value_1": region, "value_2": sku, "unit_price": price} for region, sku, price in cells)
                ),
                **vals,
            }
        )

    def get_shares(self, *shares):
        """The facts of usage by region and SKU: (region, SKU, quantity)."""
        return tuple(
            DimensionQuantity((("region", region), ("sku", sku)), Decimal(quantity)) for region, sku, quantity in shares
        )

    def test_prices_each_combination_by_the_row_that_names_most_of_it(self):
        rule = self.matrix(("eu", "large", "0.20"), ("eu", False, "0.10"), ("us", False, "0.15"), rest_price="0.50")
        self.assertEqual(rule.summary, f"3 prices by region, SKU ({self.money} per GB-Months), the rest at 0.50")
        shares = self.get_shares(("eu", "large", 10), ("eu", "small", 20), ("us", "large", 4), ("asia", "large", 2))
        # 10 x 0.20 + 20 x 0.10 + 4 x 0.15 + 2 x 0.50
        self.assertEqual(self.amount(rule, "36", dimensions=shares), Decimal("5.60"))

    def test_shows_the_checker_every_row(self):
        rule = self.matrix(("eu", "large", "0.20"), ("us", False, "0.15"))
        self.assertEqual(rule._get_effect_text().splitlines()[1:], ["eu, large: 0.20", "us: 0.15"])

    def test_the_first_of_two_equally_fitting_rows_wins(self):
        rule = self.matrix((False, "large", "0.20"), ("eu", False, "0.10"))
        shares = self.get_shares(("eu", "large", 10))
        self.assertEqual(self.amount(rule, "10", dimensions=shares), Decimal("2.00"))
        rule.cell_ids[0].sequence = 20
        self.assertEqual(self.amount(rule, "10", dimensions=shares), Decimal("1.00"))

    def test_by_a_tag(self):
        rule = self.matrix(("prod", False, "2"), dimension_1="tag", tag_1="environment", dimension_2=False)
        self.assertEqual(rule._get_terms().cells, (MatrixCell((("tag:environment", "prod"),), Decimal(2)),))
        self.assertEqual(rule.cell_labels, {"value_1": "Tag environment"})
        self.assertEqual(rule.example, f"prod: 100 GB-Months cost 200.00 {self.money}")

    def test_names_dimensions_that_usage_is_taken_apart_by(self):
        for name, _label in DIMENSIONS:
            self.assertTrue(is_dimension("tag:x" if name == "tag" else name), name)

    def test_is_refused_where_it_cannot_price(self):
        eu = ("eu", False, "1")
        for sentence, cells, vals in (
            ("a matrix needs prices. Add a row", (), {}),
            ("a matrix needs a dimension .* Choose the first one", (eu,), {"dimension_1": False, "dimension_2": False}),
            ("which tag", (eu,), {"dimension_1": "tag"}),
            ("row 1 has a value for a dimension that was not chosen", (("eu", "x", "1"),), {"dimension_2": False}),
            ("row 2 names no value", (eu, (False, " ", "1")), {}),
            ("two of its dimensions are the same", (("eu", "us", "1"),), {"dimension_2": "region"}),
            ("rows 1 and 3 are for the same values. Delete one", (eu, ("us", False, "1"), eu), {}),
            ("names the charge kind use, which no usage has. Choose from usage,", (("use", False, "1"),),
             {"dimension_1": "charge_kind"}),
            ("Support is not metered", (eu,), {"product_id": self.recurring.id}),
        ):  # fmt: skip
            with self.refused(f"Price .*: .*{sentence}|Price .*: {sentence}"):
                self.matrix(*cells, **vals)

    def test_is_typed_on_the_form(self):
        form = Form(self.env["cloud.price.rule"].with_context(default_version_id=self.version.id))
        form.product_id = self.metered
        form.charge_model = "matrix"
        form.dimension_1 = "region"
        with form.cell_ids.new() as cell:
            cell.value_1, cell.unit_price = "eu", "0.10"
        self.assertEqual(form.example, f"eu: 100 GB-Months cost 10.00 {self.money}")
        form.dimension_2 = "sku"
        form.dimension_1 = False
        self.assertEqual((form.dimension_1, form.dimension_2), ("sku", False))
        self.assertEqual(form.save().cell_ids.value_1, "eu")

    def test_prices_by_dimension_are_loaded_with_one_statement_for_any_number_of_rules(self):
        few, many = self.make_matrices(2), self.make_matrices(20)
        self.count_terms(few)
        self.assertEqual(self.count_terms(many), self.count_terms(few))

    def make_matrices(self, count):
        products = [self.make_product(f"P{number}", "metered", cloud_meter_id=self.meter.id) for number in range(count)]
        return self.env["cloud.price.rule"].union(
            *(self.matrix(("eu", "x", "1"), ("us", "x", "2"), product_id=product.id) for product in products)
        )

    def count_terms(self, rules):
        """Statements to read the terms of rules that are in no cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        rules = rules.search_fetch([("id", "in", rules.ids)], rules._get_candidate_fields())
        rules.version_id.fetch(["name"])
        rules._prefetch_terms()
        self.assertTrue(all(rule._get_terms().cells for rule in rules))
        return self.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestAFormula(TermsCase):
    def formula(self, text, **vals):
        return self.rule(charge_model="formula", formula=text, **vals)

    def test_prices_what_it_says(self):
        rule = self.formula("max(10, quantity * 0.05 + 2)", product_id=self.metered.id)
        self.assertEqual(rule.summary, "formula: max(10, quantity * 0.05 + 2)")
        # 1,500 x 0.05 + 2
        self.assertEqual(self.amount(rule, "1500"), Decimal("77.00"))
        # max(10, 100 x 0.05 + 2)
        self.assertEqual(rule.example, f"With quantity = 100: 10.00 {self.money}")
        self.assertIn(["10", "10.00"], rule.price_chart["points"])

    def test_may_name_what_rating_gives_it(self):
        rule = self.formula("cost * 1.1 + seats * 2 + days / period_days", cost_basis="cost_list")
        # 100 x 1.1 + 5 x 2 + 30 / 30
        self.assertEqual(rule.example, f"With cost = 100, seats = 5, days = 30, period_days = 30: 121.00 {self.money}")
        self.assertEqual(rule._get_terms().cost_basis, "list")
        self.assertIn("(on the list cost)", rule.summary)
        self.assertFalse(rule.price_chart)

    def test_of_the_quantity_alone_prices_what_was_agreed_too(self):
        seats = self.formula("min(quantity, 10) * 5", product_id=self.recurring.id)
        self.assertEqual(seats._get_billing_models(), {"one_time", "recurring", "metered", "instalment"})
        with self.refused("Support is not metered"):
            self.formula("quantity + value", product_id=self.recurring.id)

    def test_is_refused_with_the_place_and_the_remedy(self):
        for text, sentence in {
            "": "Formula is missing",
            "quantity *": "at character 11 of the formula stands the end where a number, a name or a bracket is",
            "quantity 2": r'at character 10 of the formula stands "2" where one of \+ - \* / or the end is expected',
            "(quantity": r'at character 10 of the formula stands the end where "\)" is expected',
            "quantity # 2": r'the formula cannot hold "#", at character 10',
            "sum(1, 2)": r'the formula knows no "sum\(..\)", at character 1. It knows min, max, round',
            "max(quantity)": '"max" at character 1 of the formula has 1 values in its brackets and needs 2',
            "quantity / 0": "divides by zero, at character 10",
            "round(quantity, 0)": "rounds to a multiple of 0 or less, at character 1",
            "quantity * pric": 'the formula names "pric", at character 12, which nothing is called. It may name quant',
            "1" * 41: "has more than 40 digits",
            "1+" * 300 + "1": "longer than 500 characters",
            "(" * 21 + "1" + ")" * 21: "more than 20 brackets within each other",
        }.items():
            with self.refused(f"Price Any product: {sentence}|Price Any product: the .*{sentence}"):
                self.formula(text)

    def test_says_what_is_wrong_while_it_is_typed(self):
        form = Form(self.env["cloud.price.rule"].with_context(default_version_id=self.version.id))
        form.charge_model = "formula"
        self.assertFalse(form.formula_problem)
        form.formula = "quantity *"
        self.assertIn("at character 11", form.formula_problem)
        self.assertFalse(form.example)
        form.formula = "quantity * pric"
        self.assertIn('names "pric"', form.formula_problem)
        self.assertFalse(form.example)
        form.formula = "quantity * 2"
        self.assertEqual(form.example, f"With quantity = 100: 200.00 {self.money}")
        self.assertFalse(form.formula_problem)
        self.assertIn("seats: the quantity agreed on the subscription line", form.formula_names)


@tagged("post_install", "-at_install")
class TestAPriceOfAPricelist(TermsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recurring.list_price = 100
        cls.pricelist = cls.env["product.pricelist"].create(
            {
                "name": "Partners",
                "currency_id": cls.plan.currency_id.id,
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 12.3, "applied_on": "3_global"}),
                    (
                        0,
                        0,
                        {"compute_price": "fixed", "fixed_price": 80.1, "applied_on": "3_global", "min_quantity": 10},
                    ),
                ],
            }
        )
        cls.reduced = cls.pricelist.item_ids.filtered(lambda item: item.compute_price == "percentage")
        cls.fixed = cls.pricelist.item_ids - cls.reduced

    def listed(self, **vals):
        vals = {"product_id": self.recurring.id, "pricelist_id": self.pricelist.id, **vals}
        return self.rule(charge_model="pricelist", **vals)

    def test_is_read_when_the_rule_is_written(self):
        rule = self.listed(unit_price="1")
        # 100 less 12.3 %; what was typed for the price is not the pricelist's.
        self.assertEqual(rule.unit_price, Decimal("87.7"))
        self.assertEqual(rule.summary, f"87.70 {self.money} per unit (pricelist Partners)")
        rule.pricelist_quantity = "10"
        self.assertEqual(rule.unit_price, Decimal("80.1"))
        self.assertIn("its price for 10", rule.summary)
        rule.unit_price = "1"
        self.assertEqual(rule.unit_price, Decimal("80.1"))

    def test_is_that_of_the_first_day(self):
        # Of two items that fit equally well Odoo takes the younger one.
        self.reduced.copy({"date_start": "2026-06-01", "percent_price": 50})
        self.assertEqual(self.listed().unit_price, Decimal("87.7"))
        self.version.rule_ids.unlink()
        self.assertEqual(self.listed(date_start="2026-06-02").unit_price, Decimal(50))

    def test_in_another_currency_than_the_plan_is_refused(self):
        # Odoo gives the fixed price of an item in the pricelist's currency, whatever currency it is asked for.
        other = self.env.ref("base.EUR" if self.money != "EUR" else "base.USD")
        other.active = True
        self.pricelist.currency_id = other
        with self.refused(
            f"Price Support: the pricelist Partners is in {other.name} and the price plan in {self.money}. Choose a "
            f"pricelist in {self.money}"
        ):
            self.listed()

    def test_names_the_pricelist_in_the_workings(self):
        terms = self.listed(name="Support")._get_terms("recurring")
        self.assertEqual((terms.charge_model, terms.rule.rule_name), ("flat", "Support (Partners)"))
        usage = self.listed(product_id=self.metered.id)._get_terms("metered")
        self.assertEqual(usage.charge_model, "per_unit")

    def test_is_read_again_when_the_version_is_approved_and_stays_from_then_on(self):
        rule = self.listed()
        self.reduced.percent_price = 20
        self.assertEqual(rule.unit_price, Decimal("87.7"))
        self.version.action_approve_directly()
        self.assertEqual(rule.unit_price, Decimal(80))
        self.env.flush_all()
        self.set_company_state("live")
        self.reduced.percent_price = 30
        self.env.invalidate_all()
        self.assertEqual(rule.unit_price, Decimal(80))
        with self.refused("was approved"):
            rule.unit_price = "1"

    def test_is_refused_where_it_makes_no_sense(self):
        with self.refused("Price Any product: a pricelist says the price of one product. Choose the product"):
            self.listed(product_id=False)
        with self.refused("Price Support: which pricelist says the price"):
            self.listed(pricelist_id=False)

    def test_a_float_of_odoo_becomes_the_number_that_it_shows(self):
        # 0.1 + 0.2 is 0.30000000000000004 in binary arithmetic.
        self.patch(self.env.registry["product.pricelist"], "_get_product_price", lambda *args, **kwargs: 0.1 + 0.2)
        self.assertEqual(self.listed().unit_price, Decimal("0.3"))

    def test_is_shown_while_it_is_chosen(self):
        form = Form(self.env["cloud.price.rule"].with_context(default_version_id=self.version.id))
        form.charge_model = "pricelist"
        form.product_id = self.recurring
        form.pricelist_id = self.pricelist
        self.assertEqual(form.unit_price, "87.7")


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
