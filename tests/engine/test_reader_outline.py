"""What the beginning of a document shows: paths, and where rows may be."""

import gzip
import json

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, outline, read_outline
from hypothesis import given
from hypothesis import strategies as st


class TestJson:
    def test_shows_every_path_and_what_repeats_most(self):
        found = outline(
            b'{"total":2,"results":[{"id":1,"items":[{"n":1},{"n":2},{"n":3}]},{"id":2}],"a.b":{"c d":"x:y"}}'
        )
        assert found.paths == {
            "total": 1, "results": 1, "results[*].id": 2, "results[*].items": 1, "results[*].items[*].n": 3, '"a.b"': 1,
            '"a.b".c d': 1,
        }  # fmt: skip
        assert found.row_paths == ("results[*].items[*]", "results[*]")
        assert (found.kind, found.has("total", "results"), found.has("totals")) == ("json", True, False)

    def test_of_lines_has_the_paths_of_a_line(self):
        assert outline(b'{"id":1}\n{"id":2,"x":[1]}').paths == {"id": 2, "x": 1}

    def test_of_the_beginning_of_a_longer_one_is_what_is_there(self):
        assert outline(b'[{"id":1},{"id":2,"na').paths == {"[*].id": 2}


class TestXml:
    def test_shows_paths_root_and_namespaces(self):
        found = outline(
            b'<f:feed xmlns:f="urn:f" xmlns="urn:e"><entry id="1"><n>1</n></entry><entry><n>2</n></entry></f:feed>'
        )
        assert (found.kind, found.root, found.namespaces) == ("xml", "feed", {"urn:f", "urn:e"})
        assert found.paths == {"feed": 1, "feed/entry": 2, "feed/entry/n": 2}
        assert found.row_paths == ("feed/entry",)

    def test_of_one_with_a_document_type_shows_nothing(self):
        assert outline(b"<!DOCTYPE x [<!ENTITY e 'e'>]><r><i/></r>").paths == {}


class TestAnyFile:
    def test_that_is_no_tree_has_none(self):
        for head in (b"", b"a,b\n1,2\n", b"PAR1", b"%PDF-1.7"):
            assert outline(head) is None

    def test_is_unpacked(self):
        data = gzip.compress(json.dumps([{"id": 1}]).encode())
        assert read_outline([data], file_name="f", limits=Limits()).paths == {"[*].id": 1}
        with pytest.raises(RejectedFile) as caught:
            read_outline([gzip.compress(data)], file_name="f", limits=Limits())
        assert (caught.value.reason, caught.value.file) == ("packed_twice", "f")

    def test_of_many_paths_or_levels_ends_there(self):
        assert len(outline(json.dumps({str(n): n for n in range(10**4)}).encode()).paths) <= 5001
        assert outline(b'{"a":' * 1000).paths
        assert len(outline(b"<a>" * 1000).paths) <= 65

    @given(st.sampled_from([b"{", b'{"a":1}', b"[", b"<r>", b'<r xmlns="u">']), st.binary(max_size=100))
    def test_never_fails(self, head, tail):
        outline(head + tail)
