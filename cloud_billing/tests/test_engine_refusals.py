from datetime import date
from decimal import Decimal

from odoo.tests import TransactionCase, tagged

from ..engine.rating import DimensionQuantity, MatrixCell, RatingError, RatingFacts, Terms, rate
from ..models.billing.pricing.engine_refusals import refuse_engine

ITEM = {"line_name": "Calls", "customer_name": "Acme", "plan_name": "Telephony", "plan_id": 7, "product_id": 8}
MATRIX = Terms("matrix", cells=(MatrixCell((("region", "eu"),), Decimal(1)),))


@tagged("post_install", "-at_install")
class TestWhatTheEngineRefuses(TransactionCase):
    """Each refusal names the line and the customer, what is wrong and what to do."""

    def refuse(self, terms, quantity=None, **values):
        """The reason that a price which cannot be worked out gives."""
        facts = RatingFacts(
            quantity=None if quantity is None else Decimal(quantity),
            unit="call",
            currency="EUR",
            rounding=Decimal("0.01"),
            service_start=date(2026, 3, 1),
            service_end=date(2026, 4, 1),
            **{"rows": 3, **values},
        )
        with self.assertRaises(RatingError) as refusal:
            rate(terms, facts)
        refused = refuse_engine(refusal.exception, ITEM)
        return {"code": refused.code, **refused.facts}

    def tell(self, *args, **values):
        return self.env["cloud.bill.reason"]._get_sentence(self.refuse(*args, **values))

    def test_a_combination_without_a_price_is_named(self):
        shares = (DimensionQuantity((("region", "asia"), ("sku", "")), Decimal(2)),)
        reason = self.refuse(MATRIX, "2", dimensions=shares)
        self.assertEqual(
            self.env["cloud.bill.reason"]._get_sentence(reason),
            "Calls of Acme has no price for region asia, sku -: its price in Telephony is a table without a row for "
            "these values. Add the row, or a price for the rest, have it approved, then recalculate.",
        )
        action = self.env["cloud.bill.reason"]._get_action(reason)
        self.assertEqual((action["res_model"], action["res_id"]), ("cloud.price.plan", 7))

    def test_a_formula_names_what_it_lacks_and_where_it_fails(self):
        self.assertIn(
            "asks for gb, and nothing is known of it", self.tell(Terms("formula", formula="quantity + gb"), "1")
        )
        self.assertIn(
            "1 / (quantity - 1), divides by zero at character 3.",
            self.tell(Terms("formula", formula="1 / (quantity - 1)"), "1"),
        )
        self.assertIn(
            "rounds to a step of -1 at character 1.", self.tell(Terms("formula", formula="round(1, quantity)"), "-1")
        )

    def test_rows_without_the_number_that_the_price_needs(self):
        self.assertIn("none of them has a quantity", self.tell(Terms("per_unit", unit_price=Decimal(1))))
        self.assertIn("its usage rows have none", self.tell(Terms("cost_plus", percent=Decimal(1)), "1"))
        self.assertIn("its usage rows say none", self.tell(Terms("dynamic"), "1"))
        self.assertIn(
            "only their total is known",
            self.tell(Terms("percentage", fixed_per_event=Decimal(1)), "1", value=Decimal(5)),
        )

    def test_a_refusal_without_words_of_its_own_still_says_what_and_where(self):
        sentence = self.tell(Terms("flat", unit_price=Decimal(1)), "-1")
        self.assertIn("Calls cannot be priced (quantity_negative", sentence)

    def test_its_facts_can_be_stored(self):
        reason = self.refuse(MATRIX, "2", dimensions=(DimensionQuantity((("region", "asia"),), Decimal(2)),))
        self.assertTrue(all(value is None or isinstance(value, (str, int)) for value in reason.values()))
