"""Texts with named placeholders: read once, checked against a closed list, filled with texts. Nothing is evaluated."""

import re

# As much as fits on an invoice; a template is no place for a contract.
MAX_LENGTH = 2000
MAX_PLACEHOLDERS = 40
_BRACES = re.compile(r"\{([a-z_]*)\}|[{}]")


class TemplateError(ValueError):
    """Why a text is no template. reason: too_long, too_many, brace or unknown; name: what stands there."""

    def __init__(self, reason, name=""):
        super().__init__(f"{reason}: {name}")
        self.reason, self.name = reason, name


def read_template(text, names):
    """The parts of a template: list of (text before, name of a placeholder or None).

    names: the placeholders that are known. Raises TemplateError.
    >>> read_template("Of {order}.", {"order"})
    [('Of ', 'order'), ('.', None)]
    """
    if len(text) > MAX_LENGTH:
        raise TemplateError("too_long", str(len(text)))
    parts, end = [], 0
    for found in _BRACES.finditer(text):
        if found[1] is None:
            raise TemplateError("brace", text[max(0, found.start() - 10) : found.end() + 10])
        if found[1] not in names:
            raise TemplateError("unknown", found[1])
        parts.append((text[end : found.start()], found[1]))
        end = found.end()
    if len(parts) > MAX_PLACEHOLDERS:
        raise TemplateError("too_many", str(len(parts)))
    return [*parts, (text[end:], None)]


def fill_template(text, values):
    """The text with its placeholders filled; lines of which nothing is left are left out.

    values: {name: text}; empty where there is nothing to say. Raises TemplateError for a name that is not among them.
    """
    parts = read_template(text, values.keys())
    filled = "".join(before + (values[name] if name else "") for before, name in parts)
    return "\n".join(line.rstrip() for line in filled.split("\n") if line.strip())
