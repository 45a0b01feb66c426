"""What the charge models with terms and facts of their own say in the workings: (label, value) rows of words."""

from ....engine.numbers import parse_decimal
from ..rated.told_numbers import tell_amount, tell_money, tell_number
from .statement_rows import get_row_text, get_values_text


def tell_model_terms(env, terms, currency):
    """The rows of a charge model that is more than a unit price, a ladder of them or a cost; None for the others.

    terms: of the workings of the engine.
    """
    tell = {
        "package": _tell_package,
        "stairstep": _tell_stairstep,
        "percentage": _tell_percentage,
        "graduated_percentage": _tell_value_ladder,
        "dynamic": _tell_dynamic,
        "matrix": _tell_matrix,
        "formula": _tell_formula,
    }.get(terms["charge_model"])
    return tell(env, terms, currency) if tell else None


def _tell_package(env, terms, currency):
    size = tell_number(env, terms["block_size"])
    is_down = terms.get("block_rounding") == "down"
    rows = [
        (env._("Price per block of %(size)s", size=size), tell_money(env, terms["unit_price"], currency)),
        (env._("What is charged"), env._("full blocks only") if is_down else env._("every started block")),
    ]
    if terms.get("free_units") is not None:
        rows.append((env._("Free units"), tell_number(env, terms["free_units"])))
    return rows


def _tell_stairstep(env, terms, currency):
    return [(_get_tier_name(env, tier), tell_money(env, tier["flat_amount"], currency)) for tier in terms["tiers"]]


def _tell_percentage(env, terms, currency):
    rows = []
    if terms["percent"] is not None:
        rows.append((env._("Of the value"), _percent(env, terms["percent"])))
    labels = {
        "fixed_per_event": env._("Per event"),
        "free_amount": env._("Free up to a value of"),
        "event_minimum": env._("At least per event"),
        "event_maximum": env._("At most per event"),
    }
    rows += [(label, tell_money(env, terms[name], currency)) for name, label in labels.items() if name in terms]
    if "free_events" in terms:
        rows.append((env._("Free events"), str(terms["free_events"])))
    return rows


def _tell_value_ladder(env, terms, currency):
    rows = []
    for tier in terms["tiers"]:
        price = _percent(env, tier["percent"])
        if parse_decimal(tier["flat_amount"]):
            price = env._(
                "%(price)s and %(amount)s once", price=price, amount=tell_amount(env, tier["flat_amount"], currency)
            )
        rows.append((_get_tier_name(env, tier), price))
    return rows


def _tell_dynamic(env, terms, currency):
    return [(env._("Price"), env._("comes with the usage"))]


def _tell_matrix(env, terms, currency):
    rows = [
        (get_values_text(env, cell["values"]), tell_money(env, cell["unit_price"], currency)) for cell in terms["cells"]
    ]
    if terms.get("rest_price") is not None:
        rows.append((env._("Other"), tell_money(env, terms["rest_price"], currency)))
    return rows


def _tell_formula(env, terms, currency):
    return [(env._("Formula"), terms["formula"])]


def _get_tier_name(env, tier):
    if tier["up_to"] is None:
        return env._("Tier %(bound)s", bound=env._("above"))
    return env._("Tier %(bound)s", bound=env._("up to %(bound)s", bound=tell_number(env, tier["up_to"])))


def tell_measures(env, facts):
    """The rows of what was measured besides quantity and cost. facts: of the workings."""
    currency, rows = facts["currency"], []
    if facts.get("value") is not None:
        rows.append((env._("Value"), tell_money(env, facts["value"], currency)))
    if facts.get("events") is not None:
        rows.append((env._("Events"), str(len(facts["events"]))))
    rows += [
        (get_values_text(env, share["values"]), tell_number(env, share["quantity"]))
        for share in facts.get("dimensions", ())
    ]
    rows += [(name, tell_number(env, number)) for name, number in facts.get("variables", {}).items()]
    return rows


def tell_model_part(env, part, currency):
    """(label, arithmetic) of one part of the workings; None for quantity times unit price and for plain amounts."""
    labels = {
        "blocks": env._("Blocks"),
        "step": env._("Step"),
        "percentage": env._("Percentage"),
        "event_fixed": env._("Per event"),
        "event_minimum": env._("Minimum"),
        "event_maximum": env._("Maximum"),
        "value_tier": env._("Tier"),
        "value_tier_flat": env._("Once in the tier"),
        "cell": env._("Price"),
        "rest": env._("Price"),
        "formula": env._("Formula"),
        "dynamic": env._("Price of the usage"),
    }
    label = labels.get(part["label"])
    if label is None:
        return None
    amount = tell_money(env, part["amount"], currency)
    text = part.get("filled") or get_row_text(env, {**part, **(part["tier"] or {})}, currency)
    if part["tier"]:
        label = f"{label} {part['tier']['number']}"
    return label, f"{text} = {amount}" if text else amount


def _percent(env, text):
    return f"{tell_number(env, text)} %"
