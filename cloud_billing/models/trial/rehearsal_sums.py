"""What a rehearsal adds up per customer, while it rates one charge after the other. Values only: no records, no SQL."""

from dataclasses import dataclass, field
from decimal import Decimal

from ...engine.numbers import divide, exact, round_to, to_text
from ..catalog.price_candidates import get_plan_rule_ids

_ZERO = Decimal(0)
# Of a price that was agreed with somebody in particular.
OWN_LEVELS = {"contract_line", "contract", "line", "subscription", "customer", "parent"}
_CHANGES_KEPT = 5
_PROBLEMS_KEPT = 5


@dataclass
class CustomerSums:
    """All in the plan's currency. A row with a rate was billed in another one: so much of it is one of the plan's.

    old: what was billed; new: what the proposed prices come to for what they can price; unpriced: the old amount of
    the rest. cost: the provider's, None where it is not known of everything.

    changes: {(product id, ids of the old prices, of the new ones): difference}. problems: {code and line: Refused}.
    """

    charges: int = 0
    old: Decimal = _ZERO
    new: Decimal = _ZERO
    unpriced: Decimal = _ZERO
    cost: Decimal | None = _ZERO
    kept: int = 0
    own: int = 0
    priced: int = 0
    changes: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)

    def _add(self, row):
        self.charges += 1
        self.old += _exchange(row, row["amount"])
        self.cost = None if self.cost is None or row["cost"] is None else self.cost + _exchange(row, row["cost"])

    def keep(self, row):
        """A charge of a subscription that keeps its former prices. row: product_id, amount, cost, rule_ids."""
        with exact():
            self._add(row)
            self.new += _exchange(row, row["amount"])
        self.kept += 1

    def refuse(self, row, refused):
        """A charge that the proposed prices cannot price."""
        with exact():
            self._add(row)
            self.unpriced += _exchange(row, row["amount"])
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems[refused.code, refused.facts.get("line")] = refused

    def price(self, row, parts):
        """A charge that was priced anew. parts: list of Priced."""
        resolutions = [part.resolution for part in parts if part.resolution]
        rule_ids = tuple(sorted(get_plan_rule_ids(resolution.chosen for resolution in resolutions)))
        with exact():
            self._add(row)
            amount = sum((part.result.amount for part in parts), _ZERO)
            self.new += _exchange(row, amount)
            difference = _exchange(row, amount - row["amount"])
            if difference:
                key = row["product_id"], tuple(row["rule_ids"]), rule_ids
                self.changes[key] = self.changes.get(key, _ZERO) + difference
        self.priced += 1
        if resolutions and all(resolution.chosen.scope_level in OWN_LEVELS for resolution in resolutions):
            self.own += 1

    @property
    def difference(self):
        with exact():
            return self.new + self.unpriced - self.old

    @property
    def reach(self):
        """reached, grandfathered or own_price: whether the proposed prices have a say."""
        if self.charges == self.kept:
            return "grandfathered"
        if self.priced == self.own and self.charges == self.kept + self.own and not self.difference:
            return "own_price"
        return "reached"

    def get_changes(self, rounding):
        """The largest changes as JSON-able dicts, largest first. rounding: the step of the plan's currency."""
        ordered = sorted(self.changes.items(), key=lambda entry: -abs(entry[1]))
        return [
            {"product_id": product_id, "old": old, "new": new, "difference": to_text(round_to(difference, rounding))}
            for (product_id, old, new), difference in ordered[:_CHANGES_KEPT]
        ]

    def get_problems(self):
        return [{"code": refused.code, **refused.facts} for refused in self.problems.values()]


def _exchange(row, amount):
    return amount if row["rate"] is None else divide(amount, row["rate"])
