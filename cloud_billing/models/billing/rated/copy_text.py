"""Values as a line of PostgreSQL's COPY in text format."""

import io
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

_NULL = "\\N"
# Lines of one statement: of foreign keys and other checks it makes an end before the next begins. Three blocks are in
# memory at once, of rated lines a megabyte each.
_BLOCK = 500
# Bytes at a time.
_SENT = 1024 * 1024


def copy_line(values):
    """Values of columns, apart by tabs. None is NULL; numbers, dates and moments are their own text."""
    return "\t".join([_as_text(value) for value in values])


def copy_plain(values):
    """`copy_line` of numbers, dates and moments alone, whose text has nothing to escape: half the time."""
    return "\t".join([_NULL if value is None else str(value) for value in values])


def _as_text(value):
    if value is None:
        return _NULL
    text = value if isinstance(value, str) else str(value)
    # Most values have none of these.
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text


def copy_lines(cr, statement, lines):
    """COPY lines of text, block by block, each made while PostgreSQL takes the one before: both work at once.

    lines: an iterator of str, each with its end, that asks the database nothing. An error in making one or in taking
    them is raised as itself; what was taken before goes with the transaction or the savepoint.
    """
    first = _get_block(lines)
    block = _get_block(lines)
    if not block:
        cr.copy_expert(statement, io.BytesIO(first), _SENT)
        return
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(cr.copy_expert, statement, io.BytesIO(first), _SENT)
        while block:
            former, writing = writing, writer.submit(cr.copy_expert, statement, io.BytesIO(block), _SENT)
            block = _get_block(lines)
            former.result()
        writing.result()


def _get_block(lines):
    return "".join(islice(lines, _BLOCK)).encode()
