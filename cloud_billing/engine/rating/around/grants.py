"""Included quantities: what a stretch may use before it pays."""

from dataclasses import dataclass, replace
from decimal import Decimal

from ...numbers import exact, to_text
from ..checking.reads import get_reads
from ..errors import FactsError
from ..facts import DimensionQuantity, Grant, check_grants

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Drawn:
    """What a stretch took from one grant: `used` of grant.quantity."""

    grant: Grant
    used: Decimal


def draw(quantity, grants, at):
    """(rest of the quantity, list of Drawn): a quantity covered by grants, one after the other, as far as they reach.

    grants: in the order in which they are used up (the caller puts those that expire first first). at: the first day of
    the stretch. A grant that expired by then or is empty is not named; one that was not needed is, with 0 used. A
    quantity of 0 or below draws nothing: one period alone cannot know which grant gave what it takes back.
    """
    drawn = []
    for grant in grants:
        if not grant.quantity or (grant.expires is not None and grant.expires <= at):
            continue
        used = min(max(quantity, _ZERO), grant.quantity)
        quantity -= used
        drawn.append(Drawn(grant, used))
    return quantity, drawn


def include(terms, facts, steps):
    """(facts with the quantity that is still to be paid, list of Drawn). Example: docs/prices.md "Included quantities".

    Quantities by dimension give up theirs in the order in which they come. Raises FactsError grants_not_possible.
    """
    if not facts.grants:
        return facts, []
    if not _is_by_quantity(terms):
        raise FactsError("grants_not_possible", charge_model=terms.charge_model)
    if facts.quantity is None:
        return facts, []
    rest, drawn = draw(facts.quantity, facts.grants, facts.service_start)
    steps.append((_tell_included, facts.quantity, rest, facts.unit, drawn))
    dimensions = _take_off(facts.dimensions, facts.quantity - rest)
    return replace(facts, quantity=rest, dimensions=dimensions), drawn


def _tell_included(quantity, rest, unit, drawn):
    return {
        "step": "included",
        "before": to_text(quantity),
        "after": to_text(rest),
        "unit": unit,
        "grants": [
            {
                "key": one.grant.key,
                "label": one.grant.label,
                "used": to_text(one.used),
                "of": to_text(one.grant.quantity),
            }
            for one in drawn
        ],
    }


def _is_by_quantity(terms):
    """Whether units taken off the quantity change the price: else they would be used up and save nothing."""
    reads = get_reads(terms)
    return "quantity" in reads and not reads & {"cost", "value"}


def _take_off(dimensions, included):
    left = []
    for share in dimensions:
        used = min(max(share.quantity, _ZERO), included)
        included -= used
        left.append(DimensionQuantity(share.values, share.quantity - used))
    return tuple(left)


def share_out(quantities, grants, at):
    """An allowance shared by several charges: list of (rest to pay, list of Drawn), one per quantity, in their order.

    quantities: of the charges, in one unit, in the order in which they may draw (the caller's: oldest first, say); None
    is no usage and stays None. grants: as of before the first one; at: the first day. What one charge uses is gone for
    the next, and all that is used of a grant together is never more than was there.
    Raises FactsError grant_negative. Example: docs/prices.md "Included quantities shared by several charges".
    """
    check_grants(grants)
    grants, answers = list(grants), []
    with exact():
        for quantity in quantities:
            if quantity is None:
                answers.append((None, []))
                continue
            rest, drawn = draw(quantity, grants, at)
            used = {id(one.grant): one.used for one in drawn}
            grants = [replace(grant, quantity=grant.quantity - used.get(id(grant), _ZERO)) for grant in grants]
            answers.append((rest, drawn))
    return answers
