"""Where to ask a price for a chart of it: few places, and those where the line bends or jumps."""

from decimal import Decimal

from ...engine.numbers import exact, trim

_STEPS = 40
_ONE_STEP = Decimal("0.025")
# Of the whole width: so close to a bound that a jump there is drawn as one.
_BESIDE_BOUND = Decimal("0.0005")
# More bounds than these are closer together than a line is wide.
_MAX_BOUNDS = 40
# The quantity that is asked about stands in the middle.
_WIDTH_OF_QUANTITY = Decimal(2)
_WIDTH_OF_LADDER = Decimal("1.5")
_PLAIN_WIDTH = Decimal(100)


def get_places(bounds=(), middle=None):
    """Rising quantities from 0: 41 in even steps, and the first 40 bounds with what lies right beside them.

    Up to twice `middle` where it is above 0, else beyond the last bound. bounds: where the price changes, ascending.
    """
    with exact():
        width = _get_width(bounds, middle)
        places = {width * _ONE_STEP * step for step in range(_STEPS + 1)}
        beside = width * _BESIDE_BOUND
        for bound in list(bounds)[:_MAX_BOUNDS]:
            if bound < width:
                places |= {bound - beside, bound, bound + beside}
    return [trim(place) for place in sorted(places) if place >= 0]


def _get_width(bounds, middle):
    if middle is not None and middle > 0:
        return middle * _WIDTH_OF_QUANTITY
    return max(bounds) * _WIDTH_OF_LADDER if bounds else _PLAIN_WIDTH
