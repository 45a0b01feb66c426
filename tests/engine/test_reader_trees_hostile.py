"""Any tree, hostile ones among them: the rows that plain code makes, wherever the pieces are cut, in bounded memory."""

import json
import tracemalloc
from decimal import Decimal
from itertools import chain
from xml.etree import ElementTree

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, open_table
from cloud_billing_engine.readers.tables.tree_path import parse_path, rows_of
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import read
from tree_samples import records, refused, table

HOSTILE = {
    "depth": (b"[" * 10**6, "too_deep"),
    "depth of objects": (b'{"a":' * 10**6, "too_deep"),
    "depth beside the path": (b'{"x":' + b"[" * 10**6, "too_deep"),
    "a string without end": (b'[{"a":"' + b"x" * (8 * 2**20), "element_too_long"),
    "a name without end": (b'{\n"' + b"x" * (8 * 2**20), "element_too_long"),
    "a line without end": (b'{"a":1}\n{"a":"' + b"x" * (8 * 2**20), "element_too_long"),
    "NUL": (b'[{"a":"\0"}]', "broken_json"),
    "NUL outside": (b'[{"a":1},\0{}]', "broken_json"),
    "bytes that are not UTF-8": (b'[{"a":"\xff"}]', "bad_encoding"),
    "half of a character at the end": (b'[{"a":1}]\xc3', "bad_encoding"),
    "cut in a string": (b'[{"a":"b', "truncated_json"),
    "cut in a name": (b'[{"a', "truncated_json"),
    "cut behind an element": (b'[{"a":1},', "truncated_json"),
    "cut in a skipped part": (b'{"x":[1,2', "truncated_json"),
    "no comma": (b'[{"a":1}{"a":2}]', "broken_json"),
    "another bracket": (b'[{"a":1}}', "broken_json"),
    "brackets crossed beside the path": (b'{"x":[1},"r":[]}', "broken_json"),
    "a word": (b"[nothing]", "broken_json"),
    "a comment": (b"[1, /* two */ 2]", "broken_json"),
    "a path twice": (b'{"r":[{"a":1}],\n"r":[{"a":2}]}', "key_twice"),
    "many columns": (json.dumps([{f"c{n}": n for n in range(501)}]).encode(), "too_many_columns"),
    "billion laughs": (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><r><i>&b;</i></r>',
        "doctype",
    ),
    "external entity": (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><r><i>&e;</i></r>', "doctype"),
    "external DTD": (b'<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://localhost/x.dtd"><r/>', "doctype"),
    "a web page": (b"<!DOCTYPE html><html><body>Log in</body></html>", "doctype"),
    "an entity of its own": (b"<r><i>&e;</i></r>", "broken_xml"),
    "XML depth": (b"<r>" * 10**6, "too_deep"),
    "a tag without end": (b"<r><i a='" + b"x" * (4 * 2**20), "element_too_long"),
    "a text without end": (b"<r><i>" + b"x" * (8 * 2**20), "element_too_long"),
    "a comment without end": (b"<r><!--" + b"x" * (4 * 2**20), "element_too_long"),
    "an element without end": (b"<r><i>" + b"<j/>" * 2**20, "element_too_long"),
    "a tag of many attributes": (b"<r><i " + b"".join(b'a%d="" ' % n for n in range(2**18)), "element_too_long"),
    "XML NUL": (b"<r><i>\0</i></r>", "broken_xml"),
    "an encoding that is none": (b'<?xml version="1.0" encoding="klingon"?><r/>', "bad_encoding"),
    "declared UTF-8, written Latin": (b'<?xml version="1.0" encoding="UTF-8"?><r><i>\xe9</i></r>', "broken_xml"),
    "declared UTF-16, written ASCII": (b'<?xml version="1.0" encoding="UTF-16"?><r/>', "bad_encoding"),
    "cut XML": (b"<r><i><n>1</n></i>", "truncated_xml"),
    "tags crossed": (b"<r><i></r></i>", "broken_xml"),
    "two roots": (b"<r><i><n>1</n></i></r><r/>", "broken_xml"),
    "a prefix that is not declared": (b"<r><x:i/></r>", "broken_xml"),
}


# Of the limits that are in use an eighth, so that the tests are short: memory is a multiple of it.
SMALL = Limits(max_record=2**20)


class TestHostileTrees:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_are_refused_in_bounded_memory(self, name):
        data, reason = HOSTILE[name]
        path = "r[*]" if data[:1] == b"{" and not data.startswith((b'{"a"', b"{\n")) else ""
        tracemalloc.start()
        try:
            error = refused(data, row_path=path, limits=SMALL)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert error.reason == reason
        assert peak < 40 * 2**20

    def test_that_repeat_what_is_around_many_rows_are_refused(self):
        data = json.dumps([{"around": "x" * 10**6, "r": list(range(10**5))}]).encode()
        assert refused(data, row_path="[*].r[*]").reason == "ratio_too_high"

    @pytest.mark.parametrize("kind", ["json", "lines", "xml"])
    def test_are_told_from_long_ones_that_repeat_nothing(self, kind):
        begin, element, end, path = FLAT[kind]
        data = begin + b"".join(map(element, range(3000))) + end
        assert len(table(data, row_path=path, limits=Limits(ratio_from=1000, max_ratio=2))[1]) == 3001

    def test_of_many_small_parts_are_refused_before_they_are_made(self):
        lists = b'{"l":[' + b"[]," * 1_200_000 + b"0]}"
        for data in (b"[" + lists + b"]", b'{"a":1}\n' + lists):
            tracemalloc.start()
            try:
                with pytest.raises(RejectedFile) as caught:
                    table(data)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert caught.value.reason == "element_too_long"
            assert peak < 60 * 2**20

    def test_of_small_pieces_take_no_longer(self):
        # 2 MB in pieces of 8 bytes: each would be the beginning of a tag that is read anew.
        pieces = (b'a%06d=""' % n for n in range(2**18))
        with pytest.raises(RejectedFile) as caught:
            list(open_table(chain((b"<r><i ",), pieces), file_name="f", limits=Limits(), options={}))
        assert caught.value.reason in ("element_too_long", "broken_xml")

    def test_of_as_many_small_parts_as_fit_stay_bounded(self):
        for part in (b"[],", b"{},", b'{"":0},', b'"",'):
            data = b'[{"l":[' + part * (2**20 // len(part) - 10) + b"0]}]"
            tracemalloc.start()
            try:
                with pytest.raises(RejectedFile):
                    read(data, "csv", limits=SMALL)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert peak < 50 * 2**20

    @given(st.binary(max_size=200), st.sampled_from([b"[", b'{"a":1}\n', b"<r>", b'[{"a":1},', b'{"r":[']))
    def test_of_any_bytes_give_rows_or_a_refusal(self, tail, head):
        try:
            table(head + tail, row_path="r[*]" if head == b'{"r":[' else "")
        except RejectedFile as error:
            assert error.file == "usage.json"


# What is compared below is worked out by plain code that knows nothing of the reader's.
names = st.text("abcdé _-/", min_size=1, max_size=4)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
scalars = st.one_of(
    st.none(), st.booleans(), texts, st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=6)
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=10,
)
elements = st.lists(st.dictionaries(names, trees, max_size=5), min_size=1, max_size=6)


def write_json(value):
    """JSON of values with Decimals, their digits as they are."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} :{write_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " , ".join(map(write_json, value)) + "]"
    return json.dumps(value)


def as_texts(value):
    """The value with every number as its text."""
    if isinstance(value, dict):
        return {key: as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_texts(item) for item in value]
    return str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def flat(value, path=()):
    """{path: text} of the leaves of a value, empty ones left out."""
    if isinstance(value, dict):
        return {key: text for name, item in value.items() for key, text in flat(item, (*path, name)).items()}
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, list):
        text = json.dumps(as_texts(value), ensure_ascii=False, separators=(",", ":"))
    else:
        text = str(value)
    return {".".join(path): text}


def to_xml(value, parent):
    for name, item in value.items():
        for one in item if isinstance(item, list) else [item]:
            child = ElementTree.SubElement(parent, name)
            if isinstance(one, dict):
                to_xml(one, child)
            else:
                child.text = one


xml_texts = st.text("xyzé<&>\"' ]", min_size=1, max_size=8).map(str.strip).filter(bool)
xml_lists = st.lists(xml_texts, min_size=2, max_size=3)
xml_trees = st.recursive(
    xml_texts,
    lambda inner: st.dictionaries(st.sampled_from("abcd"), st.one_of(inner, xml_lists), min_size=1, max_size=3),
    max_leaves=8,
)  # fmt: skip
xml_elements = st.lists(
    st.dictionaries(st.sampled_from("abcd"), xml_trees, min_size=1, max_size=3), min_size=1, max_size=5
)


class TestAnyTree:
    @given(elements, st.integers(1, 50), st.booleans())
    def test_of_json_is_what_plain_flattening_makes_of_it(self, values, size, is_lines):
        plain = [flat(value) for value in values]
        if not any(plain):
            return
        between = "\n" if is_lines else ",\n"
        text = between.join(map(write_json, values))
        data = text.encode() if is_lines else f"[{text}]".encode()
        try:
            found = records(data, size=size)
        except RejectedFile as error:
            # Nothing but nulls, empty texts and empty objects has no columns.
            assert error.reason in ("no_elements", "broken_elements")
            return
        assert found == plain

    @given(elements, st.lists(st.integers(1, 40), min_size=1, max_size=5))
    def test_of_json_at_a_path_is_the_same_whatever_lies_around(self, values, sizes):
        around = write_json({"x": values, "y": [values, "]}", '\\"']})[1:-1]
        data = f'{{{around}, "r": {{"s": {write_json(values)}}}, "z": [{around!r}]}}'.replace("'", '"')
        try:
            json.loads(data)
        except ValueError:
            data = f'{{{around}, "r": {{"s": {write_json(values)}}}}}'
        expected = None
        for size in (10**6, *sizes):
            try:
                found = table(data.encode(), size=size, row_path="r.s[*]")
            except RejectedFile as error:
                found = error.reason
            expected = expected or found
            assert found == expected
        if not isinstance(expected, str):
            assert expected == table(write_json(values).encode(), row_path="[*]")

    @given(xml_elements, st.integers(1, 50))
    def test_of_xml_is_what_plain_flattening_makes_of_it(self, values, size):
        root = ElementTree.Element("r")
        to_xml({"i": values}, root)
        found = records(ElementTree.tostring(root), size=size, row_path="r/i")
        assert found == [{name.replace(".", "/"): text for name, text in flat(value).items()} for value in values]

    @given(elements)
    def test_has_as_many_rows_within_as_lists_say(self, values):
        steps = parse_path("a[*]")
        for value in map(as_texts, values):
            inner = value.get("a")
            assert len(list(rows_of(value, steps))) == (len(inner) if isinstance(inner, list) else 0)


def peak_of(pieces, **options):
    """The most memory that reading takes, in bytes."""
    tracemalloc.start()
    try:
        rows = sum(1 for _ in open_table(pieces, file_name="usage", limits=Limits(), options=options))
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


FLAT = {
    "json": (b'{"x":"y","r":[{"n":0}', lambda n: b',{"n":%d,"u":{"a":"%d"}}' % (n, n), b"]}", "r[*]"),
    "lines": (b'{"n":0}\n', lambda n: b'{"n":%d,"u":{"a":"%d"}}\n' % (n, n), b"", ""),
    "beside": (b'{"x":[0', lambda n: b',{"n":%d,"u":"%d"}' % (n, n), b'],"r":[{"n":0}]}', "r[*]"),
    "xml": (b"<r><i><n>0</n></i>", lambda n: b'<i a="%d"><n>%d</n></i>' % (n, n), b"</r>", "r/i"),
}


@pytest.mark.parametrize("kind", FLAT)
def test_memory_is_the_same_for_ten_times_as_many_elements(kind):
    begin, element, end, path = FLAT[kind]

    def pieces(count):
        yield begin
        for first in range(0, count, 1000):
            yield b"".join(map(element, range(first, first + 1000)))
        yield end

    rows, small = peak_of(pieces(10_000), row_path=path)
    more_rows, large = peak_of(pieces(100_000), row_path=path)
    assert (rows, more_rows) == ((1, 1) if kind == "beside" else (10_001, 100_001))
    assert large < small * 1.3 + 2**20
