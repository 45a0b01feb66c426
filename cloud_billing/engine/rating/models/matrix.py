"""Matrix: a unit price for each combination of dimensions, such as region and SKU."""

from decimal import Decimal

from ..errors import FactsError
from ..facts import DimensionQuantity
from ..memo import once_per_object
from ..result import RatedPart
from .measure import get_measured

_ZERO = Decimal(0)


def matrix(terms, facts):
    """Price each share of a measured quantity at the price of the cell that fits its dimensions.

    A cell fits when all that it names is so; of several the one that names most wins, and of those the first. What no
    cell names has the rest price. No usage: no part. Usage of 0 has no price to be looked up: a part of amount 0.
    Negative usage: a negative amount at the same price. There are no flat amounts; walking back is a difference of two
    totals (difference.py). Raises FactsError no_cell (values) where nothing fits and there is no rest price,
    dimensions_do_not_add_up. Example: docs/prices.md "Matrix".
    """
    quantity = get_measured(facts, "quantity")
    if quantity is None:
        return []
    shares = facts.dimensions or (DimensionQuantity((), quantity),)
    added = sum((share.quantity for share in shares), _ZERO)
    # A step before this one that changes the quantity alone would be lost in the sum of the cells.
    if added != quantity:
        raise FactsError("dimensions_do_not_add_up", added=added, total=quantity)
    return _make_parts(terms, _sort_into_cells(terms, shares))


def _sort_into_cells(terms, shares):
    """The quantity of each cell by its index, of the rest by None."""
    look_up, quantities = _make_look_up(terms), {}
    for share in shares:
        index = look_up(dict(share.values))
        if index is None and terms.rest_price is None and share.quantity:
            raise FactsError("no_cell", values=share.values, quantity=share.quantity)
        quantities[index] = quantities.get(index, _ZERO) + share.quantity
    return quantities


def _make_parts(terms, quantities):
    """One part per cell in the order of the rule, the rest last."""
    parts = []
    for index in sorted(index for index in quantities if index is not None):
        cell, quantity = terms.cells[index], quantities[index]
        price, details = cell.unit_price, (("values", cell.values),)
        parts.append(RatedPart("cell", quantity * price, quantity, price, details=details))
    if None in quantities:
        quantity, price = quantities[None], terms.rest_price
        parts.append(RatedPart("rest", quantity * (price or _ZERO), quantity, price))
    return parts


@once_per_object
def _make_look_up(terms):
    """A function from dimension values (dict) to the index of the cell that fits best, None where none does.

    Cells are sorted by which dimensions they name, so that a share costs one look-up for each set of names and not one
    for each cell.
    """
    by_names = {}
    for index, cell in enumerate(terms.cells):
        pairs = sorted(cell.values)
        names = tuple(name for name, _value in pairs)
        by_names.setdefault(names, {}).setdefault(tuple(value for _name, value in pairs), index)
    ordered = sorted(by_names.items(), key=lambda item: -len(item[0]))

    def look_up(values):
        best, most = None, 0
        for names, cells in ordered:
            if best is not None and len(names) < most:
                break
            index = cells.get(tuple(map(values.get, names)))
            if index is not None and (best is None or index < best):
                best, most = index, len(names)
        return best

    return look_up
