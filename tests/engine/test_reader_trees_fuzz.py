"""Documents of servers and meters, broken in any way: rows, bad rows or a refusal, wherever they are cut."""

import json
import tracemalloc
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, RowError, UsageRow, get_reader
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import read
from tree_documents import LINE, allocations, consumption, feed, frames, ipdr, matrix, statement

OPTIONS = {"currency": "EUR", "sample_kind": "counter", "time_zone": "Europe/Brussels"}
START = 1791194400
JSON = {
    "cloudkitty": frames({}, {}),
    "opencost": allocations({}, {}),
    "prometheus": matrix((START, "1"), (START + 60, "2"), (START + 120, "3")),
}
XML = {
    "green_button": feed((START, "1", "<cost>5</cost>"), (START + 900, "2", "")),
    "ubl_utility": statement(consumption(LINE), consumption()),
    "ipdr": ipdr({}, {"seqNum": "2"}),
}
DOCUMENTS = {**JSON, **XML}
readers = pytest.mark.parametrize("reader", DOCUMENTS)
some_reader = st.sampled_from(list(DOCUMENTS))
odd = st.recursive(
    st.sampled_from(
        [None, True, "", "x", "NaN", "1e400", "-1", 0, 10**30, "9" * 200, "é", "\0", "2026-02-30T00:00:00Z"]
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("ab@"), inner, max_size=2)),
    max_leaves=4,
)


def outcome(data, reader, **options):
    """What a reader yields, checked to be what readers may yield; the reason of a refusal."""
    try:
        items = read(data, reader, **{**OPTIONS, **options})
    except RejectedFile as error:
        assert error.file == "usage.csv"
        return error.reason
    assert [item.row_no for item in items] == list(range(1, len(items) + 1))
    for item in items:
        if isinstance(item, UsageRow):
            assert item.service_start < item.service_end
            assert Decimal(item.quantity or 0).is_finite()
            json.loads(item.tags)
        else:
            assert isinstance(item, RowError)
    return items


def places(value, path=()):
    """The paths of all members and elements of a JSON value."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


def put(value, path, new):
    """The value with something else at a path."""
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


class TestAnyDocument:
    @given(some_reader, st.integers(1, 60))
    def test_gives_the_same_rows_wherever_it_is_cut(self, reader, size):
        assert outcome(DOCUMENTS[reader], reader, chunk_size=size) == outcome(DOCUMENTS[reader], reader)

    @given(st.sampled_from(list(JSON)), st.data())
    def test_with_something_odd_in_it_gives_rows_bad_rows_or_a_refusal(self, reader, data):
        value = json.loads(JSON[reader])
        for _ in range(data.draw(st.integers(1, 3))):
            path = data.draw(st.sampled_from(list(places(value)) or [()]))
            value = put(value, path, data.draw(odd))
        outcome(json.dumps(value).encode(), reader)

    @given(some_reader, st.data())
    def test_with_bytes_changed_gives_rows_bad_rows_or_a_refusal(self, reader, data):
        document = DOCUMENTS[reader]
        start = data.draw(st.integers(0, len(document)))
        end = data.draw(st.integers(start, min(start + 40, len(document))))
        outcome(document[:start] + data.draw(st.binary(max_size=8)) + document[end:], reader)

    @given(st.sampled_from(list(XML)), st.data())
    def test_with_a_part_of_it_elsewhere_gives_rows_bad_rows_or_a_refusal(self, reader, data):
        parts = XML[reader].decode().split("<")
        part = data.draw(st.sampled_from(parts))
        at = data.draw(st.integers(1, len(parts)))
        outcome("<".join([*parts[:at], part, *parts[at:]]).encode(), reader)

    @readers
    def test_of_another_kind_is_refused(self, reader):
        for data in (b"a,b\n1,2\n", b"[]", b"{}", b"<r/>", b"{", b"<", b"\0", b"[" * 10**5, b"<a>" * 10**5, b"{}\n{}"):
            assert isinstance(outcome(data, reader), str)

    @readers
    def test_cut_short_is_refused(self, reader):
        document = DOCUMENTS[reader]
        for end in (len(document) - 1, len(document) // 2, 60):
            assert isinstance(outcome(document[:end].rstrip(), reader), str), end

    @readers
    def test_whose_text_has_no_end_is_refused_in_bounded_memory(self, reader):
        document = DOCUMENTS[reader]
        marks = {"green_button": b"<title>", "ubl_utility": b"<cbc:Description>", "ipdr": b"<seqNum>"}
        mark = marks.get(reader, b': "')
        data = document[: document.rindex(mark) + len(mark)] + b"x" * (8 * 2**20)
        tracemalloc.start()
        try:
            found = outcome(data, reader, limits=Limits(max_record=2**20))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found in ("element_too_long", "truncated_json", "truncated_xml")
        assert peak < 40 * 2**20


def endless(reader):
    """(beginning, function of a number that writes an element, end) of a document of any length."""
    if reader == "opencost":
        body = json.dumps(json.loads(allocations({}))["data"][0]["a0"]).encode()
        return b'{"code":200,"data":[{"a":' + body, lambda n: b',"a%d":%s' % (n, body), b"}]}"
    if reader == "cloudkitty":
        body = json.dumps(json.loads(frames({}))["dataframes"][0]).encode()
        return b'{"dataframes":[' + body, lambda n: b"," + body, b"]}"
    if reader == "prometheus":
        body = json.dumps(json.loads(matrix((1, "1"), (2, "2")))["data"]["result"][0]).encode()
        begin = b'{"status":"success","data":{"resultType":"matrix","result":[' + body
        return begin, lambda n: b"," + body, b"]}}"
    if reader == "green_button":
        before, after = feed(order="PMT").split(b"</feed>")
        block = feed((START, "1", ""), order="B").split(b'espi">', 1)[1].removesuffix(b"</feed>")
        return before, lambda n: block, b"</feed>" + after
    if reader == "ubl_utility":
        before, after = statement().split(b"</UtilityStatement>")
        body = consumption(LINE).encode()
        return before, lambda n: body, b"</UtilityStatement>" + after
    whole = ipdr({}, count=3001)
    before, after = whole[: whole.index(b"<IPDR xsi")], whole[whole.index(b"<IPDRDoc.End") :]
    body = whole[len(before) : -len(after)]
    return before + body, lambda n: body, after


@readers
def test_memory_is_the_same_for_ten_times_as_many_elements(reader):
    begin, element, end = endless(reader)
    # A document that is one line would be looked at as a line, up to the length of a first one.
    begin = begin.replace(b"{", b"{\n", 1)

    def pieces(count):
        yield begin
        for first in range(0, count, 100):
            yield b"".join(map(element, range(first, first + 100)))
        yield end if reader != "ipdr" else end.replace(b"3001", b"%d" % (count + 1))

    peaks, counts = [], []
    for count in (200, 2_000):
        tracemalloc.start()
        try:
            items = get_reader(reader).read(pieces(count), file_name="f", limits=Limits(), options=OPTIONS)
            counts.append(sum(isinstance(item, UsageRow) for item in items))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert counts[1] > counts[0] * 9
    assert peaks[1] < peaks[0] * 1.3 + 2**20
