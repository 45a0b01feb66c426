"""Workings and statements as titled tables of words, in the reader's language: [(title, [(label, value), ...]), ...].

The numbers were written down when the line was rated. Here they are only told: nothing is computed anew.
"""

from odoo.tools import format_date

from ....engine.numbers import exact, parse_decimal
from ..rated.told_numbers import tell_amount, tell_money, tell_number, tell_quantity, tell_share
from .explanation_around import STEPS_AROUND, tell_facts_around, tell_roles, tell_terms_around
from .explanation_models import tell_measures, tell_model_part, tell_model_terms
from .instalment_text import get_instalment_texts
from .invoice_text import get_exchange_texts
from .statement_around import get_price_currency, tell_after, tell_before
from .statement_rows import get_row_text


def get_workings_tables(env, line):
    """How the amount of a rated line came about, for people who may see costs and rules."""
    workings = line.workings or {}
    tables = []
    now = workings.get("now")
    if now is not None:
        tables.append((env._("Correction"), _tell_steps(env, workings)))
        workings = now
    for part in workings.get("parts", [workings]):
        tables += tell_workings(env, part)
    tables.append((env._("For the books"), _tell_books(env, line)))
    return [(title, rows) for title, rows in tables if rows]


def tell_workings(env, workings):
    """How one price came about, from the workings of the engine: tables, the empty ones left out."""
    if workings.get("bundle"):
        return [*tell_workings(env, workings["price"]), (env._("Bundle"), _tell_bundle(env, workings))]
    tables = _tell_price(env, workings)
    tables.append((env._("Arithmetic"), _tell_facts(env, workings) + _tell_steps(env, workings)))
    return [(title, rows) for title, rows in tables if rows]


def get_statement_tables(env, line):
    """What the customer may see of a rated line, made of its statement alone."""
    return [(env._("What the customer sees"), tell_statement(env, line.name, line.statement or {}))]


def tell_statement(env, name, statement):
    """(label, value) rows of one statement of the engine; name: what the service is called."""
    currency, price_currency = statement.get("currency", ""), get_price_currency(statement)
    rows = [(env._("Service"), name), *_tell_period(env, statement)]
    usage = {
        "none": env._("No usage"),
        "zero": env._("Usage of zero"),
    }.get(statement.get("usage"))
    if usage:
        rows.append((env._("Usage"), usage))
    if statement.get("quantity") is not None:
        rows.append((env._("Quantity"), tell_quantity(env, statement["quantity"], statement.get("unit") or "")))
    rows += tell_before(env, statement)
    if statement.get("charged") is not None:
        rows.append((env._("Charged"), tell_quantity(env, statement["charged"], statement.get("unit") or "")))
    if statement.get("unit_price") is not None:
        rows.append((env._("Unit price"), tell_money(env, statement["unit_price"], price_currency)))
    for row in statement.get("rows") or ():
        text = get_row_text(env, row, price_currency, statement.get("unit") or "")
        rows.append((text or row["row"], tell_money(env, row["amount"], price_currency)))
    for tier in statement.get("tiers") or ():
        rows.append((_tier_range(env, tier), _tier_sum(env, tier, price_currency)))
    if statement.get("proration"):
        rows.append((env._("Share of the period"), tell_share(env, statement["proration"])))
    rows += tell_after(env, statement)
    rows += [(env._("Exchange"), text) for text in get_exchange_texts(env, statement)]
    if statement.get("instalment"):
        rows += [(env._("Part"), text) for text in get_instalment_texts(env, statement["instalment"], currency)]
    if statement.get("true_up"):
        rows.append((env._("Agreed"), tell_money(env, statement["true_up"]["due"], currency)))
        rows.append((env._("Billed of it"), tell_money(env, statement["true_up"]["billed"], currency)))
    correction = statement.get("correction")
    if correction:
        rows.append((env._("Billed before"), tell_money(env, correction["amount_billed"], currency)))
        rows.append((env._("Should be"), tell_money(env, correction["amount_now"], currency)))
    rows.append((env._("Amount"), tell_money(env, statement.get("amount"), currency)))
    return rows


