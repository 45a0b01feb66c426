"""Exact numbers: the doors through which money and quantity enter, and the one division.

Everything inside the engine is `Decimal` under `exact()`. Addition and multiplication there never round: they raise
`decimal.Inexact` instead, at 120 digits, which no invoice reaches. Only `divide` and `round_to` may lose digits, and
each says how many it keeps.
"""
import re
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, localcontext

DIGITS = 120
DIVISION_DECIMALS = 30
# Longer literals are attacks or mistakes; 10^±60 leaves the product of two of them exact within DIGITS.
MAX_LITERAL_LENGTH = 100
MAX_MAGNITUDE = 60

_LITERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_EXACT = Context(prec=DIGITS, rounding=ROUND_HALF_UP, traps=[Inexact, InvalidOperation, DivisionByZero])
_ROUNDING = Context(prec=DIGITS, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero])


class NumberError(ValueError):
    """A text is not a plain decimal number. `text` is what was read, `reason` one of not_a_number, too_long, too_large."""

    def __init__(self, text, reason):
        super().__init__(f"{reason}: {text!r}"[:200])
        self.text = text
        self.reason = reason


@contextmanager
def exact():
    """Run a block in which + and x on Decimals are exact or raise `decimal.Inexact`."""
    with localcontext(_EXACT) as context:
        yield context


def parse_decimal(value):
    """The Decimal that a text, an int or a Decimal says.

    Raises TypeError for a float (it has lost digits already), NumberError for NaN, infinities, thousands separators,
    blanks, and numbers longer than MAX_LITERAL_LENGTH or outside 10^±MAX_MAGNITUDE.
    >>> parse_decimal("5e-06")
    Decimal('0.000005')
    """
    if isinstance(value, bool) or isinstance(value, float):
        raise TypeError(f"exact numbers only, not {type(value).__name__}: {value!r}")
    if isinstance(value, int):
        number = Decimal(value)
    elif isinstance(value, Decimal):
        number = value
    else:
        if len(value) > MAX_LITERAL_LENGTH:
            raise NumberError(value, "too_long")
        if not _LITERAL.fullmatch(value):
            raise NumberError(value, "not_a_number")
        number = Decimal(value)
    if not number.is_finite():
        raise NumberError(str(number), "not_a_number")
    exponent = number.as_tuple().exponent
    if number.adjusted() > MAX_MAGNITUDE or exponent < -MAX_MAGNITUDE:
        raise NumberError(str(value), "too_large")
    # 1E+3 becomes 1000: a text made of it later shows digits only.
    return number.quantize(Decimal(1), context=_ROUNDING) if exponent > 0 else number


def divide(numerator, denominator):
    """The quotient, rounded half up to 30 decimals: the only division of the engine."""
    quotient = _ROUNDING.divide(numerator, denominator)
    return quotient.quantize(Decimal(1).scaleb(-DIVISION_DECIMALS), context=_ROUNDING)


def round_to(amount, step):
    """The multiple of `step` nearest to `amount`, halves away from zero.

    step: Decimal > 0, a currency's rounding (0.01, 1, 0.001, 0.05).
    >>> round_to(Decimal("-2.345"), Decimal("0.01"))
    Decimal('-2.35')
    """
    if step <= 0:
        raise ValueError(f"a rounding step is positive, not {step}")
    # A multiple is decided on the exact remainder: dividing first could round twice.
    with localcontext(_ROUNDING) as context:
        context.prec = DIGITS * 2
        steps = (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return (steps * step).quantize(step)


def to_text(number):
    """The number as plain digits, without an exponent and with every digit it was given."""
    return format(number, "f")
