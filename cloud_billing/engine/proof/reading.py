"""What a proof file holds: strict reading, so that nothing in it is passed over.

Amounts and quantities are text with every digit. Objects that rating wrote (workings, statements) are kept as they
are; rating reads them. Raises json_door.RequestError with the place in the document.
"""

from datetime import datetime

from ..json_door import (
    RequestError,
    listed,
    mapped,
    maybe,
    read_date,
    read_decimal,
    read_flag,
    read_object,
    read_text,
    read_whole,
)

FORMAT = "cloud_billing.proof"
VERSION = 1
# The columns of a usage row. number: what the meter measures of it, in `unit`, before any conversion. key: what is
# measured apart, or counted once. operation: add or remove. is_event: of the stretch itself, and not a level from
# before it. owned_from, owned_to: since when and until when its stream is the line's. Moments are UTC.
ROW_COLUMNS = (
    "file", "row", "service_start", "service_end", "number", "unit", "value", "currency", "cost_billed",
    "cost_effective", "cost_list", "cost_contracted", "key", "operation", "is_event", "owned_from", "owned_to",
    "dimensions",
)  # fmt: skip


def read_proof(document):
    """The proof as dicts of values. Raises RequestError."""
    proof = read_object(
        document,
        "",
        required={
            "format": read_text,
            "version": read_whole,
            "made_at": read_text,
            "made_by": read_text,
            "company": read_text,
            "files": listed(_read_file),
            "lines": listed(_read_line),
            "invoice": maybe(_read_invoice),
            "approval": maybe(_read_approval),
            "digest": read_text,
        },
    )
    if proof["format"] != FORMAT or proof["version"] != VERSION:
        raise RequestError("unknown_request", "format")
    return proof


def _as_it_is(value, at):
    return value


def _read_json_object(value, at):
    if not isinstance(value, dict):
        raise RequestError("not_an_object", at)
    return value


def _read_time(value, at):
    """A UTC time without an offset, also one with fractions of a second."""
    text = read_text(value, at)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RequestError("not_a_date", at) from None
    if found.tzinfo is not None:
        raise RequestError("not_a_date", at)
    return found


def _read_file(data, at):
    return read_object(
        data,
        at,
        required={"name": read_text, "sha256": read_text},
        optional={"size": read_whole, "import": read_text, "import_number": read_whole},
    )


def _read_line(data, at):
    return read_object(
        data,
        at,
        required={
            "id": read_whole,
            "name": read_text,
            "customer": read_text,
            "currency": read_text,
            "amount": read_decimal,
            "quantity": maybe(read_decimal),
            "service_start": read_date,
            "service_end": read_date,
            "engine_version": read_text,
            "workings": _read_json_object,
            "statement": _read_json_object,
            "usage": maybe(_read_usage),
            "billed_before": listed(_read_billed),
        },
    )


def _read_billed(data, at):
    return read_object(
        data,
        at,
        required={"id": read_whole, "amount": read_decimal, "quantity": maybe(read_decimal)},
        optional={"invoice": maybe(read_text), "amount_exact": read_decimal},
    )


def _read_usage(data, at):
    usage = read_object(
        data,
        at,
        required={
            "number": maybe(read_whole),
            "meter": _read_meter,
            "stretch": _read_stretch,
            "dimensions": listed(read_text),
            "columns": listed(read_text),
            "rows": _as_it_is,
            "digest": read_text,
        },
    )
    if usage["columns"] != ROW_COLUMNS:
        raise RequestError("unknown_request", f"{at}.columns")
    usage["raw_rows"] = usage["rows"]
    usage["rows"] = listed(_read_row)(usage["rows"], f"{at}.rows")
    return usage


def _read_meter(data, at):
    return read_object(
        data,
        at,
        required={"name": read_text, "aggregation": read_text, "basis": read_text, "unit": read_text},
        optional={
            "weighting": maybe(read_text),
            "rounding": read_text,
            "rounding_step": read_decimal,
            "rounding_scope": read_text,
            "has_value": read_flag,
            "has_operation": read_flag,
            "conversions": listed(_read_conversion),
        },
    )


def _read_conversion(data, at):
    return read_object(data, at, required={"unit": read_text, "numerator": read_decimal, "denominator": read_decimal})


def _read_stretch(data, at):
    """start, end: bounds within which levels hold; full_seconds, full_days: of the period that they are weighted by."""
    return read_object(
        data,
        at,
        required={"start": maybe(_read_time), "end": maybe(_read_time)},
        optional={"full_seconds": maybe(read_decimal), "full_days": maybe(read_whole), "tz": read_text},
    )


_ROW_READERS = dict(
    zip(
        ROW_COLUMNS,
        (
            maybe(read_whole), maybe(read_whole), _read_time, _read_time, maybe(read_decimal), read_text,
            maybe(read_decimal), read_text, maybe(read_decimal), maybe(read_decimal), maybe(read_decimal),
            maybe(read_decimal), read_text, maybe(read_text), read_flag, maybe(_read_time), maybe(_read_time),
            mapped(read_text),
        ),
        strict=True,
    )
)  # fmt: skip


def _read_row(data, at):
    if not isinstance(data, list) or len(data) != len(ROW_COLUMNS):
        raise RequestError("not_a_list", at)
    return {name: _ROW_READERS[name](value, f"{at}.{name}") for name, value in zip(ROW_COLUMNS, data, strict=True)}


def _read_invoice(data, at):
    """ties_to: untaxed or total, the side of the invoice line that the rated lines add up to; null where neither does.

    sign: 1 for an invoice, -1 for a credit note.
    """
    return read_object(
        data,
        at,
        required={
            "number": read_text,
            "state": read_text,
            "date": read_date,
            "currency": read_text,
            "sign": read_whole,
            "ties_to": maybe(read_text),
            "untaxed": read_decimal,
            "total": read_decimal,
            "entry": listed(_read_entry_row),
        },
        optional={"journal": read_text, "inalterable_hash": maybe(read_text), "company_currency": read_text},
    )


def _read_entry_row(data, at):
    return read_object(
        data,
        at,
        required={
            "account": read_text,
            "debit": read_decimal,
            "credit": read_decimal,
            "amount_currency": read_decimal,
            "is_line": read_flag,
        },
        optional={"label": maybe(read_text)},
    )


def _read_approval(data, at):
    return read_object(
        data,
        at,
        required={"bill": _read_bill, "run": _read_run, "request": _read_request, "votes": listed(_read_vote)},
    )


def _read_bill(data, at):
    """content: one list per rated line with the names in columns; what the seal was made of."""
    return read_object(
        data,
        at,
        required={
            "id": read_whole,
            "name": read_text,
            "columns": listed(read_text),
            "content": listed(_as_it_is),
            "digest": read_text,
        },
    )


def _read_run(data, at):
    return read_object(data, at, required={"name": read_text, "content": listed(_as_it_is), "digest": read_text})


def _read_request(data, at):
    return read_object(
        data,
        at,
        required={
            "name": read_text,
            "state": read_text,
            "content_hash": read_text,
            "requested_by": read_text,
            "requested_by_id": read_whole,
            "levels": read_whole,
        },
        optional={"submitted_at": maybe(read_text), "decided_at": maybe(read_text)},
    )


def _read_vote(data, at):
    return read_object(
        data,
        at,
        required={
            "person": read_text,
            "person_id": read_whole,
            "decision": read_text,
            "content_hash": read_text,
            "voted_at": read_text,
        },
    )
