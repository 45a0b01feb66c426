"""What corrections of usage and of fees share: several priced lines as one, and nothing where something was."""

from dataclasses import replace
from decimal import Decimal

from ....engine.numbers import exact
from ....engine.rating import RatedResult
from ..charge.charge_stretches import Stretch
from ..pricing.charge_pricing import Priced

_ZERO = Decimal(0)


def combine_results(parts):
    """The RatedResult of several Priced of one part together: what was billed is known by part only."""
    first = parts[0].result
    with exact():
        return RatedResult(
            amount_exact=sum((part.result.amount_exact for part in parts), _ZERO),
            amount=sum((part.result.amount for part in parts), _ZERO),
            quantity=None,
            unit_price=None,
            parts=tuple(part for whole in parts for part in whole.result.parts),
            workings={"currency": first.workings["currency"], "parts": [part.result.workings for part in parts]},
            statement=first.statement,
        )


def make_gone(item, start, end, key, unit="", **sold_as):
    """Nothing, as Priced, for days of a part that were billed and are not owed any more, or by another price.

    item: of `cloud.rating`. sold_as: under which product and name it was billed, where that is not the charge's.
    """
    currency = (item.get("bill_in") or item)["currency"]
    statement = {
        "usage": "none",
        "unit": unit,
        "proration": None,
        "service_start": start.isoformat(),
        "service_end": end.isoformat(),
        "currency": currency,
    }
    workings = {"currency": currency, "usage": "none", "steps": []}
    return Priced(
        stretch=Stretch(start, end, None, None, None),
        result=RatedResult(_ZERO, _ZERO, None, None, (), workings, statement),
        resolution=None,
        key=key,
        unit=unit,
        **sold_as,
    )


def cite_invoice(result, invoice):
    """The RatedResult of a correction with the invoice that it corrects, which a credit note has to name; "" for none.

    invoice: its number, or several with commas between them.
    """
    if not invoice:
        return result
    correction = {**result.statement["correction"], "invoice": invoice}
    return replace(result, statement={**result.statement, "correction": correction})
