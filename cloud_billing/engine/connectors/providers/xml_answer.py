"""Short answers in XML, as clouds give lists and errors: read by the readers' own parser, which knows no entities."""

from ...readers.base import Limits, RejectedFile
from ...readers.tables.tree_path import Step
from ...readers.tables.xml_tree import find
from ..errors import ConnectorError


def read_xml(content):
    """(name of the root, its children as {name: value}) of bytes; a value is as in `xml_tree.find`.

    Raises ConnectorError bad_answer.
    """
    try:
        for found in find([content], {"root": (Step("any"),)}, Limits()):
            return found.keys[0], found.value if isinstance(found.value, dict) else {}
    except RejectedFile as error:
        raise ConnectorError("bad_answer", detail=error.reason) from None
    raise ConnectorError("bad_answer", detail="empty")


def as_list(value):
    """What may be missing, one element or several, as a list."""
    if not value:
        return []
    return value if isinstance(value, list) else [value]
