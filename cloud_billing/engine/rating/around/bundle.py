"""The price of a bundle on the parts it is made of, for their income accounts."""

from decimal import Decimal

from ...numbers import divide_whole, exact
from ..errors import FactsError
from ..facts import require_fact

_ZERO = Decimal(0)


def split_bundle(amount, prices, rounding):
    """The amount of each part, by its stand-alone price: a tuple that adds up to `amount` exactly.

    amount: rounded, a multiple of `rounding`; negative for a credit, which is split like its charge. prices: the
    stand-alone prices of the parts, for the quantities in the bundle; none negative. Each part gets its share in whole
    steps of the currency, rounded towards zero; the steps that are left go to the parts that lost most, and of equals
    to the first. A part with price 0 gets nothing; where all are 0 they share alike.
    Raises FactsError no_parts, price_negative, amount_not_rounded. Example: docs/prices.md "Bundles".
    >>> split_bundle(Decimal("10.00"), (Decimal(1), Decimal(1), Decimal(1)), Decimal("0.01"))
    (Decimal('3.34'), Decimal('3.33'), Decimal('3.33'))
    """
    _check(amount, prices, rounding)
    with exact():
        steps = divide_whole(amount, rounding)[0]
        sign = -1 if steps < 0 else 1
        weights = prices if any(prices) else (Decimal(1),) * len(prices)
        return tuple(sign * share * rounding for share in _share_out(abs(steps), weights))


def _share_out(steps, weights):
    """Whole steps by weight: largest remainder, the first of equals."""
    total = sum(weights, _ZERO)
    shares, rests = [], []
    for number, weight in enumerate(weights):
        whole, rest = divide_whole(steps * weight, total)
        shares.append(whole)
        rests.append((-rest, number))
    left = int(steps - sum(shares, _ZERO))
    for _rest, number in sorted(rests)[:left]:
        shares[number] += 1
    return shares


def _check(amount, prices, rounding):
    require_fact(amount, "amount")
    require_fact(rounding, "rounding")
    if rounding <= 0:
        raise FactsError("rounding", rounding=rounding)
    for price in prices:
        require_fact(price, "prices")
        if price < 0:
            raise FactsError("price_negative", price=price)
    if not prices:
        raise FactsError("no_parts")
    if divide_whole(amount, rounding)[1]:
        raise FactsError("amount_not_rounded", amount=amount, rounding=rounding)
