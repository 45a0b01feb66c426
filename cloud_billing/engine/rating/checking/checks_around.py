"""Checks of what stands around a charge model: conversion, maximum, minimum, and adjustments."""

from ..errors import TermsError
from ..memo import once_per_object
from .requires import require_number

QUANTITY_ROUNDINGS = ("none", "up", "down", "half_up")
_LOWEST_PERCENT = -100


@once_per_object
def check_around(terms):
    """Raise TermsError when the conversion, maximum or minimum of terms cannot be applied."""
    if terms.conversion is not None:
        _check_conversion(terms.conversion)
    for name in ("maximum", "minimum"):
        value = getattr(terms, name)
        if value is not None:
            require_number(value, name)
            if value < 0:
                raise TermsError(f"{name}_negative", charge_model=terms.charge_model, term=name)
    if terms.maximum is not None and terms.minimum is not None and terms.minimum > terms.maximum:
        raise TermsError("minimum_above_maximum", charge_model=terms.charge_model, term="minimum")


def _check_conversion(conversion):
    for name in ("numerator", "denominator", "step"):
        value = getattr(conversion, name)
        require_number(value, f"conversion.{name}")
        if value <= 0:
            raise TermsError("conversion_not_positive", term=f"conversion.{name}")
    if conversion.rounding not in QUANTITY_ROUNDINGS:
        raise TermsError("unknown_quantity_rounding", term=conversion.rounding)


@once_per_object
def check_adjustment(adjustment):
    """Raise TermsError when an adjustment says nothing, two things, or the contrary of what a discount is."""
    given = [name for name in ("percent", "amount") if getattr(adjustment, name) is not None]
    if len(given) != 1:
        raise TermsError("adjustment_empty", rule=adjustment.rule, term="percent")
    change = getattr(adjustment, given[0])
    require_number(change, given[0])
    # Below -100 per cent a higher price would give a lower one.
    if adjustment.percent is not None and change < _LOWEST_PERCENT:
        raise TermsError("percent_below_minus_100", rule=adjustment.rule, term="percent")
    if adjustment.is_discount and change > 0:
        raise TermsError("discount_raises", rule=adjustment.rule, term=given[0])
    if adjustment.limit is not None:
        require_number(adjustment.limit, "limit")
        if not adjustment.is_discount:
            raise TermsError("limit_without_discount", rule=adjustment.rule, term="limit")
        if adjustment.limit < 0:
            raise TermsError("limit_negative", rule=adjustment.rule, term="limit")
