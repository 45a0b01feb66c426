"""What another system left of a subscription line, as values."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError

# Usage of days that another system billed is its own, whenever it arrives: no later number finds it changed.
EVERYTHING = 2**31 - 1


@dataclass(frozen=True)
class OpeningFacts:
    """billed_through: the first local day that the other system has not billed. counter: what stood on the counter of
    the price then, in the unit of its tiers, since the day counter_since. allowance_used: of what is included in the
    period that runs then, in the meter's unit. deferred: billed by the other system for days from the cutover on."""

    billed_through: date
    counter: Decimal | None = None
    counter_since: date | None = None
    allowance_used: Decimal | None = None
    deferred: Decimal | None = None


class OpeningProblems(UserError):
    """What stands in the way of opening facts. problems: list of (line id, name of the fact, sentence)."""

    def __init__(self, problems):
        super().__init__("\n".join(sentence for _line_id, _name, sentence in problems))
        self.problems = problems
