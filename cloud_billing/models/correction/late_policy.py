"""What becomes of usage that comes after its period was billed, as values: policies, and what is absorbed."""

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from ...engine.numbers import exact

POLICIES = [
    ("next_bill", "On the next bill"),
    ("own_invoice", "On an invoice of its own, at once"),
    ("absorb", "Absorbed up to a tolerance"),
]
_ZERO = Decimal(0)


class Treatment(NamedTuple):
    """How the difference of a billed charge is dealt with.

    absorbed: of its chain of corrections what is known and not billed from now on, in the charge's currency; None where
    nothing of it was or is absorbed.
    """

    policy: str
    is_billed: bool
    absorbed: Decimal | None


class Difference(NamedTuple):
    """What a billed charge should have cost, less what is billed of it. amount: in its own currency.

    group: whose tolerance it counts towards. value: in the currency of the tolerance, None where no rate is known.
    """

    charge_id: int
    group: tuple
    amount: Decimal
    value: Decimal | None


def choose_absorbed(differences, tolerances, are_credits_absorbed):
    """The ids of the charges whose differences are absorbed.

    Of one group all or none: what may be absorbed is added up without signs, so that too much on one line does not
    hide too little on another one. tolerances: {group: Decimal}. Unless credits are absorbed too, what the customer
    would get back is billed and counts for nothing here.
    """
    groups = defaultdict(list)
    for one in differences:
        if one.amount > 0 or (one.amount < 0 and are_credits_absorbed):
            groups[one.group].append(one)
    absorbed = set()
    for group, some in groups.items():
        if any(one.value is None for one in some):
            continue
        with exact():
            total = sum((abs(one.value) for one in some), _ZERO)
        if total <= tolerances[group]:
            absorbed |= {one.charge_id for one in some}
    return absorbed
