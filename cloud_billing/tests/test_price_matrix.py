"""A price by the values of dimensions."""

from decimal import Decimal

from odoo.tests import Form, tagged

from ..engine.rating import DimensionQuantity, MatrixCell
from ..models.catalog.meter_dimensions import DIMENSIONS
from ..models.usage.usage_dimensions import is_dimension
from .terms_common import TermsCase


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

        def read():
            found = rules.search_fetch([("id", "in", rules.ids)], rules._get_candidate_fields())
            found.version_id.fetch(["name"])
            found._prefetch_terms()
            self.assertTrue(all(rule._get_terms().cells for rule in found))

        return self.count_statements_of(read)
