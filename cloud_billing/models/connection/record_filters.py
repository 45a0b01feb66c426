"""Which records count: conditions of a field, a comparison and a value, entered as settings and never as a domain."""

from datetime import date

from odoo.fields import Domain

from ...engine.connectors import ConnectorError, Problem, Setting
from ...engine.connectors.base import get_option
from ...engine.numbers import parse_decimal

COUNT = 3
COMPARISONS = (
    ("=", "is"),
    ("!=", "is not"),
    (">", "is above"),
    ("<", "is below"),
    ("ilike", "contains"),
    ("set", "is filled in"),
    ("unset", "is empty"),
)
TYPES = ("boolean", "char", "selection", "integer", "float", "monetary", "many2one", "date")
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no", "")


def _make_settings(number):
    group = "what" if number == 1 else "more"
    return (
        Setting(f"filter_{number}", "Only where", "choice", required=False, group=group),
        Setting(
            f"filter_{number}_is", "Comparison", "choice", required=False, choices=COMPARISONS, default="=", group=group
        ),
        Setting(f"filter_{number}_value", "Value", required=False, group=group),
    )


SETTINGS = tuple(setting for number in range(1, COUNT + 1) for setting in _make_settings(number))
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def is_filled(field_name):
    return Domain(field_name, "!=", False)


def make_window(start, end, last_id):
    """Records that were written in [start, end), aware moments, behind an id."""
    written = Domain("write_date", ">=", start.replace(tzinfo=None)) & Domain(
        "write_date", "<", end.replace(tzinfo=None)
    )
    return written & Domain("id", ">", last_id)


def make_domain(model, options):
    """The Domain of all conditions. Raises ConnectorError filter_value for a value that its field cannot have."""
    return Domain.AND(_make_condition(model, *condition) for condition in _read(options))


def find_problems(options):
    """Problems of conditions that lack their value."""
    for number, (_field, comparison, value) in enumerate(_read(options), 1):
        if not value and comparison in (">", "<", "ilike"):
            yield Problem(f"filter_{number}_value", "setting_missing", {})


def _read(options):
    """[(field, comparison, value)] of the conditions that were entered."""
    for number in range(1, COUNT + 1):
        names = (f"filter_{number}", f"filter_{number}_is", f"filter_{number}_value")
        field, comparison, value = (get_option(options, _BY_NAME[name]) for name in names)
        if field:
            yield field, comparison, value


def _make_condition(model, field_name, comparison, text):
    if comparison in ("set", "unset"):
        return Domain(field_name, "!=" if comparison == "set" else "=", False)
    try:
        return Domain(field_name, comparison, _make_value(model, model._fields[field_name], comparison, text))
    except ValueError:
        raise ConnectorError("filter_value", field=field_name, value=text) from None


def _make_value(model, field, comparison, text):
    if comparison == "ilike" or (not text and field.type != "boolean"):
        return text or False
    if field.type == "boolean":
        if text.lower() not in (*_YES, *_NO):
            raise ValueError(text)
        return text.lower() in _YES
    if field.type in ("integer", "float", "monetary"):
        return float(parse_decimal(text))
    if field.type == "date":
        return date.fromisoformat(text)
    if field.type == "selection":
        labels = {str(label).lower(): key for key, label in field._description_selection(model.env)}
        return labels.get(text.lower(), text)
    # Of a link by the name that a person sees.
    return text