def _tell_price(env, workings):
    """The rule that won, and why each other one lost; of a true-up, what was agreed."""
    if workings.get("true_up"):
        minimum = tell_money(env, workings["true_up"]["minimum"], workings["currency"])
        return [(env._("What was agreed"), [(env._("Minimum"), minimum), *_tell_period(env, workings["true_up"])])]
    rule, resolution = workings.get("rule"), workings.get("resolution") or {}
    if not rule:
        return []
    rows = [
        (env._("Price"), rule["rule_name"]),
        (env._("Plan and version"), ", ".join(name for name in (rule["plan_name"], rule["version_name"]) if name)),
        (env._("For"), rule["scope"]),
        (env._("In force"), _validity(env, rule)),
        *_tell_terms(env, workings),
        *tell_terms_around(env, workings["terms"], workings["currency"]),
        *tell_roles(env, resolution),
    ]
    lost = [(entry["rule"]["rule_name"], _tell_loss(env, entry)) for entry in resolution.get("lost", ())]
    return [(env._("The price that applies"), rows), (env._("Prices that do not apply"), lost)]


def _tell_terms(env, workings):
    terms, currency = workings["terms"], get_price_currency(workings)
    rows = tell_model_terms(env, terms, currency)
    if rows is not None:
        return rows
    rows = []
    if terms["unit_price"] is not None:
        rows.append((env._("Unit price"), tell_money(env, terms["unit_price"], currency)))
    if terms["percent"] is not None:
        rows.append((env._("On the cost"), f"{tell_number(env, terms['percent'])} %"))
    for tier in terms["tiers"]:
        bound = (
            env._("above") if tier["up_to"] is None else env._("up to %(bound)s", bound=tell_number(env, tier["up_to"]))
        )
        price = tell_money(env, tier["unit_price"], currency)
        if parse_decimal(tier["flat_amount"]):
            price = env._(
                "%(price)s and %(amount)s once", price=price, amount=tell_amount(env, tier["flat_amount"], currency)
            )
        rows.append((env._("Tier %(bound)s", bound=bound), price))
    return rows


def _tell_loss(env, entry):
    """Why a price lost, in words."""
    facts = entry["facts"]
    if entry["reason"] == "not_yet_in_force":
        return env._("begins on %(day)s", day=_date(env, facts["valid_from"]))
    if entry["reason"] == "no_longer_in_force":
        return env._("ended before %(day)s", day=_date(env, facts["valid_to"]))
    if entry["reason"] == "other_dimension":
        return env._(
            "for %(dimension)s %(wanted)s, not %(value)s",
            dimension=facts["dimension"],
            wanted=facts["wanted"],
            value=facts["value"] or env._("empty"),
        )
    return {
        "less_specific_scope": env._("for more customers than the one that applies"),
        "less_specific_product": env._("for more products than the one that applies"),
        "fewer_conditions": env._("with fewer conditions than the one that applies"),
        "price_is_final": env._("the price that applies is final, nothing adjusts it"),
    }.get(entry["reason"], entry["reason"])


def _tell_facts(env, workings):
    facts = workings.get("facts")
    if not facts:
        return []
    rows = _tell_period(env, facts)
    if facts["rows"] is not None:
        rows.append((env._("Usage rows"), str(facts["rows"])))
    if facts["usage_number"] is not None:
        rows.append((env._("Usage as of import number"), str(facts["usage_number"])))
    if facts["quantity"] is not None:
        rows.append((env._("Quantity"), tell_quantity(env, facts["quantity"], facts["unit"] or "")))
    if facts["cost"] is not None:
        exchange = facts["exchange"]
        currency = exchange["from_currency"] if exchange else facts["currency"]
        rows.append((env._("Provider's cost"), tell_money(env, facts["cost"], currency)))
    return rows + tell_measures(env, facts) + tell_facts_around(env, facts)


