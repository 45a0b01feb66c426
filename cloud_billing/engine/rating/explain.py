"""The two views of a price, made apart: the internal workings and the customer's statement.

Both are JSON-able: numbers are text with every digit, dates are ISO, None is null. The statement is built from a
closed list of facts, so that a cost, a margin or another rule cannot reach it by being added to the workings.
"""

from decimal import Decimal

from ..numbers import to_text

ENGINE_VERSION = "1.0"


def make_workings(terms, facts, usage, steps, amount_exact, amount, cost, resolution):
    """The internal view: everything that made the amount, and everything needed to make it again.

    Keys: engine_version, rule, terms, facts, usage (none, zero, some), resolution, steps, amount_exact, amount,
    cost (in the plan's currency; null where none is known), currency. rule, terms and facts together are a request
    that rates to the same amount. steps: one dict per step that did something, in the order in which they ran, each
    with `step`, `before` and `after`. There is no margin here: a price that includes tax has none before its tax.
    """
    return {
        "engine_version": ENGINE_VERSION,
        "rule": describe_rule(terms.rule),
        "terms": describe_terms(terms),
        "facts": describe_facts(facts),
        "usage": usage,
        "resolution": None if resolution is None else describe_resolution(resolution),
        "steps": steps,
        "amount_exact": to_text(amount_exact),
        "amount": to_text(amount),
        "cost": as_text(cost),
        "currency": facts.currency,
    }


def make_statement(facts, usage, quantity, unit_price, parts, amount):
    """The customer's view. Keys: usage, quantity, unit, unit_price (null unless there is exactly one), tiers,
    proration, service_start, service_end, currency, amount."""
    tiers = [] if unit_price is not None else _make_tier_table(parts)
    return {
        "usage": usage,
        "quantity": as_text(quantity),
        "unit": facts.unit,
        "unit_price": as_text(unit_price),
        "tiers": tiers,
        "proration": _describe_proration(facts.proration),
        "service_start": facts.service_start.isoformat(),
        "service_end": facts.service_end.isoformat(),
        "currency": facts.currency,
        "amount": to_text(amount),
    }


def _make_tier_table(parts):
    """One row per tier reached: starts_at, up_to, quantity, unit_price, flat_amount, amount (of a whole period)."""
    rows = {}
    for part in parts:
        if part.tier is None:
            continue
        row = rows.setdefault(part.tier.number, {"flat_amount": Decimal(0), "amount": Decimal(0), **_TIER_BLANK})
        row["starts_at"], row["up_to"] = part.tier.starts_at, part.tier.up_to
        row["amount"] += part.amount
        if part.unit_price is None:
            row["flat_amount"] += part.amount
        else:
            row["quantity"], row["unit_price"] = part.quantity, part.unit_price
    return [{key: as_text(value) for key, value in row.items()} for row in rows.values()]


_TIER_BLANK = {"quantity": None, "unit_price": None}


def describe_rule(rule):
    if rule is None:
        return None
    return {
        "rule_id": rule.rule_id,
        "rule_name": rule.rule_name,
        "plan_name": rule.plan_name,
        "version_name": rule.version_name,
        "scope": rule.scope,
        "valid_from": as_text(rule.valid_from),
        "valid_to": as_text(rule.valid_to),
    }


def describe_terms(terms):
    """The terms as they were used; cost_basis only where a percentage or a fixed amount gives it a meaning."""
    is_on_cost = terms.percent is not None or terms.fixed is not None
    return {
        "charge_model": terms.charge_model,
        "unit_price": as_text(terms.unit_price),
        "tiers": [
            {
                "up_to": as_text(tier.up_to),
                "unit_price": to_text(tier.unit_price),
                "flat_amount": to_text(tier.flat_amount),
            }
            for tier in terms.tiers
        ],
        "percent": as_text(terms.percent),
        "fixed": as_text(terms.fixed),
        "cost_basis": terms.cost_basis if is_on_cost else None,
    }


def describe_facts(facts):
    exchange = facts.exchange
    return {
        "quantity": as_text(facts.quantity),
        "unit": facts.unit,
        "cost": as_text(facts.cost),
        "currency": facts.currency,
        "rounding": to_text(facts.rounding),
        "service_start": facts.service_start.isoformat(),
        "service_end": facts.service_end.isoformat(),
        "proration": _describe_proration(facts.proration),
        "exchange": None
        if exchange is None
        else {
            "rate": to_text(exchange.rate),
            "from_currency": exchange.from_currency,
            "to_currency": exchange.to_currency,
            "source": exchange.source,
            "date": exchange.date.isoformat(),
        },
        "rows": facts.rows,
        "usage_number": facts.usage_number,
    }


def describe_part(part):
    tier = part.tier
    return {
        "label": part.label,
        "quantity": as_text(part.quantity),
        "unit_price": as_text(part.unit_price),
        "amount": to_text(part.amount),
        "tier": None
        if tier is None
        else {"number": tier.number, "starts_at": to_text(tier.starts_at), "up_to": as_text(tier.up_to)},
    }


def describe_resolution(resolution):
    """What applies and why each other one does not: {chosen: rule, adjustments: [rule], extras: [rule], lost: [{rule,
    reason, facts}]}."""
    return {
        "chosen": describe_rule(resolution.chosen.rule),
        "adjustments": [describe_rule(candidate.rule) for candidate in resolution.adjustments],
        "extras": [describe_rule(candidate.rule) for candidate in resolution.extras],
        "lost": [
            {
                "rule": describe_rule(candidate.rule),
                "reason": reason,
                "facts": {name: as_text(value) for name, value in facts.items()},
            }
            for candidate, reason, facts in resolution.lost
        ],
    }


def _describe_proration(proration):
    if proration is None:
        return None
    return {"numerator": proration.numerator, "denominator": proration.denominator, "label": proration.label}


def as_text(value):
    """A Decimal as digits, a date as ISO, whole numbers and text as they are, None as None."""
    if isinstance(value, Decimal):
        return to_text(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
