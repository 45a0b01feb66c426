"""Formula: the price is worked out by a text of the grammar in formula.py."""

from decimal import Decimal

from ..errors import FactsError
from ..formula import MEASURED, fill, parse, work_out
from ..result import RatedPart


def formula(terms, facts):
    """Price what a formula says of the quantity, cost, value, number of events, and other numbers it names.

    No usage (nothing that the formula names is known, and no rows were counted): no part. Usage of 0 and negative usage
    are numbers like others: the formula says what they cost, and a constant in it is due. There are no tiers and no
    flat amounts; walking back is a difference of two totals (difference.py). Raises FactsError for a name without a
    number (quantity_missing, cost_missing, value_missing, events_missing, variable_missing), for a division by zero and
    a step that is not positive, with name and position. Example: docs/prices.md "Formula".
    """
    parsed = parse(terms.formula)
    known = get_numbers(facts)
    values = {name: known.get(name) for name in parsed.names or ("quantity",)}
    if not facts.rows and all(value is None for value in values.values()):
        return []
    for name, position in parsed.names.items():
        if values[name] is None:
            reason = f"{name}_missing" if name in MEASURED else "variable_missing"
            raise FactsError(reason, name=name, position=position, rows=facts.rows)
    details = (("formula", parsed.text), ("filled", fill(parsed, values)))
    return [RatedPart("formula", work_out(parsed, values), facts.quantity, details=details)]


def get_numbers(facts):
    """What a formula may name, by name; None where it is not known."""
    events = None if facts.events is None else Decimal(len(facts.events))
    return {
        **dict(facts.variables),
        "quantity": facts.quantity,
        "cost": facts.cost,
        "value": facts.value,
        "events": events,
    }
