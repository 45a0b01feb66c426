"""Values as a line of PostgreSQL's COPY in text format."""

import psycopg2

_NULL = "\\N"
_BLOCK = 64 * 1024


def copy_line(values):
    """Values of columns, apart by tabs. None is NULL; numbers, dates and moments are their own text."""
    return "\t".join([_as_text(value) for value in values])


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
    """COPY lines of text, each made while PostgreSQL takes the ones before: the two work side by side.

    lines: an iterable of str, each with its end. An error in making one is raised as itself, and the COPY fails.
    """
    file = _File(lines)
    try:
        cr.copy_expert(statement, file, _BLOCK)
    except psycopg2.errors.QueryCanceled:
        if file.error:
            raise file.error from None
        raise


class _File:
    """What psycopg2 reads from. It tells PostgreSQL of an error, and its caller only that there was one."""

    def __init__(self, lines):
        self._lines = iter(lines)
        self.error = None

    def read(self, size):  # pylint: disable=method-required-super  # of a file, not of a model
        block, length = [], 0
        try:
            for line in self._lines:
                block.append(line)
                length += len(line)
                if length >= size:
                    break
        except Exception as error:
            self.error = error
            raise
        return "".join(block).encode()
