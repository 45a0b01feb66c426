"""Sentences of connectors by code, a file per kind of connector; `connector_messages` is what uses them.

ERRORS: of a ConnectorError, each with its remedy.   FACTS: of what a test saw.   EMPTY: those of them that say that
nothing is there, or that a person has to do something yet.   PROBLEMS: of a setting.   REASONS: of the guard.
TEXTS: labels, help, titles and summaries, by their English text in the engine, to be translated.
"""

from . import common, generic, meters, records, storage
from .common import REASONS

_FILES = (common, storage, generic, meters, records)

ERRORS = {code: text for one in _FILES for code, text in one.ERRORS.items()}
FACTS = {code: text for one in _FILES for code, text in one.FACTS.items()}
PROBLEMS = {code: text for one in _FILES for code, text in one.PROBLEMS.items()}
TEXTS = {code: text for one in _FILES for code, text in one.TEXTS.items()}
EMPTY = {
    "file_not_there", "host_key_new", "no_files", "no_invoices_seen", "no_machines_seen", "no_manifest",
    "no_records_seen", "no_rows_seen", "no_series_seen", "no_state_seen", "not_readable", "store_empty", "table_empty",
}  # fmt: skip

__all__ = ["EMPTY", "ERRORS", "FACTS", "PROBLEMS", "REASONS", "TEXTS"]
