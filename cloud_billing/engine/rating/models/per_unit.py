"""Per unit: quantity x unit price."""

from ..result import RatedPart
from .measure import get_measured


def per_unit(terms, facts):
    """Price a measured quantity at one unit price.

    No usage: no part. Usage of 0: a part of amount 0. Negative usage: a negative amount at the same price.
    Example: docs/prices.md "Per unit".
    """
    quantity = get_measured(facts, "quantity")
    if quantity is None:
        return []
    return [RatedPart("usage", quantity * terms.unit_price, quantity, terms.unit_price)]
