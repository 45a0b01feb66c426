"""Numbers of workings and statements in the reader's number format: without zeros at the end of what was computed.

Money has at least the decimals of its currency ("195.00 USD"), and every digit more that an unrounded amount or a unit
price has.
"""

from ...engine.numbers import parse_decimal, trim
from ...fields import format_decimal


def tell_number(env, value, decimals=0):
    """A Decimal, or its text, with at least so many decimals; "" for None."""
    if value is None:
        return ""
    return format_decimal(env, trim(parse_decimal(value)), decimals)


def tell_quantity(env, value, unit):
    return f"{tell_number(env, value)} {unit}".strip()


def tell_amount(env, value, currency):
    """An amount of money without its currency, for sums in which that stands once. currency: its code."""
    return tell_number(env, value, _get_decimals(env, currency))


def tell_money(env, value, currency):
    """An amount of money, or a price, with its currency. currency: its code."""
    return f"{tell_amount(env, value, currency)} {currency}".strip()


def _get_decimals(env, code):
    """How many decimals amounts of a currency have; 0 where there is no currency of that code."""
    for currency in env["res.currency"].get_all_currencies().values():
        if currency["name"] == code:
            return currency["digits"][1]
    # Odoo remembers the active ones only; what was rated in one that was put away since is told all the same.
    currency = env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
    return currency.decimal_places if currency else 0
