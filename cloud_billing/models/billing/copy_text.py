"""Values as a line of PostgreSQL's COPY in text format."""

_NULL = "\\N"


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
