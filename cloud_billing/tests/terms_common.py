"""What the tests of the terms of a price share."""

from datetime import date
from decimal import Decimal

from ..engine.rating import RatingFacts, rate
from .test_price_rules import RuleCase


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
