"""What is tracked of some records, as the database has it now, and how two such snapshots differ.

The database is asked before and after, in the same words, instead of the cache: what was written is what is compared,
whichever way it took and however a value was spelled.
"""

import json
from contextlib import suppress
from decimal import Decimal, InvalidOperation

from odoo.tools import SQL

from .audit_values import ValueTexts, is_secret

_DIGEST = "octet_length(%(column)s) || ' bytes, SHA-256 ' || encode(sha256(%(column)s), 'hex')"


def read_columns(records, names):
    """{id: {name: text or None}} of fields with a column; translated and company-dependent ones are dicts by key."""
    if not records or not names:
        return {}
    model, names = records.browse(), sorted(names)
    columns = [_select(model._fields[name]) for name in names]
    rows = records.env.execute_query(
        SQL(
            "SELECT id, %s FROM %s WHERE id = ANY(%s)",
            SQL(", ").join(columns),
            SQL.identifier(model._table),
            list(records.ids),
        )
    )
    return {
        row[0]: {name: _read(model._fields[name], text) for name, text in zip(names, row[1:], strict=True)}
        for row in rows
    }


def read_relations(records, names):
    """{id: {name: list of ids, or text of a file}} of many2many fields and of files that are attachments."""
    snapshot = {record_id: {} for record_id in records.ids}
    for name in sorted(names) if records else ():
        field = records._fields[name]
        if field.type == "many2many":
            rows, empty = _read_many2many(records, field), []
        else:
            rows, empty = _read_attachments(records, field), None
        found = dict(rows)
        for record_id, values in snapshot.items():
            values[name] = found.get(record_id, empty)
    return snapshot


def find_changes(model, before, after):
    """{id: changes} of what differs; changes: list of {"field", "label", "old", "new"}, texts or None.

    before, after: snapshots; a record that is in only one of them was created or deleted.
    """
    # sudo: what is recorded is the module's to know, also where the person may not read the names.
    texts, found = ValueTexts(model.sudo()), []
    for record_id in {**before, **after}:
        old, new = before.get(record_id, {}), after.get(record_id, {})
        for name in {**old, **new}:
            field = model._fields[name]
            for key, was, is_ in _split(field, old.get(name), new.get(name)):
                texts.want(field, was)
                texts.want(field, is_)
                found.append((record_id, field, key, was, is_))
    if not found:
        return {}
    texts.read_names()
    labels = {pair: _get_label(model, *pair) for pair in {(field, key) for _id, field, key, _was, _is in found}}
    changes = {}
    for record_id, field, key, was, is_ in found:
        changes.setdefault(record_id, []).append(
            {"field": field.name, "label": labels[field, key], **_tell(texts, field, was, is_)}
        )
    return changes


# ---- reading ----


def _select(field):
    column = SQL.identifier(field.name)
    if field.type in ("binary", "image") and not is_secret(field):
        return SQL(_DIGEST, column=column)
    return SQL("%s::text", column)


def _read(field, text):
    if text is not None and field.column_type[0] == "jsonb":
        return json.loads(text)
    return text


def _read_many2many(records, field):
    return records.env.execute_query(
        SQL(
            "SELECT %(own)s, array_agg(%(other)s ORDER BY %(other)s) FROM %(table)s WHERE %(own)s = ANY(%(ids)s)"
            " GROUP BY %(own)s",
            own=SQL.identifier(field.column1),
            other=SQL.identifier(field.column2),
            table=SQL.identifier(field.relation),
            ids=list(records.ids),
        )
    )


def _read_attachments(records, field):
    return records.env.execute_query(
        SQL(
            "SELECT res_id, file_size || ' bytes, SHA-1 ' || checksum FROM ir_attachment"
            " WHERE res_model = %s AND res_field = %s AND res_id = ANY(%s)",
            records._name,
            field.name,
            list(records.ids),
        )
    )


# ---- comparing ----


def _split(field, old, new):
    """(key, old, new) of what differs: one, or one per language or company where a field has a value for each."""
    if field.type != "many2many" and (field.translate or field.company_dependent):
        old, new = old or {}, new or {}
        return [
            (key, old.get(key), new.get(key)) for key in {**old, **new} if not _same(field, old.get(key), new.get(key))
        ]
    return [] if _same(field, old, new) else [(None, old, new)]


def _same(field, old, new):
    if field.type == "boolean":
        return (old in (True, "true")) == (new in (True, "true"))
    if field.type in ("float", "monetary") and old is not None and new is not None:
        with suppress(InvalidOperation):
            # A column without a scale keeps 1.0 and 1.00 apart.
            return Decimal(str(old)) == Decimal(str(new))
    return (old or None) == (new or None)


def _tell(texts, field, old, new):
    if field.type != "many2many":
        return {"old": texts.tell(field, old), "new": texts.tell(field, new)}
    old, new = old or [], new or []
    # Only what went and what came: a role of five hundred people would be told in full twice.
    return {
        "old": texts.tell_records(field, [one for one in old if one not in new]),
        "new": texts.tell_records(field, [one for one in new if one not in old]),
    }


def _get_label(model, field, key):
    label = field.string
    if key is None or (field.translate and key == "en_US"):
        return label
    if field.translate:
        return f"{label} ({key})"
    # sudo: lends the right to name the company that a value is for.
    return f"{label} ({model.env['res.company'].sudo().browse(int(key)).exists().name or key})"
