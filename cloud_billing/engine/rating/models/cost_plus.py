"""Cost plus: the provider's cost, a percentage of it, and a fixed amount."""

from ...numbers import PER_CENT
from ..result import RatedPart
from .measure import get_measured


def cost_plus(terms, facts):
    """Price what the provider charged: cost + cost x percent + fixed, in the plan's currency.

    facts.cost: on the rule's cost basis, already exchanged. No usage: no part, so no fixed amount. A cost of 0 or
    below: the fixed amount is due, and a negative cost gives its percentage back. Only the fixed amount is prorated:
    the cost is that of the stretch. Example: docs/prices.md "Cost plus".
    """
    cost = get_measured(facts, "cost")
    if cost is None:
        return []
    parts = [RatedPart("cost", cost, is_prorated=False)]
    if terms.percent is not None:
        parts.append(RatedPart("percent", cost * terms.percent * PER_CENT, is_prorated=False))
    if terms.fixed is not None:
        parts.append(RatedPart("fixed", terms.fixed))
    return parts
