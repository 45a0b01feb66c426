import random
from calendar import monthrange
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo.tests import tagged

from .billing_common import BillingCase

SEED = 20260311
PRICES = ("12", "7.77", "0.35")
# Rounded once to a cent each, so a line is off by half a cent at most.
HALF_A_CENT = Fraction(1, 200)
# Division keeps 30 decimals; some dozen pieces add up.
ALMOST_NOTHING = Fraction(1, 10**24)


class Agreement:
    """The oracle: what was agreed of one line, day by day. Knows nothing of charges, stretches and corrections."""

    def __init__(self, start, quantity, price):
        self.start, self.end, self.price = start, None, Fraction(price)
        self.quantities = {start: Fraction(quantity)}

    def get_quantity(self, day):
        if day < self.start or (self.end and day >= self.end):
            return Fraction(0)
        return self.quantities[max(held for held in self.quantities if held <= day)]

    def get_price(self, day):
        return self.get_quantity(day) * self.price / monthrange(day.year, day.month)[1]


@tagged("post_install", "-at_install")
class TestEveryDayIsBilledOnceOrCredited(BillingCase):
    """Random sequences of quantities, ends and ends taken back, dated in past and future, with bill runs in between."""

    # As many bills as are posted at once.
    LINES = 25

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        products = [self.make_product(f"Seat {price}", "recurring") for price in PRICES]
        self.make_version(
            *({"product_id": one.id, "unit_price": price} for one, price in zip(products, PRICES, strict=True))
        )
        self.agreements = {}
        for number in range(self.LINES):
            place = number % len(PRICES)
            start = self.day("2026-01-01") + timedelta(days=self.random.randrange(60))
            quantity = self.random.randrange(20)
            line = {
                "product_id": products[place].id,
                "name": f"Seat {number}",
                "quantity": str(quantity),
                "timing": self.random.choice(["advance", "arrears"]),
            }
            subscription = self.make_subscription(self.make_customer(f"Customer {number}"), line, date_start=start)
            self.agreements[subscription.line_ids] = Agreement(start, quantity, PRICES[place])

    def change(self, line, agreement, today):
        """One random change, made here and in the oracle alike; of days before today, and after it."""
        kind = self.random.choice(["quantity", "quantity", "quantity", "end", "reopen"])
        day = max(today + timedelta(days=self.random.randrange(-60, 40)), agreement.start)
        if kind == "reopen":
            line._apply_end(None)
            agreement.end = None
        elif kind == "end" and day > agreement.start:
            line._apply_end(day, "credit")
            agreement.end = day
        elif kind == "quantity" and (agreement.end is None or day < agreement.end):
            quantity = self.random.choice([0, 1, 3, 10, 11, Decimal("2.5"), 40])
            line._apply_quantity(day, Decimal(quantity), "credit")
            agreement.quantities[day] = Fraction(quantity)

    def get_billed_days(self, line):
        """{day: [exact amount, quantity]} of what was posted, corrections included, and how much it was rounded."""
        days, total, count = {}, Fraction(0), 0
        for rated in self.env["cloud.rated.line"].search([("subscription_line_id", "=", line.id)]):
            self.assertEqual(rated.charge_id.state, "billed")
            length = (rated.service_end - rated.service_start).days
            for number in range(length):
                day = days.setdefault(rated.service_start + timedelta(days=number), [Fraction(0), Fraction(0)])
                day[0] += Fraction(rated.amount_exact) / length
                day[1] += Fraction(rated.quantity or 0)
            total += Fraction(rated.amount)
            count += 1
        return days, total, count

    def test_every_day_of_every_line_against_an_oracle_in_fractions(self):
        for cutoff in (
            "2026-02-01",
            "2026-02-20",
            "2026-03-01",
            "2026-04-01",
            "2026-04-15",
            "2026-05-01",
            "2026-06-01",
        ):
            for line, agreement in self.agreements.items():
                for _time in range(self.random.randrange(4)):
                    self.change(line, agreement, self.day(cutoff))
            self.post(self.make_run(cutoff))
        last = self.day("2026-06-01")
        corrections = self.env["cloud.charge"].search_count([("corrects_id", "!=", False)])
        self.assertGreater(corrections, self.LINES, "the sequences correct what was billed")
        for line, agreement in self.agreements.items():
            days, total, count = self.get_billed_days(line)
            expected = Fraction(0)
            day = agreement.start
            until = self.day("2026-07-01") if line.timing == "advance" else last
            while day < until:
                amount, quantity = days.pop(day, (Fraction(0), Fraction(0)))
                self.assertLess(abs(amount - agreement.get_price(day)), ALMOST_NOTHING, (line.name, day))
                self.assertEqual(quantity, agreement.get_quantity(day), (line.name, day))
                expected += agreement.get_price(day)
                day += timedelta(days=1)
            self.assertFalse([day for day, (amount, _quantity) in days.items() if amount], line.name)
            # What is given back to the last cent may move one line by what the others were rounded.
            self.assertLessEqual(abs(total - expected), HALF_A_CENT * (count + 1), line.name)
