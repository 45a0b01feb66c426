"""What of an amount falls on the days up to a month's end, and how what an invoice line posted is shared out.

Every share is the difference of two rounded totals, so that shares of one amount add up to it in every currency,
whatever the number of months: what is still to come after the last day is nothing.
"""

from decimal import Decimal

from ...engine.numbers import exact, round_ratio

_ZERO = Decimal(0)


def count_days(start, end, until):
    """(days of [start, end) before `until`, all of its days); dates, start < end."""
    return max((min(end, until) - start).days, 0), (end - start).days


def take_served(total, start, end, until, step):
    """What of `total` was served before the day `until`, evenly by day, rounded half up to the currency's step.

    >>> from datetime import date
    >>> take_served(Decimal("1200.00"), date(2026, 1, 15), date(2027, 1, 15), date(2026, 2, 1), Decimal("0.01"))
    Decimal('55.89')
    """
    days, all_days = count_days(start, end, until)
    if days == all_days:
        return total
    with exact():
        return round_ratio(total * days, Decimal(all_days), step, "half_up")


def share_out(total, weights, step):
    """`total` shared by weights (Decimals of any sign): list in their order, each a multiple of step; it adds up.

    Weights that come to nothing share nothing: an invoice line of zero has posted no revenue.
    """
    with exact():
        whole = sum(weights, _ZERO)
        if not whole:
            return [_ZERO for _weight in weights]
        sign = -1 if whole < 0 else 1
        shares, weighed, given = [], _ZERO, _ZERO
        for weight in weights:
            weighed += weight
            now = round_ratio(sign * total * weighed, abs(whole), step, "half_up")
            shares.append(now - given)
            given = now
        return shares
