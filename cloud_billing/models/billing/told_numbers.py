"""Numbers of workings and statements in the reader's number format: without zeros at the end of what was computed."""

from ...engine.numbers import parse_decimal, trim
from ...fields import format_decimal


def tell_number(env, value, decimals=0):
    """A Decimal, or its text, with at least so many decimals; "" for None."""
    if value is None:
        return ""
    return format_decimal(env, trim(parse_decimal(value)), decimals)


def tell_quantity(env, value, unit):
    return f"{tell_number(env, value)} {unit}".strip()


def tell_money(env, value, currency, decimals=0):
    return f"{tell_number(env, value, decimals)} {currency}".strip()
