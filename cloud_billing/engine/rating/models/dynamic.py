"""Dynamic: the usage rows bring their price."""

from ..result import RatedPart
from .measure import get_measured


def dynamic(terms, facts):
    """Charge the value that was measured, whatever the quantity.

    No usage: no part. A value of 0: a part of amount 0. A negative value is a credit. A share of a period is never
    taken: the value is that of the stretch. Example: docs/prices.md "Dynamic".
    """
    value = get_measured(facts, "value")
    if value is None:
        return []
    return [RatedPart("dynamic", value, facts.quantity, is_prorated=False)]
