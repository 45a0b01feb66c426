"""What a person types of usage that is more than one number: the quantity by dimension values, the value of each event.

region=eu, sku=m5: 300; region=us: 700
100; 250.50; 30
"""

from ...engine.numbers import NumberError, parse_decimal


class NotUnderstood(ValueError):
    """A piece of what was typed is neither. piece: that text."""

    def __init__(self, piece):
        super().__init__(piece)
        self.piece = piece


def parse_dimensions(text):
    """Tuple of (((name, value), ...), Decimal), names as rules name them; empty for no text. Raises NotUnderstood."""
    return tuple(_parse_combination(piece) for piece in _split(text, ";"))


def _parse_combination(piece):
    # A tag's name has a colon itself: the last one stands before the quantity.
    names, colon, quantity = piece.rpartition(":")
    values = [part.partition("=") for part in _split(names, ",")]
    if not colon or not values or not all(equals and name.strip() for name, equals, _value in values):
        raise NotUnderstood(piece)
    return tuple((name.strip(), value.strip()) for name, _equals, value in values), _parse_number(quantity)


def parse_events(text):
    """Tuple of Decimal, in the order of service; empty for no text. Raises NotUnderstood."""
    return tuple(_parse_number(piece) for piece in _split(text, ";"))


def _split(text, separator):
    return [piece.strip() for piece in (text or "").split(separator) if piece.strip()]


def _parse_number(text):
    try:
        return parse_decimal(text.strip())
    except NumberError as error:
        raise NotUnderstood(text.strip()) from error
