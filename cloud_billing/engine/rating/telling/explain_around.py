"""What both explanations say of the steps around a charge model; nothing of a step that did nothing.

The customer reads included quantities, where the counter stands, changes that carry a label, maximum and minimum. A
change without a label is not named: a percentage shows in the unit prices, an amount hides them, because quantity and
unit price would no longer be the amount.
"""

from decimal import Decimal

from ...numbers import PER_CENT, to_text, trim
from ..pricing.limits import tell_bound
from ..texts import as_text, describe_proration, describe_rule

# Keys of a statement that explain the amount of all usage; a correction, which is a difference, leaves them out.
AROUND_THE_WHOLE = ("included", "charged", "counter", "changes", "maximum", "minimum")

# Details of a part that are a price: a percentage on top of it changes them too.
_PRICE_DETAILS = ("block_price", "percent", "fixed_per_event", "event_minimum", "event_maximum")

_ZERO = Decimal(0)
_ONE = Decimal(1)


def describe_terms_around(terms):
    """conversion, maximum, minimum, is_minimum_prorated; each only where it says something."""
    around = {}
    conversion = terms.conversion
    if conversion is not None:
        around["conversion"] = {
            "numerator": to_text(conversion.numerator),
            "denominator": to_text(conversion.denominator),
            "unit": conversion.unit,
            "rounding": conversion.rounding,
            "step": to_text(conversion.step),
            "is_cumulative": conversion.is_cumulative,
        }
    for name in ("maximum", "minimum"):
        if getattr(terms, name) is not None:
            around[name] = to_text(getattr(terms, name))
    if not terms.is_minimum_prorated:
        around["is_minimum_prorated"] = False
    return around


def describe_facts_around(facts):
    """carried, carried_counted, grants, period_share; each only where it says something."""
    around = {
        name: as_text(getattr(facts, name))
        for name in ("carried", "carried_counted")
        if getattr(facts, name) is not None
    }
    if facts.grants:
        around["grants"] = [
            {
                "key": grant.key,
                "label": grant.label,
                "quantity": to_text(grant.quantity),
                "expires": as_text(grant.expires),
            }
            for grant in facts.grants
        ]
    if facts.period_share is not None:
        around["period_share"] = describe_proration(facts.period_share)
    return around


def describe_adjustment(adjustment):
    return {
        "rule": describe_rule(adjustment.rule),
        "percent": as_text(adjustment.percent),
        "amount": as_text(adjustment.amount),
        "limit": as_text(adjustment.limit),
        "label": adjustment.label,
        "is_discount": adjustment.is_discount,
    }


def show_changes(parts, changes):
    """(parts as the customer sees them, rows of the changes that have a label).

    Rows: dicts with label, percent (None where it was an amount or its limit was reached) and amount, of a whole
    period. The parts are empty where a change without a label added an amount.
    """
    if not changes:
        return parts, []
    factor, rows, is_hidden = _ONE, [], False
    for change in changes:
        percent = None if change.is_limited else change.adjustment.percent
        if change.adjustment.label:
            rows.append({"label": change.adjustment.label, "percent": percent, "amount": change.amount})
        elif percent is None:
            is_hidden = is_hidden or bool(change.amount)
        else:
            own = _ONE + percent * PER_CENT
            factor *= own
            rows = [{**row, "amount": row["amount"] * own} for row in rows]
    return () if is_hidden else _scale(parts, factor), rows


def _scale(parts, factor):
    if factor == 1:
        return parts
    return tuple(
        part._replace(
            amount=part.amount * factor,
            unit_price=None if part.unit_price is None else trim(part.unit_price * factor),
            details=tuple(
                (name, trim(value * factor) if name in _PRICE_DETAILS else value) for name, value in part.details
            ),
        )
        for part in parts
    )


def make_statement_around(facts, drawn, rows, notes):
    """What the customer's statement says beyond a plain price.

    Keys, each only where it says something: included ([{label, used, of}] in the unit of the quantity), charged (the
    quantity that is paid), counter ({before, after}: where on the ladder of a longer cycle the stretch lies), changes
    ([{label, percent, amount}]), maximum and minimum ({before, after, and the bound by its name}).
    """
    around = {}
    if drawn:
        around["included"] = [
            {"label": one.grant.label, "used": to_text(one.used), "of": to_text(one.grant.quantity)} for one in drawn
        ]
        around["charged"] = as_text(facts.quantity)
    if facts.carried_counted is not None:
        stretch = facts.quantity if facts.value is None else facts.value
        after = facts.carried_counted + (stretch or _ZERO)
        around["counter"] = {"before": to_text(facts.carried_counted), "after": to_text(after)}
    if rows:
        around["changes"] = [{name: as_text(value) for name, value in row.items()} for row in rows]
    for tell, *values in notes:
        if tell is tell_bound:
            step = tell(*values)
            around[step["step"]] = {name: step[name] for name in ("before", "after", step["step"])}
    return around
