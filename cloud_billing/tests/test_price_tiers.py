"""Tiers that are entered by their sizes, and what a price comes to while it is entered."""

from decimal import Decimal

from odoo.tests import Form, tagged

from .terms_common import TermsCase


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
