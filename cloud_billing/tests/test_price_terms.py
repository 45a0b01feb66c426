"""The terms of a price: each charge model as it is entered, read, approved and given to the engine."""

from datetime import date
from decimal import Decimal

from odoo.models import MAGIC_COLUMNS
from odoo.tests import Form, tagged

from ..engine.rating import PRICERS, RatingFacts, rate
from .test_price_rules import RuleCase

# What says nothing about a price: order on screen, owner, how tiers were typed, and what is derived.
_NO_TERMS = {"sequence", "version_id", "rule_id", "plan_id", "company_id", "scope_hash", "tier_entry"}


class TermsCase(RuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money = cls.plan.currency_id.name

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
            if field.store and field.column_type and field.name not in {*MAGIC_COLUMNS, *_NO_TERMS}
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

    def test_every_column_of_a_rule(self):
        rule = self.rule(unit_price="1", name="Disk")
        content = rule._get_content()
        for field in self.get_columns("cloud.price.rule"):
            other = rule.new(origin=rule)
            other[field.name] = self.get_other(rule, field)
            self.assertNotEqual(other._get_content(), content, field.name)

    def test_every_column_of_a_tier(self):
        rule = self.ladder(("100", "0.10", None), (None, "0.08", None))
        content = rule._get_content()
        for field in self.get_columns("cloud.price.tier"):
            other = rule.new(origin=rule)
            tier = other.tier_ids[0]
            tier[field.name] = self.get_other(tier, field)
            self.assertNotEqual(other._get_content(), content, field.name)

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
            self.assertIn(name, PRICERS, label)

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
            event_maximum="20", product_id=self.metered.id,
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
        rule = self.rule(charge_model="percentage", percent="2", free_amount="1000", product_id=self.metered.id)
        self.assertEqual(rule.summary, f"2 % of the value, 1,000.00 {self.money} of value free")
        # (1,500 - 1,000) x 2 %
        self.assertEqual(self.amount(rule, value=Decimal(1500)), Decimal("10.00"))

    def test_graduated_percentage_takes_each_part_of_the_value_at_its_percentage(self):
        rule = self.rule(
            charge_model="graduated_percentage",
            tier_ids=self.tiers({"up_to": "1000", "percent": "3"}, {"percent": "2", "flat_amount": "5"}),
            product_id=self.metered.id,
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
        rule = self.rule(charge_model="dynamic", product_id=self.metered.id)
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
            self.rule(charge_model="percentage", product_id=self.metered.id)
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
        self.assertIn(f"100 GB-Months cost 5.00 {self.money}", package.example)
        self.assertIn(f"150 GB-Months cost 10.00 {self.money}", package.example)
        self.version.rule_ids.unlink()
        share = self.rule(charge_model="percentage", percent="2.5", fixed_per_event="0.30", **vals)
        # 1,000 x 2.5 % + 10 x 0.30
        self.assertEqual(share.example, f"10 events worth 1,000.00 {self.money} in all cost 28.00 {self.money}")
        share.write({"charge_model": "cost_plus", "percent": "20"})
        self.assertEqual(share.example, f"A cost of 100.00 {self.money} becomes 120.00 {self.money}")
        share.charge_model = "dynamic"
        self.assertEqual(share.example, f"Usage worth 100.00 {self.money} costs 100.00 {self.money}")

    def test_is_empty_while_the_terms_are_incomplete(self):
        rule = self.env["cloud.price.rule"].new({"version_id": self.version.id})
        for vals in ({}, {"charge_model": "package"}, {"charge_model": "graduated"}, {"charge_model": "percentage"}):
            rule.update(vals)
            self.assertEqual((rule.example, rule.price_chart), ("", False), vals)

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
        self.assertFalse(self.rule(charge_model="dynamic", product_id=self.metered.id).price_chart)

    def test_the_charge_models_offered_are_those_that_can_price_the_product(self):
        usage = self.rule(unit_price="1", product_id=self.metered.id).charge_model_choices
        seats = self.rule(unit_price="1", product_id=self.recurring.id).charge_model_choices
        self.assertIn("percentage", usage)
        self.assertNotIn("percentage", seats)
        self.assertTrue(seats["per_unit"]["is_common"])
        self.assertFalse(usage["dynamic"]["is_common"])
        for name, choice in usage.items():
            self.assertTrue(choice["description"], name)
