"""A mapping of columns in words: what its fields and choices are called, what is wrong with one, what one says."""

from odoo.tools import LazyTranslate

from ...engine.readers.own.mapping import COLUMN_KEY, DOCUMENT, TABLE_OPTIONS

_lt = LazyTranslate(__name__)

# What a column can be, in the order in which a person looks for it.
FIELDS = {
    "start": _lt("Date or start"),
    "end": _lt("End"),
    "duration": _lt("Duration"),
    "billing_month": _lt("Billing month"),
    "account": _lt("Account (whose usage it is)"),
    "account_name": _lt("Name of the account"),
    "service": _lt("Service"),
    "quantity": _lt("Quantity"),
    "unit": _lt("Unit"),
    "cost": _lt("Billed cost"),
    "cost_effective": _lt("Effective cost"),
    "cost_list": _lt("List cost"),
    "cost_contracted": _lt("Contracted cost"),
    "currency": _lt("Currency"),
    "id": _lt("Id of the row"),
    "sku": _lt("SKU"),
    "sku_name": _lt("Name of the SKU"),
    "region": _lt("Region"),
    "resource": _lt("Resource"),
    "charge_kind": _lt("Kind of charge"),
    "provider": _lt("Provider"),
    "provider_account": _lt("Provider account"),
    "tags": _lt("Tags, as JSON"),
}
DATE_FORMATS = {
    "iso": _lt("Year first: 2026-10-31"),
    "dmy": _lt("Day first: 31.10.2026, 31/10/2026"),
    "mdy": _lt("Month first: 10/31/2026"),
    "compact": _lt("Digits only: 20261031"),
    "epoch_s": _lt("Seconds since 1970"),
    "epoch_ms": _lt("Milliseconds since 1970"),
}
PERIODS = {
    "day": _lt("The whole day of its date"),
    "hour": _lt("The whole hour of its time"),
    "month": _lt("The whole month of its date"),
    "end": _lt("Until its end, which is no longer part of it"),
    "last_day": _lt("Until the end of its last day"),
    "duration": _lt("As long as its duration says"),
    "instant": _lt("A moment (one second)"),
    "auto": _lt("Until its end; without one a date is a day, a time a moment"),
}
DURATION_UNITS = {
    "seconds": _lt("Seconds"),
    "minutes": _lt("Minutes"),
    "hours": _lt("Hours"),
    "days": _lt("Days"),
}
SHAPES = {
    "append": _lt("Only new rows: what is there stays"),
    "snapshot": _lt("A whole month, again and again until it is final"),
}
KEYS = {
    "id": _lt("The columns that are its id"),
    "content": _lt("All that it says: there is no id"),
}
MONTHS = {
    "start": _lt("The month of its date"),
    "column": _lt("A column says it"),
    "import": _lt("It is chosen when the file is imported"),
}
DECIMALS = {".": _lt("Point: 1234.56"), ",": _lt("Comma: 1234,56")}
THOUSANDS = {
    "": _lt("Nothing"),
    ",": _lt("Comma: 1,234"),
    ".": _lt("Point: 1.234"),
    " ": _lt("Blank: 1 234"),
    "'": _lt("Apostrophe: 1'234"),
}
DELIMITERS = {",": _lt("Comma"), ";": _lt("Semicolon"), "\t": _lt("Tab"), "|": _lt("Vertical bar")}

