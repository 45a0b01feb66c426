"""What the beginning of a JSON or XML document shows: its paths, so that its reader and the path of its rows can be
proposed. Nothing is decided here, and a document that is broken later is not found out."""

import contextlib
import re
from collections import Counter
from typing import NamedTuple
from xml.parsers import expat

from ..base import RejectedFile
from .opening import read_start
from .tree_path import MAX_DEPTH
from .tree_table import is_json, is_xml, sniff_text
from .xml_tree import local, namespace

# So much of the text is looked at.
OUTLINE_BYTES = 256 * 1024
_MAX_PATHS = 5_000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
_PLAIN = re.compile(r'[^.\[\]*"]+').fullmatch


class Outline(NamedTuple):
    """kind: 'json' or 'xml'.   root: local name of the root element, '' in JSON.   namespaces: of the elements.
    paths: {path as in tree_path: how often it was seen}.   row_paths: of what repeats, the most frequent first.
    """

    kind: str
    root: str
    namespaces: frozenset
    paths: dict
    row_paths: tuple

    def has(self, *paths):
        """Whether each of these was seen."""
        return all(path in self.paths for path in paths)


def read_outline(chunks, *, file_name, limits, options=None):
    """The Outline of a file, packed or not; None of one that is neither JSON nor XML. Raises RejectedFile."""
    return outline(read_start(chunks, file_name=file_name, limits=limits, options=options, size=OUTLINE_BYTES))


def outline(head):
    """The Outline of a document that begins with these bytes; None of what is neither JSON nor XML."""
    if is_json(head):
        return _outline_json(sniff_text(head))
    return _outline_xml(head) if is_xml(head) else None


def _outline_json(text):
    paths, repeated = Counter(), Counter()
    # Of each open object or list: (its bracket, its path); the key that waits for its value.
    opened, key = [], ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            path = _path_of_value(opened, key)
            if token == "{" and path.endswith("[*]"):
                repeated[path] += 1
            opened.append((token, path))
            key = ""
        elif token in "}]":
            if not opened:
                break
            opened.pop()
        elif (
            token[0] == '"'
            and opened
            and opened[-1][0] == "{"
            and text[match.end() : match.end() + 20].lstrip()[:1] == ":"
        ):
            key = token[1:-1] if _PLAIN(token[1:-1]) else token
            path = opened[-1][1]
            paths[f"{path}.{key}" if path else key] += 1
        if len(paths) > _MAX_PATHS or len(opened) > MAX_DEPTH:
            break
    return Outline("json", "", frozenset(), dict(paths), _most(repeated))


def _path_of_value(opened, key):
    if not opened:
        return ""
    bracket, path = opened[-1]
    if bracket == "[":
        return f"{path}[*]"
    return f"{path}.{key}" if path else key


def _outline_xml(head):
    paths, namespaces, opened, is_parent = Counter(), set(), [], set()

    def start(name, attributes):
        if opened:
            is_parent.add("/".join(opened))
        opened.append(local(name))
        path = "/".join(opened)
        if attributes:
            is_parent.add(path)
        paths[path] += 1
        namespaces.add(namespace(name))
        if len(paths) > _MAX_PATHS or len(opened) > MAX_DEPTH:
            raise RejectedFile("too_deep")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: opened.pop()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    # What was seen before a fault is what there is to say.
    with contextlib.suppress(expat.ExpatError, ValueError, LookupError):
        parser.Parse(head, False)
    root = next(iter(paths), "")
    repeated = Counter({path: count for path, count in paths.items() if count > 1 and path in is_parent})
    return Outline("xml", root, frozenset(namespaces), dict(paths), _most(repeated))


def _refuse_doctype(*_declaration):
    raise RejectedFile("doctype")


def _most(repeated):
    return tuple(path for path, _count in repeated.most_common(20))
