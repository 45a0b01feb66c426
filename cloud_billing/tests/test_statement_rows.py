from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tests import TransactionCase, tagged

from ..engine.rating import DimensionQuantity, MatrixCell, RatingFacts, RuleFacts, Terms, Tier, rate
from ..models.billing.telling.explanation_text import tell_statement, tell_workings
from ..models.billing.telling.invoice_text import get_line_text

RULE = RuleFacts(1, "Calls", "Telephony", "2026", "everyone")


def tier(up_to, flat_amount="0", percent=None):
    return Tier(
        None if up_to is None else Decimal(up_to),
        Decimal(0),
        Decimal(flat_amount),
        None if percent is None else Decimal(percent),
    )


PACKAGE = Terms("package", unit_price=Decimal(5), block_size=Decimal(100), free_units=Decimal(100), rule=RULE)
STEPS = Terms("stairstep", tiers=(tier("10", "49"), tier("50", "99"), tier(None, "199")), rule=RULE)
CARDS = Terms(
    "percentage",
    percent=Decimal("1.2"),
    fixed_per_event=Decimal("0.10"),
    free_events=1,
    event_minimum=Decimal("0.50"),
    event_maximum=Decimal(10),
    rule=RULE,
)
VALUE_LADDER = Terms(
    "graduated_percentage", tiers=(tier("1000", "200", percent="1"), tier(None, "0", percent="2")), rule=RULE
)
MATRIX = Terms(
    "matrix",
    cells=(
        MatrixCell((("region", "eu"), ("sku", "large")), Decimal("0.20")),
        MatrixCell((("region", ""),), Decimal("0.15")),
    ),
    rest_price=Decimal("0.50"),
    rule=RULE,
)
FORMULA = Terms("formula", formula="max(10, quantity * 0.05 + gb)", rule=RULE)


def facts(quantity=None, **values):
    return RatingFacts(
        quantity=None if quantity is None else Decimal(quantity),
        unit="call",
        currency="EUR",
        rounding=Decimal("0.01"),
        service_start=date(2026, 3, 1),
        service_end=date(2026, 4, 1),
        **values,
    )


EVENTS = facts("4", events=(Decimal(30), Decimal(20), Decimal(100), Decimal(5000)))
SHARES = facts(
    "35",
    dimensions=(
        DimensionQuantity((("region", "eu"), ("sku", "large")), Decimal(10)),
        DimensionQuantity((("region", ""), ("sku", "large")), Decimal(20)),
        DimensionQuantity((("region", "us"), ("sku", "large")), Decimal(5)),
    ),
)


@tagged("post_install", "-at_install")
class TestWhatAnInvoiceLineSays(TransactionCase):
    """Without its first line, the name, and its last, the period."""

    def lines(self, terms, given):
        statement = rate(terms, given).statement
        return get_line_text(self.env, "Calls", statement).splitlines()[1:-1]

    def test_of_a_package_the_quantity_and_the_blocks(self):
        self.assertEqual(
            self.lines(PACKAGE, facts("201")), ["201 call", "2 × 5.00 EUR for 100 call each, after 100 call free"]
        )
        self.assertEqual(
            self.lines(replace(PACKAGE, free_units=None), facts("201"))[1], "3 × 5.00 EUR for 100 call each"
        )

    def test_of_a_stairstep_the_step(self):
        self.assertEqual(self.lines(STEPS, facts("12")), ["12 call", "99.00 EUR up to 50 call"])
        self.assertEqual(self.lines(STEPS, facts("60")), ["60 call", "199.00 EUR above 50 call"])

    def test_of_a_percentage_value_fees_and_what_minimum_and_maximum_did(self):
        # 30 is free; 0.24 + 0.10 -> 0.50; 1.20 + 0.10; 60.00 + 0.10 -> 10.00
        self.assertEqual(
            self.lines(CARDS, EVENTS),
            [
                "1.2 % of 5,150.00 EUR, less 30.00 EUR free",
                "3 × 0.10 EUR, after 1 free",
                "1 raised to the minimum of 0.50 EUR each: 0.16 EUR",
                "1 lowered to the maximum of 10.00 EUR each: -50.10 EUR",
            ],
        )

    def test_of_a_ladder_of_percentages_each_tier(self):
        self.assertEqual(
            self.lines(VALUE_LADDER, facts(value=Decimal(1050))),
            ["1 % of 1,000.00 EUR", "200.00 EUR once", "2 % of 50.00 EUR"],
        )

    def test_of_a_matrix_each_cell_and_the_rest(self):
        self.assertEqual(
            self.lines(MATRIX, SHARES),
            [
                "eu, large: 10 call × 0.20 EUR",
                "no region: 20 call × 0.15 EUR",
                "Other: 5 call × 0.50 EUR",
            ],
        )

    def test_of_a_formula_and_of_prices_in_the_usage_the_quantity_alone(self):
        given = facts("1500", variables=(("gb", Decimal(2)),))
        self.assertEqual(self.lines(FORMULA, given), ["1,500 call"])
        self.assertEqual(self.lines(Terms("dynamic"), facts("22", value=Decimal("3.45"))), ["22 call"])


