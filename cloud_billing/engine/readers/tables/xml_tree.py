"""XML documents, element by element: memory holds one element, whatever the file is.

A document type is refused with everything that comes by it: entities, bombs of them, files and addresses outside. The
parser (expat) opens nothing but the bytes it is given. Names are local names, without their prefix.
"""

from xml.parsers import expat

from ..base import RejectedFile
from .tree_path import MAX_DEPTH, MAX_PARTS, Found, Repeated

_SPACE = "}"
_TRUNCATED = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
}
_ENCODING = {
    expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],
    expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING],
}
_PIECE = 64 * 1024
# A tag or comment is read anew with each piece of it, so one may be no longer than so many cells.
_CELLS_OF_A_TAG = 8


def find(chunks, routes, limits, reach=None):
    """Yield a Found for each element at the routes, in file order.

    chunks: bytes, cut anywhere, in the encoding that the document declares.   routes: {name: Steps of 'key' and 'any'},
    from the root on.   A value is a text, or a dict {'@attribute': text, child: value, '': text beside children or
    attributes}; children of one name are a list.   reach(number) -> how many are to be passed, or 0: called where all
    elements before are taken, with their number.   Raises RejectedFile.
    """
    builder = _Builder(routes, limits)
    parser = builder.make_parser()
    for piece in _regroup(chunks):
        _parse(parser, piece, False)
        builder.count(len(piece))
        yield from builder.take()
        if reach:
            builder.passed = reach(builder.number) or builder.passed
    _parse(parser, b"", True)
    yield from builder.take()


def _regroup(chunks):
    """The bytes in pieces of _PIECE: small ones would be as many beginnings of a long tag, each read anew."""
    held, size = [], 0
    for chunk in map(bytes, chunks):
        held.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            whole = b"".join(held)
            yield from (whole[at : at + _PIECE] for at in range(0, size - size % _PIECE, _PIECE))
            held, size = [whole[size - size % _PIECE :]], size % _PIECE
    yield b"".join(held)


def _parse(parser, piece, is_last):
    try:
        parser.Parse(piece, is_last)
    except RejectedFile:
        raise
    except expat.ExpatError as error:
        if error.code in _ENCODING:
            raise RejectedFile("bad_encoding", detail="XML") from None
        if is_last and error.code in _TRUNCATED:
            raise RejectedFile("truncated_xml") from None
        raise RejectedFile("broken_xml", detail=error.lineno) from None
    except (ValueError, LookupError):
        # The declaration names an encoding that Python does not know, or one of several bytes a character.
        raise RejectedFile("bad_encoding", detail="XML") from None


class _Builder:
    """Makes values of the elements at the routes while the parser goes through the document."""

    def __init__(self, routes, limits):
        self.limits = limits
        self.fed = 0
        self.last_event = 0
        # Characters since the last tag: no text is longer than an element may be, also where nothing is kept.
        self.text_length = 0
        self.found = []
        # Of the elements at the routes: how many there were, up to which one nobody needs them.
        self.number = self.passed = 0
        self.depth = 0
        # Of each open element: the routes that it lies on, as (name, steps left, keys met).
        self.active = [[(name, steps, ()) for name, steps in routes.items()]]
        # The element being kept: its route and keys, where it began, and its open elements as [name, value, text].
        self.route = None
        self.begin = 0
        self.open = []
        self.parts = 0
        # Characters of its tags and texts.
        self.length = 0
        self.parser = None

    def make_parser(self):
        self.parser = parser = expat.ParserCreate(namespace_separator=_SPACE)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.CommentHandler = parser.ProcessingInstructionHandler = self._pass
        self._listen()
        return parser

    def _listen(self):
        parser = self.parser
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text

    def _pass_over(self):
        """Let an element go by that has just begun: only where it ends is asked for."""
        parser, outside = self.parser, self.depth - 1

        def start(_name, _attributes):
            self.last_event = self.fed
            self.depth += 1

        def end(_name):
            self.depth -= 1
            if self.depth == outside:
                self._listen()

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, None

    def take(self):
        found, self.found = self.found, []
        return found

    def count(self, size):
        """So many bytes went in. Refuses a tag, a comment or a kept element that does not end."""
        self.fed += size
        longest = _CELLS_OF_A_TAG * self.limits.max_cell
        if self.fed - self.last_event > longest:
            raise RejectedFile("element_too_long", detail=longest)
        if self.route and self.fed - self.begin > self.limits.max_record:
            raise RejectedFile("element_too_long", detail=self.limits.max_record)

    def _refuse_doctype(self, *_declaration):
        raise RejectedFile("doctype")

    def _pass(self, *_content):
        self.last_event = self.fed

    def _start(self, name, attributes):
        self.last_event, self.text_length = self.fed, 0
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RejectedFile("too_deep", detail=MAX_DEPTH)
        name = local(name)
        value = {f"@{local(key)}": text for key, text in attributes.items()}
        if self.route is None:
            self._look(name, value)
            if self.route is None:
                return
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise RejectedFile("element_too_long", detail=self.limits.max_record)
        self.length += 2 * len(name) + sum(len(key) + len(text) for key, text in value.items())
        if len(value) < len(attributes):
            value = Repeated(value)
        self.open.append([name, value, []])

    def _look(self, name, attributes):
        """Which routes an element lies on: an attribute at the end of one is found, an element there is kept."""
        inner = []
        for route, steps, keys in self.active[-1]:
            if steps[0].kind == "any":
                inner.append((route, steps[1:], (*keys, name)))
            elif steps[0].name == name:
                inner.append((route, steps[1:], keys))
        for route, steps, keys in inner:
            if len(steps) == 1 and steps[0].name in attributes and self._is_needed():
                self.found.append(Found(route, attributes[steps[0].name], keys, 0))
            if not steps:
                if not self._is_needed():
                    self._pass_over()
                    return
                self.route, self.begin, self.parts = (route, keys), self.fed, 0
                self.length = 0
                return
        self.active.append(inner)

    def _is_needed(self):
        self.number += 1
        return self.number > self.passed

    def _end(self, _name):
        self.last_event, self.text_length = self.fed, 0
        self.depth -= 1
        if self.route is None:
            self.active.pop()
            return
        name, value, text = self.open.pop()
        text = "".join(text).strip()
        if not value:
            value = text
        elif text:
            value[""] = text
        if not self.open:
            self.found.append(Found(self.route[0], value, self.route[1], self.length))
            self.route = None
            return
        around = self.open[-1][1]
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]

    def _text(self, text):
        self.last_event = self.fed
        self.text_length += len(text)
        if self.text_length > self.limits.max_record:
            raise RejectedFile("element_too_long", detail=self.limits.max_record)
        if self.open:
            self.length += len(text)
            self.open[-1][2].append(text)


def local(name):
    """The local part of a name as the parser gives it."""
    return name.rpartition(_SPACE)[2]


def namespace(name):
    """The namespace of a name as the parser gives it."""
    return name.rpartition(_SPACE)[0]
