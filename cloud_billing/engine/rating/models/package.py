"""Package: whole blocks of units, each at one price."""

from decimal import Decimal

from ...numbers import divide_whole
from ..result import RatedPart
from .measure import get_measured


def package(terms, facts):
    """Price the blocks that a measured quantity fills, after the free units.

    block_rounding: up charges a started block, down only full ones. No usage: no part. Usage of 0, and usage within
    the free units: 0 blocks. Negative usage: full blocks of it are given back, whichever way blocks are rounded, and
    free units play no part. Walking back is a difference of two totals (difference.py).
    Example: docs/prices.md "Package".
    """
    quantity = get_measured(facts, "quantity")
    if quantity is None:
        return []
    free = max(min(terms.free_units or Decimal(0), quantity), Decimal(0))
    blocks, rest = divide_whole(quantity - free, terms.block_size)
    if rest > 0 and terms.block_rounding == "up":
        blocks += 1
    details = (
        ("blocks", blocks),
        ("block_size", terms.block_size),
        ("block_price", terms.unit_price),
        ("free_units", free),
    )
    return [RatedPart("blocks", blocks * terms.unit_price, quantity, details=details)]
