"""What coupons may still take off the prices of one charge, and what they took. Plain values, no database."""

from dataclasses import dataclass, field
from decimal import Decimal

from ....engine.numbers import exact
from ....engine.rating import Adjustment, RuleFacts

_ZERO = Decimal(0)


@dataclass
class Purse:
    """Money that may still be taken off. One purse is shared by all who draw on the same limit."""

    rest: Decimal


@dataclass
class Grant:
    """One redemption, as far as it concerns one charge.

    purses: the limits it draws on, those of other charges among them. product_ids: what it is for, None: everything.
    period: the month of the redemption that the charge lies in, from 0. taken: what this charge's prices used of it.
    """

    redemption_id: int
    rule: RuleFacts
    label: str
    percent: Decimal | None
    amount: Decimal | None
    purses: list[Purse]
    product_ids: frozenset | None
    period: int
    taken: Decimal = field(default=_ZERO)

    @property
    def key(self):
        return self.rule.rule_id

    def make_adjustment(self):
        """The engine's Adjustment with what is left now, or None where nothing is."""
        limit = min((purse.rest for purse in self.purses), default=None)
        if limit is not None and limit <= 0:
            return None
        return Adjustment(
            rule=self.rule,
            percent=None if self.percent is None else -self.percent,
            amount=None if self.amount is None else -min(self.amount, limit),
            limit=limit,
            label=self.label,
            is_discount=True,
        )

    def take(self, money):
        with exact():
            self.taken += money
            for purse in self.purses:
                purse.rest -= money


@dataclass
class ChargeDiscounts:
    """The coupons of one charge, in the shape of `charge_discounts.NoDiscounts`. product_id: of the charge."""

    product_id: int
    grants: list[Grant]

    def get(self, product_id):
        """The discounts for a price: a coupon for a bundle holds for its parts too."""
        wanted = {product_id, self.product_id}
        found = [
            grant.make_adjustment()
            for grant in self.grants
            if grant.product_ids is None or not wanted.isdisjoint(grant.product_ids)
        ]
        return tuple(adjustment for adjustment in found if adjustment)

    def take(self, result):
        """Take off the limits what a price has used of them."""
        by_key = {grant.key: grant for grant in self.grants}
        for rule_id, money in result.discounts:
            if rule_id in by_key:
                by_key[rule_id].take(money)
