"""What a statement says of the steps around a charge model: included quantities, a counter, changes, maximum, minimum.

(label, value) rows in the words and the number format of the reader, made of the customer's statement alone.
"""

from ..rated.told_numbers import tell_money, tell_number, tell_quantity


def get_price_currency(statement):
    """The currency of unit prices, tiers and changes: the bill's, unless the price was exchanged into it."""
    return statement.get("price_currency") or statement.get("currency", "")


def tell_before(env, statement):
    """What happens to the quantity before it is priced: what is included, and where a longer count stands."""
    unit = statement.get("unit") or ""
    rows = [
        (
            grant["label"] or env._("Included"),
            env._("%(used)s of %(of)s", used=tell_number(env, grant["used"]), of=tell_quantity(env, grant["of"], unit)),
        )
        for grant in statement.get("included") or ()
    ]
    counter = statement.get("counter")
    if counter:
        before, after = tell_number(env, counter["before"]), tell_quantity(env, counter["after"], unit)
        rows.append((env._("Counted so far"), env._("from %(before)s to %(after)s", before=before, after=after)))
    return rows


def tell_after(env, statement):
    """What happens to the amount: changes that the customer may read of, the maximum, the minimum."""
    currency = get_price_currency(statement)
    rows = [(change["label"], _tell_change(env, change, currency)) for change in statement.get("changes") or ()]
    for name, label in (("maximum", env._("At most")), ("minimum", env._("At least"))):
        if statement.get(name):
            rows.append((label, tell_money(env, statement[name][name], currency)))
    return rows


def _tell_change(env, change, currency):
    amount = tell_money(env, change["amount"], currency)
    if change["percent"] is None:
        return amount
    return env._("%(percent)s %% = %(amount)s", percent=tell_number(env, change["percent"]), amount=amount)
