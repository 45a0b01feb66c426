"""Values as JSON shows them; what both explanations are written with."""

from decimal import Decimal

from ..numbers import to_text
from .memo import once_per_object


def as_text(value):
    """A Decimal as digits, a date as ISO, whole numbers and text as they are, None as None."""
    if isinstance(value, Decimal):
        return to_text(value)
    if value is None or isinstance(value, (str, int)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else value


def describe_rule(rule):
    return None if rule is None else _describe_rule(rule)


@once_per_object
def _describe_rule(rule):
    return {
        "rule_id": rule.rule_id,
        "rule_name": rule.rule_name,
        "plan_name": rule.plan_name,
        "version_name": rule.version_name,
        "scope": rule.scope,
        "valid_from": as_text(rule.valid_from),
        "valid_to": as_text(rule.valid_to),
    }


def describe_proration(proration):
    if proration is None:
        return None
    return {"numerator": proration.numerator, "denominator": proration.denominator, "label": proration.label}


def describe_exchange(exchange):
    return {
        "rate": to_text(exchange.rate),
        "from_currency": exchange.from_currency,
        "to_currency": exchange.to_currency,
        "source": exchange.source,
        "date": exchange.date.isoformat(),
    }
