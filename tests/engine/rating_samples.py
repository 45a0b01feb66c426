"""Short ways to write terms and facts in the tests of rating."""

from datetime import date
from decimal import Decimal

from cloud_billing_engine.rating import RatingFacts, RuleFacts, Terms, Tier

RULE = RuleFacts(7, "Compute hours", "Hosting", "2026", "everyone", date(2026, 1, 1), None)


def make_facts(quantity="0", **values):
    """Facts of March 2026 in euro cents; quantity and cost as text, None as None."""
    values = {
        "unit": "hour",
        "currency": "EUR",
        "rounding": Decimal("0.01"),
        "service_start": date(2026, 3, 1),
        "service_end": date(2026, 4, 1),
        **values,
    }
    if isinstance(values.get("cost"), str):
        values["cost"] = Decimal(values["cost"])
    return RatingFacts(quantity=None if quantity is None else Decimal(quantity), **values)


def per_unit(unit_price):
    return Terms("per_unit", unit_price=Decimal(unit_price), rule=RULE)


def flat(unit_price):
    return Terms("flat", unit_price=Decimal(unit_price), rule=RULE)


def graduated(*tiers):
    """Each tier as (up_to or None, unit price, flat amount if any), in text."""
    return Terms("graduated", tiers=tuple(make_tier(*tier) for tier in tiers), rule=RULE)


def make_tier(up_to, unit_price, flat_amount="0"):
    return Tier(None if up_to is None else Decimal(up_to), Decimal(unit_price), Decimal(flat_amount))


def cost_plus(percent=None, fixed=None, cost_basis="billed"):
    return Terms(
        "cost_plus",
        percent=None if percent is None else Decimal(percent),
        fixed=None if fixed is None else Decimal(fixed),
        cost_basis=cost_basis,
        rule=RULE,
    )


def make_terms(charge_model, tiers=(), **values):
    """Terms of any model: numbers as text, tiers as (up_to or None, unit price, flat amount if any)."""
    values = {
        name: Decimal(value) if isinstance(value, str) and name not in _TEXTS else value
        for name, value in values.items()
    }
    return Terms(charge_model, tiers=tuple(make_tier(*tier) for tier in tiers), rule=RULE, **values)


_TEXTS = {"block_rounding", "cost_basis", "formula"}


def make_percent_tier(up_to, percent, flat_amount="0"):
    return Tier(None if up_to is None else Decimal(up_to), Decimal(0), Decimal(flat_amount), Decimal(percent))


def make_events(*values, **facts):
    """Facts of single events, each with the value it moved."""
    return make_facts(str(len(values)), events=tuple(map(Decimal, values)), **facts)
