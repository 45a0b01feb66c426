"""The correction of a billed fee: day by day, what is agreed now less what was billed. Works on values only.

Billed lines and prices of now need not have the same days: 10 seats were billed for March, and from the 11th on there
are 14. Both are cut at each other's days; of a billed line a piece has its share by the same measure by which the
period is prorated. What is the same on a piece of days is not corrected there.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from ....engine.numbers import exact
from ....engine.rating import BilledShare, difference_of_days, settle
from ..charge.period_share import get_share
from .correction_parts import cite_invoice, combine_results, make_gone

_ZERO = Decimal(0)


class BilledLine(NamedTuple):
    """A rated line of a charge or of one of its corrections, as billed. quantity: of each of its days."""

    id: int
    start: object
    end: object
    key: str
    amount: Decimal
    amount_exact: Decimal
    quantity: Decimal | None
    unit: str
    name: str
    product_id: int
    bundle_id: int | None
    invoice: str | None = None


def get_cuts(lines):
    """The days at which what is priced now must be cut, to be compared with billed lines."""
    return sorted({day for line in lines for day in (line.start, line.end)})


def subtract_agreed(item, now, lines):
    """The parts of a correction: list of Priced, one per piece of days and part that differs.

    item: of `cloud.rating`, cut at `get_cuts`. now: list of Priced. lines: list of BilledLine.
    """
    cut = _cut_to_whole if item.get("proration") == "none" else _cut_to_days
    pieces = cut(item, now, lines)
    corrections = [found for piece in sorted(pieces, key=_get_order) if (found := _correct(item, *piece))]
    is_over = not any(one.result.amount_exact for one in now)
    return _settle(corrections, lines) if is_over else corrections


def _get_order(piece):
    return piece[0]


def _cut_to_days(item, now, lines):
    """The pieces of days and parts: list of (place, list of Priced, list of BilledShare, lines they are of)."""
    pieces = {}
    for one in now:
        pieces.setdefault((one.stretch.start, one.stretch.end, one.key), []).append(one)
    for place in _get_gone(pieces, lines):
        pieces[place] = []
    cut = []
    for (start, end, key), parts in pieces.items():
        mine = [line for line in lines if line.key == key and line.start <= start and end <= line.end]
        billed = [_make_share(line, *_get_part_of(item, line, start, end)) for line in mine]
        cut.append(((start, end, key), parts, billed, mine))
    return cut


def _cut_to_whole(item, now, lines):
    """The same where periods are not shared: one day bears all of it, so a part has one piece, whatever its days."""
    cut = []
    for key in sorted({one.key for one in now} | {line.key for line in lines}):
        parts = [one for one in now if one.key == key]
        mine = [line for line in lines if line.key == key]
        days = (parts[0].stretch.start, parts[0].stretch.end) if parts else (mine[0].start, mine[0].end)
        cut.append(((*days, key), parts, [_make_share(line, 1, 1) for line in mine], mine))
    return cut


def _make_share(line, numerator, denominator):
    return BilledShare(line.id, line.amount_exact, line.quantity, numerator, denominator)


def _get_gone(pieces, lines):
    """The days and parts that were billed and have no price now: (start, end, key), cut where lines begin or end."""
    gone = []
    for key in sorted({line.key for line in lines}):
        mine = [line for line in lines if line.key == key]
        held = [(start, end) for start, end, one in pieces if one == key]
        points = sorted({day for line in mine for day in (line.start, line.end)} | {d for pair in held for d in pair})
        for left, right in pairwise(points):
            is_priced = any(start <= left and right <= end for start, end in held)
            if not is_priced and any(line.start <= left and right <= line.end for line in mine):
                gone.append((left, right, key))
    return gone


def _correct(item, place, parts, billed, mine):
    """The Priced of a piece of days, or None where nothing differs."""
    part = _combine(parts) if parts else _make_gone(item, place, mine[0])
    result = difference_of_days(part.result, billed, (item.get("bill_in") or item)["rounding"])
    if not result.amount and not result.quantity:
        return None
    return replace(part, result=_cite(result, mine), corrects_id=mine[0].id if mine else None)


def _cite(result, lines):
    """The correction with the invoices on which the lines stand, which a credit note has to name."""
    return cite_invoice(result, ", ".join(dict.fromkeys(line.invoice for line in lines if line.invoice)))


def _get_part_of(item, line, start, end):
    """The share of a billed line that some of its days are, as two whole numbers."""
    if (line.start, line.end) == (start, end):
        return 1, 1
    over, under = _get_pair(item, start, end), _get_pair(item, line.start, line.end)
    # A line without a share of the period costs nothing, whatever part of it is asked for.
    return (over[0] * under[1], over[1] * under[0]) if under[0] else (0, 1)


def _get_pair(item, start, end):
    share = get_share(item, start, end)
    return (share.numerator, share.denominator) if share else (1, 1)


def _settle(corrections, lines):
    """Nothing is owed any more: what is given back is what was billed, to the last cent.

    Each piece was rounded by itself; what that leaves goes to the largest.
    """
    if not corrections:
        return corrections
    with exact():
        rest = -sum((one.result.amount for one in corrections), _ZERO) - sum((line.amount for line in lines), _ZERO)
        if not rest:
            return corrections
        largest = max(corrections, key=lambda one: (abs(one.result.amount), one.stretch.start))
        result = settle(largest.result, largest.result.amount + rest)
    return [replace(one, result=result) if one is largest else one for one in corrections]


def _combine(parts):
    """Several lines of one part as one."""
    return parts[0] if len(parts) == 1 else replace(parts[0], result=combine_results(parts))


def _make_gone(item, place, line):
    """Nothing, for the days and part of a place. line: a BilledLine of them, whose names it keeps."""
    names = {"product_id": line.product_id, "name": line.name, "bundle_id": line.bundle_id}
    return make_gone(item, *place, unit=line.unit, **names)
