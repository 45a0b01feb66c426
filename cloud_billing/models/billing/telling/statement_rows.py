"""The lines of a price that is more than quantity times unit price: blocks, steps, percentages of a value, cells.

A row is a dict of texts as the engine writes it into `rows` of a statement, or one of its parts in the workings. It is
told in the words and the number format of the reader; nothing is computed anew.
"""

from ....engine.numbers import parse_decimal
from ..rated.told_numbers import tell_money, tell_number, tell_quantity


def get_row_text(env, row, currency, unit=""):
    """One row in words, without its amount where the words say it: "2 × 5.00 EUR for 100 calls each".

    None for a row that has no words here (of another module).
    """
    tell = _ROWS.get(row.get("row") or row.get("label"))
    return tell(_Teller(env, currency, unit), row) if tell else None


class _Teller:
    """Numbers, money and quantities as one reader reads them."""

    def __init__(self, env, currency, unit):
        self.env = env
        self.currency = currency
        self.unit = unit

    def number(self, text):
        return tell_number(self.env, str(text))

    def money(self, text):
        return tell_money(self.env, text, self.currency)

    def quantity(self, text):
        return tell_quantity(self.env, text, self.unit)


def _tell_blocks(teller, row):
    text = teller.env._(
        "%(blocks)s × %(price)s for %(size)s each",
        blocks=teller.number(row["blocks"]),
        price=teller.money(row["block_price"]),
        size=teller.quantity(row["block_size"]),
    )
    if not parse_decimal(row["free_units"]):
        return text
    return teller.env._("%(text)s, after %(free)s free", text=text, free=teller.quantity(row["free_units"]))


def _tell_step(teller, row):
    if row["up_to"] is None:
        return teller.env._(
            "%(price)s above %(bound)s", price=teller.money(row["amount"]), bound=teller.quantity(row["starts_at"])
        )
    return teller.env._(
        "%(price)s up to %(bound)s", price=teller.money(row["amount"]), bound=teller.quantity(row["up_to"])
    )


def _tell_percentage(teller, row):
    text = teller.env._(
        "%(percent)s %% of %(value)s", percent=teller.number(row["percent"]), value=teller.money(row["value"])
    )
    if not parse_decimal(row["free_value"]):
        return text
    return teller.env._("%(text)s, less %(free)s free", text=text, free=teller.money(row["free_value"]))


def _tell_event_fixed(teller, row):
    text = teller.env._(
        "%(events)s × %(fee)s", events=teller.number(row["events"]), fee=teller.money(row["fixed_per_event"])
    )
    if not row["free_events"]:
        return text
    return teller.env._("%(text)s, after %(events)s free", text=text, events=teller.number(row["free_events"]))


def _tell_event_minimum(teller, row):
    return teller.env._(
        "%(events)s raised to the minimum of %(minimum)s each: %(amount)s",
        events=teller.number(row["events"]),
        minimum=teller.money(row["event_minimum"]),
        amount=teller.money(row["amount"]),
    )


def _tell_event_maximum(teller, row):
    return teller.env._(
        "%(events)s lowered to the maximum of %(maximum)s each: %(amount)s",
        events=teller.number(row["events"]),
        maximum=teller.money(row["event_maximum"]),
        amount=teller.money(row["amount"]),
    )


def _tell_value_tier(teller, row):
    return teller.env._(
        "%(percent)s %% of %(value)s", percent=teller.number(row["percent"]), value=teller.money(row["value"])
    )


def _tell_value_tier_flat(teller, row):
    return teller.env._("%(amount)s once", amount=teller.money(row["amount"]))


def _tell_cell(teller, row):
    return f"{get_values_text(teller.env, row['values'])}: {_tell_product(teller, row)}"


def _tell_rest(teller, row):
    return teller.env._("Other: %(product)s", product=_tell_product(teller, row))


def _tell_product(teller, row):
    # A share of zero needs no price.
    if row["unit_price"] is None:
        return teller.quantity(row["quantity"])
    return f"{teller.quantity(row['quantity'])} × {teller.money(row['unit_price'])}"


def get_values_text(env, values):
    """Dimension values in words: "eu, large"; an empty one by the name of its dimension."""
    return ", ".join(value or env._("no %(dimension)s", dimension=name) for name, value in values.items())


_ROWS = {
    "blocks": _tell_blocks,
    "step": _tell_step,
    "percentage": _tell_percentage,
    "event_fixed": _tell_event_fixed,
    "event_minimum": _tell_event_minimum,
    "event_maximum": _tell_event_maximum,
    "value_tier": _tell_value_tier,
    "value_tier_flat": _tell_value_tier_flat,
    "cell": _tell_cell,
    "rest": _tell_rest,
}
