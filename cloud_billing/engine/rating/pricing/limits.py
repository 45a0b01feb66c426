"""The maximum and the minimum of an amount."""

from ...numbers import to_text
from .running import get_share_of


def cap(amount, terms, facts, steps):
    """Never more than the maximum, and never more back than it: a credit gives back what could be charged at most."""
    if terms.maximum is None:
        return amount
    maximum = _get_bound(terms.maximum, terms, facts)
    after = max(-maximum, min(amount, maximum))
    if after != amount:
        steps.append((tell_bound, "maximum", terms.maximum, maximum, amount, after))
    return after


def reach_minimum(amount, terms, facts, steps):
    """Never less than the minimum: what is missing is added, also where nothing was used.

    A credit is given back in full beside it: of a period with -50 of usage taken back and a minimum of 10, -40 is left.
    A minimum that swallowed the 50 would keep money that was charged earlier.
    """
    if terms.minimum is None:
        return amount
    minimum = _get_bound(terms.minimum, terms, facts)
    after = amount + minimum if amount < 0 else max(amount, minimum)
    if after != amount:
        steps.append((tell_bound, "minimum", terms.minimum, minimum, amount, after))
    return after


def _get_bound(bound, terms, facts):
    return get_share_of(bound, facts) if terms.is_minimum_prorated else bound


def tell_bound(step, whole, bound, before, after):
    """The step of a maximum or a minimum that changed the amount; whole: the bound of a whole period."""
    return {
        "step": step,
        "before": to_text(before),
        "after": to_text(after),
        "of_period": to_text(whole),
        step: to_text(bound),
    }
