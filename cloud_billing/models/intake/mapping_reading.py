"""What wizards ask of the engine about a mapping: what may be proposed, whether it is complete, what it reads."""

from ...engine.readers import CHARGE_KINDS, ENCODINGS, MappingError, RejectedFile, read_mapping
from ...engine.readers.own.guess import (
    name_currency,
    name_unit,
    possible_date_formats,
    propose_fields,
    propose_period,
    propose_style,
)
from ...engine.readers.own.mapped import SampleTable, read_table
from ...engine.readers.own.mapping import COLUMN_KEY, DOCUMENT, NUMBER_FIELDS, fold
from ..usage import reader_messages, usage_reading
from . import mapping_messages

__all__ = [
    "CHARGE_KINDS",
    "COLUMN_KEY",
    "DOCUMENT",
    "ENCODINGS",
    "NUMBER_FIELDS",
    "find_problems",
    "fold",
    "name_currency",
    "name_unit",
    "possible_date_formats",
    "propose_fields",
    "propose_period",
    "propose_style",
    "read_sample",
    "read_sample_rows",
]
# A person looks at the first few.
SHOWN_ROWS = 5


def read_sample(env, files, options):
    """(sample of the first file, None), or (False, the sentence why it cannot be shown); see usage_reading."""
    try:
        return usage_reading.read_sample(files, options), False
    except RejectedFile as error:
        return False, reader_messages.explain_refusal(env, error)


def find_problems(env, document):
    """Sentences: all that is wrong with a mapping or missing in it; [] when it can be used."""
    try:
        read_mapping(document)
    except MappingError as error:
        return mapping_messages.explain(env, error)
    return []


def read_sample_rows(env, sample, document, options):
    """What the first rows of a sample are by a mapping without problems.

    Returns ([{"row": item, "problem": sentence or False}], why the table as a whole does not fit or False).
    """
    table = SampleTable(sample["header"], sample["rows"][:SHOWN_ROWS])
    try:
        items = list(read_table(table, read_mapping(document), options))
    except RejectedFile as error:
        return [], reader_messages.explain_refusal(env, error)
    rows = [
        {"row": item, "problem": reader_messages.explain_row(env, item) if hasattr(item, "reason") else False}
        for item in items
    ]
    return rows, False