def _tell_steps(env, workings):
    currency = get_price_currency(workings)
    rows = []
    for step in workings.get("steps", ()):
        tell = _STEPS.get(step["step"])
        if step["step"] == "bill_currency":
            currency = step["to_currency"]
        # A step of another module has no words here; its name and result are still true.
        rows += tell(env, step, currency) if tell else [(step["step"], str(step.get("after") or ""))]
    return rows


def _tell_exchange(env, step, currency):
    return [(
        env._("Exchange"),
        env._(
            "%(before)s %(from_currency)s × %(rate)s = %(after)s %(to_currency)s (%(table)s, %(day)s)",
            before=tell_amount(env, step["before"], step["from_currency"]), from_currency=step["from_currency"],
            rate=tell_number(env, step["rate"]),
            after=tell_amount(env, step["after"], step["to_currency"]), to_currency=step["to_currency"],
            table=step["source"],
            day=_date(env, step["date"]),
        ),
    )]  # fmt: skip


def _tell_charge_model(env, step, currency):
    labels = {
        "usage": env._("Usage"),
        "fee": env._("Fee"),
        "tier": env._("Tier"),
        "tier_flat": env._("Once in the tier"),
        "cost": env._("Cost"),
        "percent": env._("Percentage"),
        "fixed": env._("Fixed amount"),
    }
    rows = []
    for part in step["parts"]:
        told = tell_model_part(env, part, currency)
        if told:
            rows.append(told)
            continue
        amount = tell_money(env, part["amount"], currency)
        if part["quantity"] is not None and part["unit_price"] is not None:
            price = tell_amount(env, part["unit_price"], currency)
            amount = f"{tell_number(env, part['quantity'])} × {price} = {amount}"
        label = labels.get(part["label"], part["label"])
        if part["tier"]:
            label = f"{label} {part['tier']['number']}"
        rows.append((label, amount))
    return [*rows, (env._("Sum"), tell_money(env, step["after"], currency))]


def _tell_proration(env, step, currency):
    share = f"{tell_amount(env, step['prorated'], currency)} × {step['numerator']} / {step['denominator']}"
    return [(env._("Share of the period"), f"{share} = {tell_money(env, step['after'], currency)}")]


def _tell_bundle(env, workings):
    """What a part gets of the price of the set."""
    bundle, currency = workings["bundle"], workings["currency"]
    steps = {step["step"]: step for step in workings["steps"]}
    rows = [(env._("Bundle"), bundle["name"]), *_tell_steps(env, workings)]
    weights = steps["set_split"]["weights"]
    rows.append(
        (
            env._("%(part)s weighs", part=bundle["part"]),
            env._(
                "%(weight)s of %(all)s",
                weight=tell_amount(env, weights[bundle["place"]], currency),
                all=" + ".join(tell_amount(env, weight, currency) for weight in weights),
            ),
        )
    )
    return [*rows, (env._("Its share"), tell_money(env, workings["amount"], currency))]


def _tell_set_sum(env, step, currency):
    amounts = " + ".join(tell_amount(env, amount, currency) for amount in step["amounts"])
    return [(env._("Price of the set"), f"{amounts} = {tell_money(env, step['after'], currency)}")]


def _tell_set_discount(env, step, currency):
    if step["percent"] is None:
        off = tell_amount(env, step["amount"], currency)
    else:
        off = f"{tell_number(env, step['percent'])} %"
    if step["proration"]:
        off = f"{off} × {step['proration']['numerator']} / {step['proration']['denominator']}"
    return [(env._("Less %(discount)s", discount=off), tell_money(env, step["after"], currency))]


def _tell_set_split(env, step, currency):
    shares = " + ".join(tell_amount(env, share, currency) for share in step["shares"])
    return [(env._("Split on its parts"), f"{shares} {currency}")]


def _tell_true_up(env, step, currency):
    return [
        (env._("Counted towards it"), tell_money(env, step["billed"], currency)),
        (env._("Still due"), tell_money(env, step["after"], currency)),
    ]


