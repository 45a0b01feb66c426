"""An amount shared by usage rows, so that the shares are the amount again to the last digit."""

from decimal import Decimal

from ....engine.numbers import divide, exact, round_to

_ZERO = Decimal(0)


def share_amount(amount, weights, step):
    """The share of each row: list of Decimal, in the order of the weights, which add up to the amount exactly.

    Each is amount x weight / sum of weights, rounded half up to the step; the last one takes the rest. Weights that add
    up to zero say nothing of the amount: then all rows have the same share.
    """
    with exact():
        total = sum(weights, _ZERO)
        if not total:
            weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
        shares = [round_to(divide(amount * weight, total), step) for weight in weights[:-1]]
        return [*shares, amount - sum(shares, _ZERO)] if weights else []
