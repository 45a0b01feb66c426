"""What prices should come to, in Fraction: written from the pages, sharing no code with the engine."""

from fractions import Fraction
from math import ceil, floor

_NO_END = Fraction(10**80)


def oracle_ladder(tiers, quantity):
    """The integral of the price over [0, quantity], and the flat amounts of the tiers entered."""
    quantity = Fraction(quantity)
    if quantity <= 0:
        return quantity * Fraction(tiers[0].unit_price)
    total = Fraction(0)
    edges = [Fraction(0), *(Fraction(tier.up_to) for tier in tiers[:-1])]
    for index, tier in enumerate(tiers):
        upper = edges[index + 1] if index + 1 < len(edges) else quantity
        if quantity > edges[index]:
            total += (min(upper, quantity) - edges[index]) * Fraction(tier.unit_price) + Fraction(tier.flat_amount)
    return total


def oracle_round(amount, step):
    step = Fraction(step)
    steps = floor(abs(amount) / step + Fraction(1, 2))
    return steps * step if amount >= 0 else -steps * step


def oracle_tier(tiers, quantity):
    """The tier in which a quantity lies, and whether anything is above zero."""
    quantity = Fraction(quantity)
    inside = [tier for tier in tiers if tier.up_to is None or Fraction(tier.up_to) >= quantity]
    return inside[0], quantity > 0


def oracle_volume(tiers, quantity):
    tier, is_reached = oracle_tier(tiers, quantity)
    return Fraction(quantity) * Fraction(tier.unit_price) + (Fraction(tier.flat_amount) if is_reached else 0)


def oracle_stairstep(tiers, quantity):
    tier, is_reached = oracle_tier(tiers, quantity)
    return Fraction(tier.flat_amount) if is_reached else Fraction(0)


def oracle_blocks(quantity, free, size, rounding):
    quantity, size = Fraction(quantity), Fraction(size)
    if quantity < 0:
        return -floor(-quantity / size)
    paid = max(Fraction(0), quantity - Fraction(free))
    return (ceil if rounding == "up" else floor)(paid / size)


def oracle_value_ladder(tiers, value):
    """The integral of the percentage over [0, value], and the flat amounts of the tiers entered."""
    value, total, start = Fraction(value), Fraction(0), Fraction(0)
    if value <= 0:
        return value * Fraction(tiers[0].percent) / 100
    for tier in tiers:
        end = value if tier.up_to is None else min(value, Fraction(tier.up_to))
        if value > start:
            total += (end - start) * Fraction(tier.percent) / 100 + Fraction(tier.flat_amount)
        start = Fraction(tier.up_to) if tier.up_to is not None else start
    return total


def oracle_events(terms, events):
    """List of (value, what the event owes, whether it is free): charged is what lies outside the free stretch.

    The value so far moves along a line with each event, and never stays below 0; the free stretch begins at 0 and ends
    at the free amount, or where the free events ended, whichever is nearer.
    """
    so_far, count, answers = Fraction(0), 0, []
    names_free = terms.free_amount is not None or terms.free_events is not None
    end = Fraction(terms.free_amount) if terms.free_amount is not None else _NO_END if names_free else Fraction(0)
    for value in map(Fraction, events):
        if value >= 0:
            count += 1
            if terms.free_events is not None and count > terms.free_events:
                end = min(end, so_far)
        low, high = sorted((so_far, so_far + value))
        free = max(Fraction(0), min(high, end) - max(low, Fraction(0)))
        charged = (abs(value) - free) * (1 if value >= 0 else -1)
        was_room = so_far < end
        so_far = max(so_far + value, Fraction(0))
        if value >= 0 and charged == 0 and (value > 0 or was_room):
            answers.append((value, Fraction(0), True))
            continue
        fee = charged * Fraction(terms.percent or 0) / 100
        if value >= 0:
            fee += Fraction(terms.fixed_per_event or 0)
            fee = max(fee, Fraction(terms.event_minimum)) if terms.event_minimum is not None else fee
        if terms.event_maximum is not None:
            fee = min(max(fee, -Fraction(terms.event_maximum)), Fraction(terms.event_maximum))
        answers.append((value, fee, False))
    return answers


def oracle_cell(terms, values):
    """The unit price of a combination: of the cells of which everything is so, the first of those that name most."""
    fitting = [cell for cell in terms.cells if all(values.get(name) == value for name, value in cell.values)]
    if not fitting:
        return None if terms.rest_price is None else Fraction(terms.rest_price)
    most = max(len(cell.values) for cell in fitting)
    return Fraction(next(cell for cell in fitting if len(cell.values) == most).unit_price)
