"""Sentences of connectors by code, a file per kind of connector; `connector_messages` is what uses them.

ERRORS: of a ConnectorError, each with its remedy.   FACTS: of what a test saw.   EMPTY: those of them that say that
nothing is there.   PROBLEMS: of a setting.   REASONS: of the guard.   TEXTS: labels, help, titles and summaries, by
their English text in the engine, to be translated.
"""

from . import common, generic, meters, records, storage
from .common import REASONS

_FILES = (common, storage, generic, meters, records)

ERRORS = {code: text for one in _FILES for code, text in one.ERRORS.items()}
FACTS = {code: text for one in _FILES for code, text in one.FACTS.items()}
PROBLEMS = {code: text for one in _FILES for code, text in one.PROBLEMS.items()}
TEXTS = {code: text for one in _FILES for code, text in one.TEXTS.items()}
EMPTY = {"file_not_there", "no_files", "no_manifest", "no_state_seen", "not_readable", "store_empty", "table_empty"}

__all__ = ["EMPTY", "ERRORS", "FACTS", "PROBLEMS", "REASONS", "TEXTS"]
