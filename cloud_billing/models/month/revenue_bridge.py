"""From what was billed last to what is billed now, in effects that add up to the difference exactly.

For each customer and product:

* **new**: billed now and not the last time; **lost**: billed the last time and not now;
* **volume**: what the change of the quantity comes to at the last average price, rounded once;
* **price**: the rest of the difference, so what the change of the average price comes to at the quantity of now;
* **other**: what has no volume (one-time charges, instalments, minimums, corrections, amounts added by hand), and a
  difference where the quantities cannot be compared, because units differ or one of them is not known.

The volume of usage is its quantity, or the provider's cost where the price is made of that; the volume of a fee is its
units times the share of its period that is charged, so half a month is half the volume and not half the price.
"""

from decimal import Decimal
from typing import NamedTuple

from ...engine.numbers import divide, exact, round_to

EFFECTS = ("new", "lost", "price", "volume", "other")
_ZERO = Decimal(0)


class Side(NamedTuple):
    """What a customer was billed of a product on one side. amount: of what has a volume; other: of the rest.

    lines: how many have a volume. quantity: None where a quantity is not known. unit: None where there are several.
    """

    amount: Decimal = _ZERO
    other: Decimal = _ZERO
    lines: int = 0
    quantity: Decimal | None = None
    unit: str | None = None

    @property
    def total(self):
        return self.amount + self.other


def get_effects(last, now, step):
    """{effect: Decimal} of two Sides; they add up to now.total - last.total. step: of the currency's rounding.

    >>> last = Side(amount=Decimal("100"), lines=1, quantity=Decimal("1000"), unit="GB")
    >>> now = Side(amount=Decimal("132"), lines=1, quantity=Decimal("1200"), unit="GB")
    >>> {name: str(value) for name, value in get_effects(last, now, Decimal("0.01")).items() if value}
    {'price': '12.00', 'volume': '20.00'}
    """
    effects = dict.fromkeys(EFFECTS, _ZERO)
    with exact():
        effects["other"] = now.other - last.other
        difference = now.amount - last.amount
        if now.lines and not last.lines:
            effects["new"] = difference
        elif last.lines and not now.lines:
            effects["lost"] = difference
        elif not _are_comparable(last, now):
            effects["other"] += difference
        else:
            effects["volume"] = _get_volume(last, now, difference, step)
            effects["price"] = difference - effects["volume"]
    return effects


def _are_comparable(last, now):
    if last.quantity is None or now.quantity is None:
        return False
    # Where nothing was used there is no unit either.
    return not last.quantity or not now.quantity or (last.unit is not None and last.unit == now.unit)


def _get_volume(last, now, difference, step):
    if not last.quantity:
        # There was no price to compare with: all of it came with the quantity.
        return difference if now.quantity else _ZERO
    return round_to(divide((now.quantity - last.quantity) * last.amount, last.quantity), step)
