"""What the workings say of the steps around a charge model: (label, value) rows of words, for people who may see costs.

The numbers were written down when the line was rated. Here they are only told.
"""

from odoo.tools import format_date

from ..rated.told_numbers import tell_amount, tell_money, tell_number, tell_quantity, tell_share


def tell_terms_around(env, terms, currency):
    """Conversion, maximum and minimum, where a price has them."""
    rows = []
    if terms.get("conversion"):
        rows.append((env._("Quantity is converted"), _describe_conversion(env, terms["conversion"])))
    if terms.get("maximum") is not None:
        rows.append((env._("At most in a period"), tell_money(env, terms["maximum"], currency)))
    if terms.get("minimum") is not None:
        rows.append((env._("At least in a period"), tell_money(env, terms["minimum"], currency)))
    return rows


def tell_facts_around(env, facts):
    """What was counted before, what was included, which share of its period the stretch is."""
    rows, unit = [], facts.get("unit") or ""
    if facts.get("carried") is not None:
        rows.append((env._("Counted before"), tell_quantity(env, facts["carried"], unit)))
    if facts.get("carried_counted") is not None:
        rows.append((env._("Of that on the ladder"), tell_number(env, facts["carried_counted"])))
    for grant in facts.get("grants") or ():
        rest = tell_number(env, grant["quantity"])
        if grant["expires"]:
            rest = env._("%(rest)s, gone on %(day)s", rest=rest, day=format_date(env, grant["expires"]))
        rows.append((env._("Left of %(allowance)s", allowance=grant["label"]), rest))
    share = facts.get("period_share")
    if share:
        rows.append((env._("Share of the period, for amounts per period"), tell_share(env, share)))
    return rows


def tell_roles(env, resolution):
    """Which rules change the price, and which are charged beside it."""
    rows = [(env._("Adjusted by"), rule["rule_name"]) for rule in resolution.get("adjustments") or ()]
    return rows + [(env._("Charged beside it"), rule["rule_name"]) for rule in resolution.get("extras") or ()]


def tell_conversion(env, step, currency):
    before, after = (tell_number(env, step[name]) or env._("no usage") for name in ("before", "after"))
    rows = [
        (
            env._("Conversion"),
            env._(
                "%(before)s %(from_unit)s → %(after)s %(unit)s (%(how)s)",
                before=before,
                from_unit=step["from_unit"] or "",
                after=after,
                unit=step["unit"] or "",
                how=_describe_conversion(env, {**step, "step": step["to"]}),
            ),
        )
    ]
    if step.get("counted_before") is not None:
        rows.append((env._("On the ladder before"), tell_number(env, step["counted_before"])))
    return rows


def tell_included(env, step, currency):
    unit = step["unit"] or ""
    rows = [
        (
            grant["label"] or env._("Included"),
            env._("%(used)s of %(of)s", used=tell_number(env, grant["used"]), of=tell_quantity(env, grant["of"], unit)),
        )
        for grant in step["grants"]
    ]
    rest = f"{tell_number(env, step['before'])} → {tell_quantity(env, step['after'], unit)}"
    return [*rows, (env._("Still to be charged"), rest)]


def tell_change(env, step, currency):
    """An adjustment or a discount."""
    name = step["label"] or (step.get("rule") or {}).get("rule_name") or ""
    kind = env._("Discount") if step["step"] == "discount" else env._("Adjustment")
    changes = []
    if step["percent"] is not None:
        changes.append(env._("%(percent)s %%", percent=tell_number(env, step["percent"])))
    if step["amount"] is not None:
        changes.append(tell_money(env, step["amount"], currency))
    if step.get("limit") is not None:
        limit = tell_money(env, step["limit"], currency)
        changes.append(
            env._("at most %(limit)s, which it reached", limit=limit)
            if step.get("is_limited")
            else env._("at most %(limit)s", limit=limit)
        )
    before, after = tell_amount(env, step["before"], currency), tell_money(env, step["after"], currency)
    label = env._("%(kind)s: %(name)s", kind=kind, name=name) if name else kind
    return [(label, env._("%(change)s: %(before)s → %(after)s", change=", ".join(changes), before=before, after=after))]


def tell_bound(env, step, currency):
    """The maximum or the minimum, where it changed the amount."""
    name = step["step"]
    bound = tell_money(env, step[name], currency)
    if step["of_period"] != step[name]:
        whole = tell_money(env, step["of_period"], currency)
        bound = env._("%(bound)s, the share of %(whole)s", bound=bound, whole=whole)
    label = env._("At most %(bound)s", bound=bound) if name == "maximum" else env._("At least %(bound)s", bound=bound)
    return [(label, f"{tell_amount(env, step['before'], currency)} → {tell_money(env, step['after'], currency)}")]


def tell_counter(env, step, currency):
    total, before = (tell_amount(env, step[name], currency) for name in ("before", "amount_before"))
    return [
        (env._("Price of the total so far"), tell_money(env, step["before"], currency)),
        (env._("Less that of the total before"), tell_money(env, step["amount_before"], currency)),
        (env._("This period's share"), f"{total} − {before} = {tell_money(env, step['after'], currency)}"),
    ]


STEPS_AROUND = {
    "conversion": tell_conversion,
    "included": tell_included,
    "adjustment": tell_change,
    "discount": tell_change,
    "counter": tell_counter,
    "maximum": tell_bound,
    "minimum": tell_bound,
}


def _describe_conversion(env, conversion):
    """How a quantity becomes the one that is priced: "× 1 / 1000, rounded up to 1"."""
    factor = f"× {tell_number(env, conversion['numerator'])} / {tell_number(env, conversion['denominator'])}"
    rounding = {
        "up": env._("rounded up to %(step)s", step=tell_number(env, conversion["step"])),
        "down": env._("rounded down to %(step)s", step=tell_number(env, conversion["step"])),
        "half_up": env._("rounded half up to %(step)s", step=tell_number(env, conversion["step"])),
    }.get(conversion["rounding"])
    if not rounding:
        return factor
    if conversion.get("is_cumulative"):
        rounding = env._("%(rounding)s on the running total", rounding=rounding)
    return f"{factor}, {rounding}"
