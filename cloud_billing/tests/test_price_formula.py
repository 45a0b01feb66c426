"""A price that a formula gives."""

from decimal import Decimal

from odoo.tests import Form, tagged

from .terms_common import TermsCase


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