_PROBLEMS = {
    "not_an_object": _lt("This is not a mapping of columns."),
    "unknown_key": _lt('The mapping says "%(second)s", which no mapping has.'),
    "bad_value": _lt('"%(second)s" is no value for %(first)s.'),
    "too_long": _lt("%(first)s is longer than %(second)s."),
    "unknown_field": _lt('"%(second)s" is not something that a column can be.'),
    "no_column": _lt("Say which column is: %(fields)s."),
    "alias_twice": _lt('The column "%(third)s" is both %(first)s and %(second)s. It can be one of them.'),
    "no_key": _lt("Say by which columns a row is known again, or that there is no id."),
    "key_without_column": _lt("%(first)s is to be part of the id, and no column is that."),
    "key_lacks": _lt(
        "Without an id, %(first)s must be among the columns by which a row is known again: two different rows would be "
        "taken for one."
    ),
    "no_end_column": _lt("Rows last until their end: say which column is the end, or how long they last."),
    "no_duration_column": _lt("Say which column is the duration, or how long rows last otherwise."),
    "no_month_column": _lt("Say which column is the billing month, or where the month comes from."),
    "same_signs": _lt("Decimals and thousands cannot have the same sign."),
}
_NAMED = {"key_without_column", "key_lacks", "alias_twice"}


def selection(env, labels):
    """Pairs (value, translated label) for a selection field."""
    return [(value, env._(label)) for value, label in labels.items()]


def explain(env, error):
    """The sentences for a MappingError, all that is wrong with it."""
    return [_explain_problem(env, code, values) for code, *values in error.problems]


def _explain_problem(env, code, values):
    if code == "no_column":
        fields = env._(" or ").join(name_field(env, field) for field in values)
        return _say(env, code, {"fields": fields})
    if code in _NAMED:
        values = [name_field(env, value) if at < 2 else value for at, value in enumerate(values)]
    facts = dict(zip(("first", "second", "third"), map(str, values), strict=False))
    return _say(env, code, facts)


def _say(env, code, facts):
    # env._ takes no values for a lazy text.
    translated = env._(_PROBLEMS[code])
    return translated % facts


def name_field(env, field):
    """What a field is called; a column that is no field by its own name."""
    if field in FIELDS:
        return env._(FIELDS[field])
    return field.removeprefix(COLUMN_KEY)


def describe(env, definition):
    """Pairs (what, how) that tell a mapping to a person."""
    said = {**DOCUMENT, **definition}
    rows = [(env._("A file brings"), env._(SHAPES[said["shape"]]))]
    if said["shape"] == "append":
        keys = ", ".join(name_field(env, field) for field in said["key_fields"])
        rows.append((env._("A row is known again by"), keys))
    else:
        rows.append((env._("Its month is"), env._(MONTHS[said["month"]])))
    rows += [
        (name_field(env, field), ", ".join([names] if isinstance(names, str) else names))
        for field, names in sorted(said["columns"].items(), key=lambda pair: list(FIELDS).index(pair[0]))
    ]
    rows += [
        (name_field(env, field), env._("always: %(value)s", value=value)) for field, value in said["constants"].items()
    ]
    rows += _describe_values(env, said)
    return rows


def _describe_values(env, said):
    rows = [
        (env._("Dates"), env._(DATE_FORMATS[said["date_format"]])),
        (env._("Times without an offset"), said["time_zone"] or env._("in the time zone of the source")),
        (env._("A row lasts"), env._(PERIODS[said["period"]])),
        (env._("Decimals"), env._(DECIMALS[said["decimal"]])),
    ]
    if said["period"] == "duration":
        rows.append((env._("Durations are in"), env._(DURATION_UNITS[said["duration_unit"]])))
    if said["thousands"]:
        rows.append((env._("Between thousands"), env._(THOUSANDS[said["thousands"]])))
    if said["quantity_factor"] != "1":
        rows.append((env._("Quantities are multiplied by"), said["quantity_factor"]))
    if said["charge_kinds"]:
        kinds = ", ".join(f"{written} = {kind}" for written, kind in said["charge_kinds"].items())
        rows.append((env._("Kinds of charge"), kinds))
    if said["tags"] is not None:
        rows.append((env._("Other columns that are kept"), ", ".join(said["tags"]) or env._("none")))
    table = [
        f"{name}: {value}" for name, value in {**TABLE_OPTIONS, **said["table"]}.items() if value not in ("", 0, ",")
    ]
    if table:
        rows.append((env._("The table"), ", ".join(table)))
    return rows
