"""Exact numbers: the doors through which money and quantity enter, and the one division.

Everything inside the engine is `Decimal` under `exact()`. Addition and multiplication there never round: they raise
`decimal.Inexact` instead, at 120 digits, which no invoice reaches. Only `divide`, `round_to` and `round_ratio` may lose
digits, and each says how many it keeps; all round once, on the true quotient.
"""

import re
from decimal import (
    ROUND_05UP,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    localcontext,
)
from functools import lru_cache

DIGITS = 120
DIVISION_DECIMALS = 30
# Longer literals are attacks or mistakes. Two numbers of 60 digits have an exact product within DIGITS; beyond that
# the product raises Inexact, so a giant is refused late and never rounded.
MAX_LITERAL_LENGTH = 100
MAX_MAGNITUDE = 60
PER_CENT = Decimal("0.01")

_LITERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_ONE = Decimal(1)
_EXACT = Context(prec=DIGITS, rounding=ROUND_HALF_UP, traps=[Inexact, InvalidOperation, DivisionByZero, FloatOperation])
# Wide enough for every quotient of two numbers that `exact()` can hold.
_ROUNDING = Context(prec=8 * DIGITS, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, FloatOperation])
# Steps for which rounding is only cutting digits off: 1, 0.1, 0.01, ...
_POWERS = frozenset(f"{_ONE.scaleb(-places):f}" for places in range(7))


class NumberError(ValueError):
    """A text is not a plain decimal number.

    `text` is what was read, `reason` one of not_a_number, too_long, too_large.
    """

    def __init__(self, text, reason):
        super().__init__(f"{reason}: {text!r}"[:200])
        self.text = text
        self.reason = reason


def exact():
    """Run a block in which + and x on Decimals are exact or raise `decimal.Inexact`, and a float raises too."""
    return localcontext(_EXACT)


def wide():
    """Run a block in which the sum of numbers that exact() let through keeps every digit, and is not refused either.

    For telling what was worked out before; exact() is for working it out.
    """
    return localcontext(_ROUNDING)


def parse_decimal(value):
    """The Decimal that a text, an int or a Decimal says.

    Raises TypeError for a float (it has lost digits already) and for anything else that is not a text or an exact
    number; NumberError for NaN, infinities, thousands separators, blanks, and numbers longer than MAX_LITERAL_LENGTH
    or outside 10^±MAX_MAGNITUDE. Minus zero is zero.
    >>> parse_decimal("5e-06")
    Decimal('0.000005')
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise TypeError(f"exact numbers only, not {type(value).__name__}: {value!r}"[:200])
    if isinstance(value, str):
        if len(value) > MAX_LITERAL_LENGTH:
            raise NumberError(value, "too_long")
        if not _LITERAL.fullmatch(value):
            raise NumberError(value, "not_a_number")
    number = Decimal(value)
    if not number.is_finite():
        raise NumberError(str(number), "not_a_number")
    exponent = number.as_tuple().exponent
    if number.adjusted() > MAX_MAGNITUDE or exponent < -MAX_MAGNITUDE:
        raise NumberError(str(number)[:MAX_LITERAL_LENGTH], "too_large")
    if not number:
        number = abs(number)
    # 1E+3 becomes 1000: a text made of it later shows digits only.
    return number.quantize(_ONE, context=_ROUNDING) if exponent > 0 else number


def divide(numerator, denominator):
    """The quotient, rounded half up to 30 decimals: the only division of the engine.

    Raises decimal.DivisionByZero (0/0: decimal.InvalidOperation).
    >>> divide(Decimal(2), Decimal(3))
    Decimal('0.666666666666666666666666666667')
    """
    return _nearest(numerator, denominator, DIVISION_DECIMALS)


def divide_whole(numerator, denominator):
    """(how many whole times, what is left): exact, towards zero; the rest has the numerator's sign.

    >>> divide_whole(Decimal("-2500"), Decimal(1000))
    (Decimal('-2'), Decimal('-500'))
    """
    whole, rest = _ROUNDING.divmod(numerator, denominator)
    return (whole, rest) if whole else (abs(whole), rest)


def round_to(amount, step):
    """The multiple of `step` nearest to `amount`, halves away from zero; never minus zero.

    step: Decimal > 0, a currency's rounding (0.01, 1, 0.001, 0.05).
    >>> round_to(Decimal("-2.345"), Decimal("0.01"))
    Decimal('-2.35')
    """
    if step <= 0:
        raise ValueError(f"a rounding step is positive, not {step}")
    if str(step) in _POWERS:
        rounded = amount.quantize(step, None, _ROUNDING)
    else:
        rounded = _ROUNDING.multiply(_nearest(amount, step, 0), step)
    return rounded if rounded else abs(rounded)


def round_ratio(numerator, denominator, step, mode):
    """The multiple of `step` that numerator / denominator becomes: up, down or half_up, all of them in size.

    Up is away from zero and down towards it, so that a credit counts like its charge. The true quotient decides: a
    third of a unit above a multiple is above it, however many digits it has. denominator, step: Decimals > 0.
    >>> round_ratio(Decimal(3601), Decimal(3600), Decimal(1), "up")
    Decimal('2')
    """
    part = _ROUNDING.multiply(denominator, step)
    whole, rest = divide_whole(abs(numerator), part)
    if rest and (mode == "up" or (mode == "half_up" and _ROUNDING.multiply(rest, 2) >= part)):
        whole = _ROUNDING.add(whole, 1)
    rounded = _ROUNDING.multiply(whole, step)
    return -rounded if numerator < 0 and rounded else rounded


def _nearest(numerator, denominator, decimals):
    """The quotient to so many decimals, rounded half up once.

    ROUND_05UP leaves a last digit that shows on which side of a half the true quotient lies, so that the second
    rounding is right; dividing half up and then rounding half up would turn 0.49...9 into 1.
    """
    digits = max(numerator.adjusted() - denominator.adjusted() + decimals + 4, 4)
    quotient = _get_divider(digits).divide(numerator, denominator)
    return quotient.quantize(_ONE.scaleb(-decimals), None, _ROUNDING)


@lru_cache(maxsize=1024)
def _get_divider(digits):
    """A context that divides to so many digits: made once, because changing the current one costs more."""
    context = _ROUNDING.copy()
    context.prec, context.rounding = digits, ROUND_05UP
    return context


def trim(number):
    """The same number without zeros at the end of its decimals: a quotient that came out even reads as it should.

    >>> trim(Decimal("16.500000"))
    Decimal('16.5')
    """
    shortest = _ROUNDING.create_decimal(number).normalize(_ROUNDING)
    return shortest.quantize(_ONE, context=_ROUNDING) if shortest.as_tuple().exponent > 0 else shortest


def to_text(number):
    """The number as plain digits, without an exponent and with every digit it was given."""
    # str() is a third of format()'s time and says the same, except for exponents and for minus zero.
    text = str(number)
    return text if number and "E" not in text else format(number if number else abs(number), "f")
