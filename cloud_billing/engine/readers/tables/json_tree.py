"""JSON documents and JSON lines, element by element: memory holds one element, whatever the file is.

Numbers stay the text that was written. What lies beside the wanted paths is skipped: its quotes and brackets are
checked, its values are not.
"""

import codecs
import json
import re
from json.decoder import JSONDecodeError, scanstring

from ..base import RejectedFile
from .tree_path import ELEMENT_FAULTS, MAX_DEPTH, MAX_PARTS, BrokenElement, Found, Repeated
from .unpack import BLOCK

# What an error of the decoder may be away from the end of the text and still come from the cut there.
_CUT = 16
_SPACE = re.compile(r"[ \t\r\n]*")
_STRUCTURE = re.compile(r'["\[\]{}]')
_IN_STRING = re.compile(r'["\\]')
_SCALAR = re.compile(r'[^\s,:"\[\]{}]*')
_CLOSING = {"{": "}", "[": "]"}
# So much is looked at for a first line: a longer one is read as a document, which may be many values.
_FIRST_LINE = 1024 * 1024


def _object(pairs):
    value = dict(pairs)
    return value if len(value) == len(pairs) else Repeated(value)


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=str).raw_decode


def decode_text(pieces):
    """Text of bytes in UTF-8, cut anywhere. Raises RejectedFile bad_encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in pieces:
            if text := decoder.decode(piece):
                yield text
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        raise RejectedFile("bad_encoding", detail="UTF-8") from None


def find(texts, routes, limits, reach=None):
    """Yield a Found for each element at the routes, in file order, and a BrokenElement for each line that is not JSON.

    texts: pieces of text, cut anywhere.   routes: {name: Steps}; a route that begins with [*] means, in a file of
    several values, each value.   reach(place) -> the place to go on at, or 0: called where all elements before are
    taken, with the characters before it; with 0 where nobody can go on.   Raises RejectedFile.
    """
    window = _Window(texts, limits)
    if window.is_lines():
        yield from _find_in_lines(window, routes, reach)
        return
    walker = _Walker(window, reach)
    walker.has_places = len(routes) == 1 and _is_one_list(*routes.values())
    active = [(name, steps, ()) for name, steps in routes.items()]
    while window.skip_space():
        yield from walker.walk(active)
        walker.has_places = False


def _is_one_list(steps):
    """Whether all elements at a route are in one list of a value, so that what surrounds them is the same at each."""
    *outer, last = steps or [None]
    return bool(last) and last.kind in ("each", "spread") and all(step.kind == "key" for step in outer)


def _find_in_lines(window, routes, reach):
    active = []
    for name, steps in routes.items():
        is_line = steps and steps[0].kind in ("each", "spread")
        active.append((name, steps[1:] if is_line else steps, ()))
    for line in window.lines(reach):
        try:
            found = list(_find_in_line(line, active, window.limits))
        except RejectedFile as error:
            yield BrokenElement(error.reason if error.reason in ELEMENT_FAULTS else "not_json", line.strip())
            continue
        yield from found


def _find_in_line(line, active, limits):
    """The elements of one line. Raises RejectedFile where it is no JSON, or more than one value."""
    if len(active) == 1 and not active[0][1]:
        try:
            value, end = _decode(line.strip())
        except ValueError:
            raise RejectedFile("broken_json") from None
        except RecursionError:
            raise RejectedFile("too_deep", detail=MAX_DEPTH) from None
        if end < len(line.strip()):
            raise RejectedFile("broken_json")
        yield Found(active[0][0], value, (), end)
        return
    window = _Window((line,), limits)
    yield from _Walker(window).walk(active)
    if window.skip_space():
        raise RejectedFile("broken_json")


def _check_parts(text, limits):
    """Refuse a long element of many small parts before they are made. Texts that hold several elements are not long."""
    if len(text) > 4 * BLOCK and text.count("[") + text.count("{") > MAX_PARTS:
        raise RejectedFile("element_too_long", detail=limits.max_record)


class _Window:
    """The text around the place where reading is: what was read is let go, what is wanted is asked for."""

    def __init__(self, texts, limits):
        self.limits = limits
        self.text = ""
        self.at = 0
        self.is_over = False
        # Characters of the file before `text`.
        self._passed = 0
        self._texts = iter(texts)

    def more(self):
        """Take at least one more piece, and as many as double the text; False at the end. The place moves to 0."""
        if self.is_over:
            return False
        kept = self.text[self.at :]
        if len(kept) > self.limits.max_record:
            raise RejectedFile("element_too_long", detail=self.limits.max_record)
        self._passed += self.at
        pieces, size = [kept], 0
        for piece in self._texts:
            pieces.append(piece)
            size += len(piece)
            # No more than one piece beyond the limit: what is decoded takes many times the memory of its text.
            if size > min(len(kept), self.limits.max_record - len(kept)):
                break
        else:
            self.is_over = True
        self.text, self.at = "".join(pieces), 0
        return size > 0

    def skip_space(self):
        """Go to the next character that is no space, and return it; '' at the end."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more() and self.at >= len(self.text):
                return ""

    def is_lines(self):
        """Whether the first line is an object that ends in it, as in JSON lines."""
        if self.skip_space() != "{":
            return False
        end = self.text.find("\n", self.at)
        while end < 0 and len(self.text) - self.at < _FIRST_LINE and self.more():
            end = self.text.find("\n", self.at)
        if end < 0 and len(self.text) - self.at >= _FIRST_LINE:
            return False
        line = self.text[self.at : end if end >= 0 else None].rstrip()
        try:
            return _decode(line)[1] == len(line)
        except (ValueError, RecursionError):
            return False

    def reach(self, reach, has_places=True):
        """Say how far reading has come, and go on elsewhere where that is wanted."""
        if reach and (place := reach(self._passed + self.at if has_places else 0)):
            self.at = max(place - self._passed, self.at)
            while self.at > len(self.text):
                self.at -= len(self.text)
                self._passed += len(self.text)
                # A file that is shorter now ends here.
                self.text = next(self._texts, None)
                if self.text is None:
                    self.text, self.at, self.is_over = "", 0, True

    def lines(self, reach=None):
        """Yield the lines that are not blank."""
        while True:
            self.reach(reach)
            end = self.text.find("\n", self.at)
            if end >= 0:
                line, self.at = self.text[self.at : end], end + 1
            elif self.more():
                continue
            else:
                line, self.at = self.text[self.at :], len(self.text)
                if not line:
                    return
            if len(line) > self.limits.max_record:
                raise RejectedFile("element_too_long", detail=self.limits.max_record)
            _check_parts(line, self.limits)
            if line.strip():
                yield line


