"""Numbers of workings and statements in the reader's number format: without zeros at the end of what was computed.

Money has at least the decimals of its currency ("195.00 USD"), and every digit more that an unrounded amount or a unit
price has.
"""

from decimal import Decimal

from ....engine.numbers import divide, parse_decimal, round_to, trim
from ....fields import format_decimal

_HOUR, _HALF_HOUR = Decimal(3600), 1800


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


def tell_rounded(env, value, currency):
    """An amount of money with its currency and no more digits than that has; of a cost the rest is no help to read."""
    step = Decimal(1).scaleb(-_get_decimals(env, currency)) if currency else Decimal("0.01")
    return tell_money(env, round_to(parse_decimal(value), step), currency)


def tell_share(env, share):
    """Which part of a period something is, in the unit in which its days were weighed. share: as in a statement."""
    used, whole, label = share["numerator"], share["denominator"], share.get("label")
    if label == "period":
        return env._("due for this period already")
    if label == "days of 30-day months":
        return env._("%(used)s of %(whole)s days (months of 30 days)", used=used, whole=whole)
    if label != "seconds":
        return env._("%(used)s of %(whole)s days", used=used, whole=whole)
    if used % _HALF_HOUR or whole % _HALF_HOUR:
        return env._("%(used)s of %(whole)s seconds", used=used, whole=whole)
    used, whole = (tell_number(env, str(trim(divide(Decimal(number), _HOUR)))) for number in (used, whole))
    return env._("%(used)s of %(whole)s hours", used=used, whole=whole)


def _get_decimals(env, code):
    """How many decimals amounts of a currency have; 0 where there is no currency of that code."""
    for currency in env["res.currency"].get_all_currencies().values():
        if currency["name"] == code:
            return currency["digits"][1]
    # Odoo remembers the active ones only; what was rated in one that was put away since is told all the same.
    currency = env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
    return currency.decimal_places if currency else 0
