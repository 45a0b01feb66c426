"""The measured quantity becomes the quantity that is priced: converted, then rounded to a step."""

from dataclasses import replace
from decimal import Decimal

from ...numbers import divide, round_ratio, to_text, trim
from ..errors import FactsError
from ..facts import DimensionQuantity
from ..texts import as_text

_ZERO = Decimal(0)


def convert(conversion, facts, steps):
    """The facts in the priced unit; with a counter also what it stood at before, in carried_counted.

    Rounded each on its own: the stretch's quantity, or that of each combination of dimensions, whose sum is the
    quantity then. With a counter and is_cumulative the running total is rounded, and the stretch has the difference.
    No usage stays no usage. Raises FactsError carried_counted_missing. Example: docs/prices.md "Converted and rounded".
    """
    if conversion is None:
        return facts if facts.carried is None else _count_on(facts, facts.quantity, facts.carried)
    if facts.carried is not None:
        converted = _convert_on_counter(conversion, facts)
    elif facts.dimensions:
        converted = _convert_dimensions(conversion, facts)
    else:
        converted = replace(facts, quantity=_convert(conversion, facts.quantity), unit=conversion.unit or facts.unit)
    steps.append((_tell_conversion, conversion, facts, converted))
    return converted


def _tell_conversion(conversion, facts, converted):
    return {
        "step": "conversion",
        "before": as_text(facts.quantity),
        "after": as_text(converted.quantity),
        "from_unit": facts.unit,
        "unit": converted.unit,
        "numerator": to_text(conversion.numerator),
        "denominator": to_text(conversion.denominator),
        "rounding": conversion.rounding,
        "to": None if conversion.rounding == "none" else to_text(conversion.step),
        **_describe_counter(conversion, facts, converted),
    }


def _convert(conversion, quantity):
    if quantity is None:
        return None
    if conversion.rounding == "none":
        return _convert_unrounded(conversion, quantity)
    return round_ratio(quantity * conversion.numerator, conversion.denominator, conversion.step, conversion.rounding)


def _convert_unrounded(conversion, quantity):
    converted = quantity * conversion.numerator
    return converted if conversion.denominator == 1 else trim(divide(converted, conversion.denominator))


def _convert_dimensions(conversion, facts):
    dimensions = tuple(
        DimensionQuantity(share.values, _convert(conversion, share.quantity)) for share in facts.dimensions
    )
    quantity = None if facts.quantity is None else sum((share.quantity for share in dimensions), _ZERO)
    return replace(facts, quantity=quantity, unit=conversion.unit or facts.unit, dimensions=dimensions)


def _convert_on_counter(conversion, facts):
    """The stretch's quantity as a difference of two running totals, so that no split of a year loses a digit."""
    is_each_rounded = conversion.rounding != "none" and not conversion.is_cumulative
    if is_each_rounded and facts.carried_counted is None:
        raise FactsError("carried_counted_missing", carried=facts.carried, rounding=conversion.rounding)
    if is_each_rounded:
        quantity, before = _convert(conversion, facts.quantity), facts.carried_counted
    else:
        before = _convert(conversion, facts.carried)
        total = _convert(conversion, facts.carried + (facts.quantity or _ZERO))
        quantity = None if facts.quantity is None else total - before
    return replace(_count_on(facts, quantity, before), unit=conversion.unit or facts.unit)


def _count_on(facts, quantity, before):
    counted = before if facts.carried_counted is None else facts.carried_counted
    return replace(facts, quantity=quantity, carried_counted=counted)


def _describe_counter(conversion, facts, converted):
    if facts.carried is None:
        return {}
    return {
        "is_cumulative": conversion.is_cumulative,
        "carried": to_text(facts.carried),
        "counted_before": to_text(converted.carried_counted),
    }
