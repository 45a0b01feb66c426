"""A value of a field as JSON that loses nothing, and back: what a proposed change keeps, compares and writes.

Decimal and float are texts, dates ISO texts, a many2one its id, several records their ids in order. What says the same
is the same JSON, so two values are compared by it.
"""

import hashlib
import json
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, format_datetime, html2plaintext

from ...engine.numbers import to_text
from ...fields import format_decimal

X2MANY = ("one2many", "many2many")
REFUSED_TYPES = ("binary", "image", "properties", "properties_definition")
_LONGEST_TEXT = 200
# Of a list of records so many that stay are told by name, of more their number: roles of a person are dozens.
_MOST_STAYING = 3


def read(record, name):
    """The value of a field of one record, JSON-able."""
    field = record._fields[name]
    return _read_ids(record, name) if field.type in X2MANY else _to_exact(field, record[name])


def convert(record, name, value):
    """What `write({name: value})` would make of the field. `record` is empty for a record to be made.

    Of the commands of a list of records only set, link, unlink and clear: what they name exists already.
    Raises UserError for others, and for files.
    """
    field = record._fields[name]
    if field.type in REFUSED_TYPES:
        raise UserError(
            record.env._("%(field)s cannot be proposed: a file has no value to compare.", field=_label(record, name))
        )
    if field.type in X2MANY:
        return _convert_commands(record, name, value)
    cached = field.convert_to_cache(value, record, validate=False)
    return _to_exact(field, field.convert_to_record(cached, record))


def changes(record, name, value):
    """Whether `write({name: value})` would change the field. What cannot be compared counts as a change.

    Of a list of records a person replaces what he or she sees; everything else is compared whoever may read it.
    """
    field = record._fields[name]
    if field.type not in X2MANY:
        record = record.sudo()  # sudo: compared only.
    if field.type in REFUSED_TYPES:
        return True
    try:
        return convert(record, name, value) != read(record, name)
    except UserError:
        return True


def get_moved(record, name, value):
    """The records that `write({name: value})` would add to the field and take out of it.

    None where the field is no list of records that exist by themselves, or where it cannot be told.
    """
    field = record._fields[name]
    if field.type != "many2many":
        return None
    try:
        return record.env[field.comodel_name].browse(set(read(record, name)) ^ set(convert(record, name, value)))
    except UserError:
        return None


def to_write(field, exact):
    """The value for `write` of an exact one."""
    if field.type in X2MANY:
        return [Command.set(exact or [])]
    if field.type in ("float", "monetary") and exact is not None and not _is_decimal(field):
        return float(exact)
    return False if exact is None else exact


def dump(exact):
    """The one text of an exact value."""
    return json.dumps(exact, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def load(text):
    """The exact value of its text."""
    return json.loads(text) if text else None


def digest(exact):
    """SHA-256 of an exact value."""
    return hashlib.sha256(dump(exact).encode()).hexdigest()


def describe(model, name, exact):
    """The value in words, for people: names of records, numbers and dates in the language of the environment."""
    field, env = model._fields[name], model.env
    if exact is None or exact == []:
        return ""
    if field.type == "boolean":
        return env._("yes") if exact else env._("no")
    if field.type == "selection":
        return dict(field._description_selection(env)).get(exact, str(exact))
    if field.type in (*X2MANY, "many2one"):
        # sudo: the maker could write these values, and the checker is to know what they are called.
        records = env[field.comodel_name].sudo().browse(exact).exists()
        return ", ".join(records.mapped("display_name")) or env._("deleted")
    if field.type == "date":
        return format_date(env, exact)
    if field.type == "datetime":
        return format_datetime(env, exact)
    if field.type in ("float", "monetary"):
        return format_decimal(env, Decimal(exact))
    text = html2plaintext(exact) if field.type == "html" else _as_text(exact)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} ..."


def describe_change(model, name, old, new):
    """(before, after) in words for people; of a long list what goes and what comes, and how many stay."""
    if model._fields[name].type in X2MANY:
        staying = set(old or []) & set(new or [])
        if len(staying) > _MOST_STAYING:
            return tuple(_describe_beside(model, name, exact, staying) for exact in (old, new))
    return describe(model, name, old), describe(model, name, new)


def _describe_beside(model, name, exact, staying):
    names = describe(model, name, [number for number in exact if number not in staying])
    if not names:
        return model.env._("%(count)s that stay", count=len(staying))
    return model.env._("%(names)s (%(count)s others stay)", names=names, count=len(staying))


def _to_exact(field, value):
    if field.type == "many2one":
        return value.id or None
    if field.type == "reference":
        return f"{value._name},{value.id}" if value else None
    if field.type == "boolean":
        return bool(value)
    if value is None or value is False:
        return 0 if field.type == "integer" else None
    if isinstance(value, Decimal):
        return to_text(value)
    if field.type in ("float", "monetary"):
        return to_text(Decimal(repr(float(value))))
    if field.type == "date":
        return fields.Date.to_string(value)
    if field.type == "datetime":
        return fields.Datetime.to_string(value)
    return str(value) or None if field.type in ("char", "text", "html", "selection") else value


def _convert_commands(record, name, value):
    # As the ORM takes them: nothing and an empty tuple clear the list, an empty list of commands leaves it as it is.
    if not value and value != []:
        return []
    if value and isinstance(value, (list, tuple)) and all(isinstance(item, int) for item in value):
        return sorted(value)
    ids = set(_read_ids(record, name))
    for command in value:
        match command[0]:
            case Command.SET:
                ids = set(command[2])
            case Command.LINK:
                ids.add(command[1])
            case Command.UNLINK:
                ids.discard(command[1])
            case Command.CLEAR:
                ids = set()
            case _:
                raise UserError(
                    record.env._(
                        "%(field)s: a change request adds and removes what exists already. Make, edit or delete the "
                        "entries themselves by a change request of their own.",
                        field=_label(record, name),
                    )
                )
    return sorted(ids)


def _read_ids(record, name):
    """The ids behind a list of records, archived ones too, in order.

    Read anew: what is cached of a list depends on the rights of whoever read it first.
    """
    if not record:
        return []
    record.invalidate_recordset([name])
    ids = sorted(record.with_context(active_test=False)[name].ids)
    record.invalidate_recordset([name])
    return ids


def _is_decimal(field):
    return type(field).__name__ == "DecimalField"


def _label(record, name):
    return record._fields[name]._description_string(record.env)


def _as_text(exact):
    return exact if isinstance(exact, str) else dump(exact)