class _Walker:
    def __init__(self, window, reach=None):
        self.window = window
        self.reach = reach
        self.has_places = False

    def walk(self, active):
        """Yield what the active routes, (name, steps left, keys met), want of the value at the place; go behind it."""
        first = self.window.skip_space()
        for name, steps, keys in active:
            if not steps:
                value, length = self._value()
                yield Found(name, value, keys, length)
                self.window.reach(self.reach, self.has_places)
                return
        if first == "[":
            inner = [(name, steps[1:], keys) for name, steps, keys in active if steps[0].kind in ("each", "spread")]
            for _ in self._elements():
                yield from self._go_on(inner)
        elif spread := [(name, steps[1:], keys) for name, steps, keys in active if steps[0].kind == "spread"]:
            yield from self.walk(spread)
        elif first == "{":
            met = set()
            for key in self._members():
                inner = []
                for name, steps, keys in active:
                    if steps[0].kind == "any":
                        inner.append((name, steps[1:], (*keys, key)))
                    elif steps[0].kind == "key" and steps[0].name == key:
                        inner.append((name, steps[1:], keys))
                        if (name, key) in met:
                            raise RejectedFile("key_twice", detail=key)
                        met.add((name, key))
                yield from self._go_on(inner)
        else:
            self._skip()

    def _go_on(self, active):
        if active:
            yield from self.walk(active)
        else:
            self._skip()

    def _elements(self):
        window = self.window
        window.at += 1
        if window.skip_space() == "]":
            window.at += 1
            return
        while True:
            yield
            if self._separator("]"):
                return
            window.skip_space()

    def _members(self):
        window = self.window
        window.at += 1
        if window.skip_space() == "}":
            window.at += 1
            return
        while True:
            yield self._key()
            if self._separator("}"):
                return
            window.skip_space()

    def _separator(self, closing):
        """Pass a comma (False) or the end of the list or object (True)."""
        found = self.window.skip_space()
        if found not in (",", closing) or not found:
            raise RejectedFile("broken_json" if found else "truncated_json")
        self.window.at += 1
        return found == closing

    def _key(self):
        window = self.window
        if window.skip_space() != '"':
            raise RejectedFile("broken_json" if window.at < len(window.text) else "truncated_json")
        while True:
            try:
                key, end = scanstring(window.text, window.at + 1, True)
                break
            except JSONDecodeError as error:
                self._needs_more(error)
        window.at = end
        if window.skip_space() != ":":
            raise RejectedFile("broken_json" if window.at < len(window.text) else "truncated_json")
        window.at += 1
        window.skip_space()
        return key

    def _value(self):
        """(the value at the place, the length of its text); the place goes behind it."""
        window = self.window
        while True:
            try:
                value, end = _decode(window.text, window.at)
            except JSONDecodeError as error:
                self._needs_more(error)
                continue
            except RecursionError:
                raise RejectedFile("too_deep", detail=MAX_DEPTH) from None
            # A number at the end of the text may go on.
            if end < len(window.text) or not window.more():
                break
        length = end - window.at
        if length > window.limits.max_record:
            raise RejectedFile("element_too_long", detail=window.limits.max_record)
        window.at = end
        return value, length

    def _needs_more(self, error):
        """Return when more text was taken that may mend the error. Raises RejectedFile when it is one."""
        text, is_cut = self.window.text, error.msg.startswith("Unterminated string")
        if not is_cut and error.pos < len(text) - _CUT:
            raise RejectedFile("broken_json")
        if self.window.more():
            _check_parts(self.window.text, self.window.limits)
        else:
            is_cut = is_cut or error.pos >= len(text.rstrip())
            raise RejectedFile("truncated_json" if is_cut else "broken_json")

    def _skip(self):
        """Pass a value without keeping it."""
        window, opened = self.window, []
        first = window.skip_space()
        if not first:
            raise RejectedFile("truncated_json")
        if first not in '"[{':
            self._skip_scalar()
            return
        while True:
            match = _STRUCTURE.search(window.text, window.at)
            if not match:
                window.at = len(window.text)
                if not window.more():
                    raise RejectedFile("truncated_json")
                continue
            window.at = match.end()
            found = match[0]
            if found == '"':
                self._skip_string()
            elif found in _CLOSING:
                opened.append(_CLOSING[found])
                if len(opened) > MAX_DEPTH:
                    raise RejectedFile("too_deep", detail=MAX_DEPTH)
            elif not opened or opened.pop() != found:
                raise RejectedFile("broken_json")
            if not opened:
                return

    def _skip_string(self):
        window = self.window
        while True:
            match = _IN_STRING.search(window.text, window.at)
            # A backslash at the very end keeps its place until what it escapes is there.
            if match and (match[0] == '"' or match.end() < len(window.text)):
                window.at = match.end() + (match[0] == "\\")
                if match[0] == '"':
                    return
                continue
            window.at = match.start() if match else len(window.text)
            if not window.more():
                raise RejectedFile("truncated_json")

    def _skip_scalar(self):
        window = self.window
        while True:
            end = _SCALAR.match(window.text, window.at).end()
            if end == window.at:
                raise RejectedFile("broken_json")
            if end < len(window.text) or not window.more():
                window.at = end
                return
