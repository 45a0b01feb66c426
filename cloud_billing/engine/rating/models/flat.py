"""Flat: an agreed number of units at a price per period."""

from ..errors import FactsError
from ..result import RatedPart


def flat(terms, facts):
    """Price a recurring or one-time fee: agreed quantity x unit price, for a whole period.

    The quantity was agreed, not measured: one that is missing or negative is a mistake and raises FactsError; 0 is a
    part of amount 0. Example: docs/prices.md "Flat".
    """
    if facts.quantity is None:
        raise FactsError("quantity_missing", rows=facts.rows)
    if facts.quantity < 0:
        raise FactsError("quantity_negative", quantity=facts.quantity)
    return [RatedPart("fee", facts.quantity * terms.unit_price, facts.quantity, terms.unit_price)]