@tagged("post_install", "-at_install")
class TestWhatTheExplanationSays(TransactionCase):
    def tell(self, terms, given):
        """{table: {label: value}} of the workings."""
        workings = rate(terms, given).workings
        return {title: dict(rows) for title, rows in tell_workings(self.env, workings)}

    def test_of_a_package_its_terms_and_its_blocks(self):
        told = self.tell(PACKAGE, facts("201"))
        price = told["The price that applies"]
        self.assertEqual(price["Price per block of 100"], "5.00 EUR")
        self.assertEqual(price["What is charged"], "every started block")
        self.assertEqual(price["Free units"], "100")
        self.assertEqual(told["Arithmetic"]["Blocks"], "2 × 5.00 EUR for 100 each, after 100 free = 10.00 EUR")

    def test_of_a_percentage_the_value_and_not_a_cost(self):
        told = self.tell(CARDS, EVENTS)
        price = told["The price that applies"]
        self.assertEqual(price["Of the value"], "1.2 %")
        self.assertEqual((price["Per event"], price["Free events"]), ("0.10 EUR", "1"))
        self.assertEqual((price["At least per event"], price["At most per event"]), ("0.50 EUR", "10.00 EUR"))
        self.assertNotIn("On the cost", price)
        self.assertEqual(told["Arithmetic"]["Events"], "4")
        self.assertEqual(told["Arithmetic"]["Percentage"], "1.2 % of 5,150.00 EUR, less 30.00 EUR free = 61.44 EUR")

    def test_of_steps_and_of_a_ladder_of_percentages_each_tier(self):
        self.assertEqual(self.tell(STEPS, facts("12"))["The price that applies"]["Tier up to 10"], "49.00 EUR")
        self.assertEqual(self.tell(STEPS, facts("12"))["Arithmetic"]["Step 2"], "99.00 EUR up to 50 = 99.00 EUR")
        told = self.tell(VALUE_LADDER, facts(value=Decimal(1050)))
        self.assertEqual(told["The price that applies"]["Tier up to 1,000"], "1 % and 200.00 once")
        self.assertEqual(told["Arithmetic"]["Value"], "1,050.00 EUR")
        self.assertEqual(told["Arithmetic"]["Tier 2"], "2 % of 50.00 EUR = 1.00 EUR")

    def test_of_a_matrix_the_prices_and_the_shares(self):
        told = self.tell(MATRIX, SHARES)
        self.assertEqual(told["The price that applies"]["eu, large"], "0.20 EUR")
        self.assertEqual(told["The price that applies"]["Other"], "0.50 EUR")
        self.assertEqual(told["Arithmetic"]["us, large"], "5")

    def test_of_a_formula_its_text_and_its_numbers(self):
        told = self.tell(FORMULA, facts("1500", variables=(("gb", Decimal(2)),)))
        self.assertEqual(told["The price that applies"]["Formula"], "max(10, quantity * 0.05 + gb)")
        self.assertEqual(told["Arithmetic"]["gb"], "2")
        self.assertEqual(told["Arithmetic"]["Formula"], "max(10, 1500 * 0.05 + 2) = 77.00 EUR")

    def test_what_the_customer_sees_has_the_rows_with_their_amounts(self):
        rows = tell_statement(self.env, "Calls", rate(PACKAGE, facts("201")).statement)
        self.assertIn(("2 × 5.00 EUR for 100 call each, after 100 call free", "10.00 EUR"), rows)
