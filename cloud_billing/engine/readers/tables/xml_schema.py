"""XML checked against a schema (XSD) that a person uploaded: one document of XSD 1.0, nothing is fetched for it.

The schema is kept with the mapping of a format. Its patterns are left out: a regular expression of somebody else's can
run for ever. Checking costs many times what reading does, so it is for formats whose sender errs, and for files of at
most MAX_BYTES.
"""

import contextlib
from xml.etree import ElementTree

from ..base import RejectedFile
from . import xml_tree
from .unpack import BLOCK, spool

MAX_SCHEMA = 1024 * 1024
MAX_BYTES = 256 * 1024 * 1024
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_ELSEWHERE = {f"{_XSD}{name}" for name in ("import", "include", "redefine", "override")}
_MAX_SENTENCE = 300


def compile_schema(text, limits):
    """The schema as xmlschema has it. Raises RejectedFile bad_schema, library_missing."""
    try:
        import xmlschema
    except ImportError:
        raise RejectedFile("library_missing", detail="xmlschema") from None
    if len(text) > MAX_SCHEMA:
        raise RejectedFile("bad_schema", detail=f"> {MAX_SCHEMA}")
    root = _read_schema(text.encode(), limits)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _ELSEWHERE:
                raise RejectedFile("bad_schema", detail=f"xs:{child.tag.removeprefix(_XSD)}")
            if child.tag == f"{_XSD}pattern":
                parent.remove(child)
    try:
        return xmlschema.XMLSchema(ElementTree.tostring(root, "unicode"), allow="none", defuse="always")
    except (xmlschema.XMLSchemaException, ValueError, RecursionError) as error:
        raise RejectedFile("bad_schema", detail=_first_line(error)) from None


def _read_schema(data, limits):
    try:
        # First by the parser that refuses document types.
        for _found in xml_tree.find([data], {}, limits):
            pass
        root = ElementTree.fromstring(data)  # nosec B314
    except RejectedFile as error:
        raise RejectedFile("bad_schema", detail=error.reason) from None
    if root.tag != f"{_XSD}schema":
        raise RejectedFile("bad_schema", detail=root.tag[:_MAX_SENTENCE])
    return root


def open_checked(chunks, text, depth, limits):
    """The chunks again, of a document that the schema `text` allows, from a temporary file.

    depth: of the elements that repeat.   Raises RejectedFile: against_schema with (place, what is wrong) of the first
    fault, and whatever xml_tree.find does.
    """
    import xmlschema

    schema = compile_schema(text, limits)
    with spool(chunks, limits._replace(max_spool=min(limits.max_spool, MAX_BYTES))) as file:
        # What this parser lets through is bounded, well-formed and without document type.
        for _found in xml_tree.find(_blocks(file), {}, limits):
            pass
        file.seek(0)
        document = xmlschema.XMLResource(_Source(file), lazy=max(depth - 1, 1), allow="none", defuse="always")
        with contextlib.closing(schema.iter_errors(document)) as faults:
            fault = next(faults, None)
        if fault is not None:
            raise RejectedFile("against_schema", detail=(fault.path or "/", _first_line(fault.reason)))
        yield from _blocks(file)


class _Source:
    """A file as xmlschema wants it; it asks once more when all is over and the file itself is closed."""

    closed = False

    def __init__(self, file):
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def seekable(self):
        return True

    def close(self):
        """The file is closed by whoever opened it."""


def _blocks(file):
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


def _first_line(error):
    lines = str(error).strip().splitlines() or [""]
    return lines[0][:_MAX_SENTENCE]
