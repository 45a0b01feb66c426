"""Instalments by JSON: a sum and how it is paid in, its parts out. README.md shows both ways to ask."""

from decimal import Decimal

from ..json_door import RequestError, listed, maybe, read_date, read_decimal, read_object, read_text, read_whole
from ..numbers import to_text
from .instalments import from_units, make_dated, make_instalments, to_units

ZERO = Decimal(0)


def handle_instalments(request):
    """{"instalments": [{"number", "date", "amount"}]} for a sum in equal parts, or in dated ones.

    total and the amounts are texts; step is the currency's smallest one (0.01, 1, 0.001). Equal: {"count",
    "first_date"} and optionally unit, every, anchor_day, down_payment, down_date. Dated: {"parts": [{"date",
    "amount"}]}, where one amount may be null: the rest. Raises RequestError, ScheduleError.
    """
    asked = read_object(request, "", required={"instalments": _read_plan})["instalments"]
    step = asked["step"]
    if step <= 0:
        raise RequestError("not_a_number", "instalments.step")
    total = to_units(asked["total"], step)
    if "parts" in asked:
        dated = [
            (part["date"], None if part["amount"] is None else to_units(part["amount"], step))
            for part in asked["parts"]
        ]
        found = make_dated(total, dated)
    else:
        options = {name: asked[name] for name in ("unit", "every", "anchor_day", "down_date") if name in asked}
        down_payment = to_units(asked.get("down_payment", ZERO), step)
        found = make_instalments(total, asked["count"], asked["first_date"], down_payment=down_payment, **options)
    return {
        "instalments": [
            {
                "number": part.number,
                "date": part.date.isoformat(),
                "amount": to_text(from_units(part.amount, step)),
            }
            for part in found
        ]
    }


def _read_plan(data, at):
    money = {"total": read_decimal, "step": read_decimal}
    if isinstance(data, dict) and "parts" in data:
        return read_object(data, at, required={**money, "parts": listed(_read_part)})
    return read_object(
        data,
        at,
        required={**money, "count": read_whole, "first_date": read_date},
        optional={
            "unit": read_text,
            "every": read_whole,
            "anchor_day": maybe(read_whole),
            "down_payment": read_decimal,
            "down_date": maybe(read_date),
        },
    )


def _read_part(data, at):
    return read_object(data, at, required={"date": read_date, "amount": maybe(read_decimal)})