def _tell_rounding(env, step, currency):
    return [(
        env._("Rounded once, half up, to %(step)s", step=tell_number(env, step["to"])),
        tell_money(env, step["after"], currency),
    )]  # fmt: skip


def _tell_difference(env, step, currency):
    rows = [
        (env._("As of now"), tell_money(env, step["amount_now"], currency)),
        (env._("Billed before"), tell_money(env, step["amount_billed"], currency)),
        (env._("Difference"), tell_money(env, step["after"], currency)),
    ]
    if step["quantity_now"] is not None or step["quantity_billed"] is not None:
        billed, now = tell_number(env, step["quantity_billed"]), tell_number(env, step["quantity_now"])
        rows.append((env._("Quantity before and now"), f"{billed or '0'} → {now or '0'}"))
    return rows


def _tell_settle(env, step, currency):
    label = env._("Nothing is owed any more: what was billed, to the last cent")
    return [(label, tell_money(env, step["after"], currency))]


def _tell_price_credit(env, step, currency):
    return [
        (env._("Left of what was billed"), tell_money(env, step["before"], currency)),
        (env._("Given back"), tell_money(env, step["after"], currency)),
        *([(env._("Share of its days"), tell_share(env, step["share"]))] if step["share"] else []),
    ]


def _tell_bill_currency(env, step, currency):
    ((_title, text),) = _tell_exchange(env, step, currency)
    return [(env._("Billed in %(currency)s", currency=step["to_currency"]), text)]


_STEPS = {
    "exchange": _tell_exchange,
    "bill_currency": _tell_bill_currency,
    "charge_model": _tell_charge_model,
    "proration": _tell_proration,
    "rounding": _tell_rounding,
    "difference": _tell_difference,
    "settle": _tell_settle,
    "price_credit": _tell_price_credit,
    **STEPS_AROUND,
    "true_up": _tell_true_up,
    "set_sum": _tell_set_sum,
    "set_discount": _tell_set_discount,
    "set_split": _tell_set_split,
}


def _tell_books(env, line):
    currency = line.currency_id.name
    rows = [
        (env._("Customer"), line.customer_name),
        (env._("Product"), line.product_id.display_name),
        (env._("Amount"), tell_money(env, line.amount, currency)),
    ]
    if line.cost_amount is not None:
        rows.append((env._("Provider's billed cost"), tell_money(env, line.cost_amount, currency)))
        if line.bill_id.tax_basis == "net":
            with exact():
                margin = line.amount - line.cost_amount
            rows.append((env._("Margin"), tell_money(env, margin, currency)))
    rows.append((env._("Engine version"), line.engine_version))
    return [*rows, *line._get_explained_facts()]


def _tier_range(env, tier):
    if tier["up_to"] is None:
        return env._("Above %(bound)s", bound=tell_number(env, tier["starts_at"]))
    return env._("Up to %(bound)s", bound=tell_number(env, tier["up_to"]))


def _tier_sum(env, tier, currency):
    amount = tell_money(env, tier["amount"], currency)
    if tier["quantity"] is None:
        return amount
    product = f"{tell_number(env, tier['quantity'])} × {tell_amount(env, tier['unit_price'], currency)}"
    if parse_decimal(tier["flat_amount"]):
        product = f"{product} + {tell_amount(env, tier['flat_amount'], currency)}"
    return f"{product} = {amount}"


def _tell_period(env, facts):
    """The row of the period; none where the price of no period in particular was asked."""
    return [(env._("Period"), _period(env, facts))] if facts.get("service_start") else []


def _period(env, facts):
    return env._(
        "%(start)s up to, not including, %(end)s",
        start=_date(env, facts["service_start"]),
        end=_date(env, facts["service_end"]),
    )


def _validity(env, rule):
    if rule["valid_to"]:
        return env._(
            "from %(start)s until %(end)s", start=_date(env, rule["valid_from"]), end=_date(env, rule["valid_to"])
        )
    return env._("from %(start)s", start=_date(env, rule["valid_from"])) if rule["valid_from"] else env._("always")


def _date(env, text):
    return format_date(env, text) if text else ""
