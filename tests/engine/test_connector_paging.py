"""Going through pages: each row once and in order however they are cut, and no going in circles."""

import pytest
from cloud_billing_engine.connectors.errors import ConnectorError
from cloud_billing_engine.connectors.generic.paging import Page, Paging, each_page, find_next_link, join_address
from hypothesis import given
from hypothesis import strategies as st

BASE = "https://api.example.com/v1/usage"


def cut(records, sizes):
    """Pages of a list: of these sizes, the rest as one."""
    pages, at = [], 0
    for size in sizes:
        pages.append(records[at : at + size])
        at += size
    return [page for page in [*pages, records[at:]] if page]


def walk(paging, pages, mark=None):
    """All records that a walk through the pages takes; `mark` is (name, maker of its text from a page's number)."""
    taken = []

    def ask(place):
        if paging.kind == "offset":
            starts = [sum(map(len, pages[:n])) for n in range(len(pages))]
            number = starts.index(place.number) if place.number in starts else len(pages)
        elif mark:
            told = place.cursor or place.url
            number = int(told.rpartition("=")[2]) if told else 0
        else:
            number = place.number - paging.first
        records = pages[number] if number < len(pages) else []
        taken.extend(records)
        marks = {mark[0]: mark[1](number + 1)} if mark and number + 1 < len(pages) else {}
        return Page(len(records), repr(records).encode(), marks, BASE)

    list(each_page(paging, ask))
    return taken


SPLITS = st.tuples(st.integers(0, 60), st.lists(st.integers(1, 9), max_size=12))


class TestAnySplitOfRecordsGivesEachOnceInOrder:
    @given(SPLITS, st.integers(0, 1))
    def test_by_page_numbers(self, split, first):
        records = list(range(split[0]))
        assert walk(Paging("page", first=first), cut(records, split[1])) == records

    @given(SPLITS)
    def test_by_offset_also_where_pages_are_smaller_than_asked_for(self, split):
        records = list(range(split[0]))
        assert walk(Paging("offset", first=0, size=1000), cut(records, split[1])) == records

    @given(SPLITS)
    def test_by_cursor(self, split):
        records = list(range(split[0]))
        mark = ("cursor", lambda number: f"c={number}")
        assert walk(Paging("cursor"), cut(records, split[1]), mark) == records

    @given(SPLITS, st.sampled_from(("next_link", "link_header")))
    def test_by_the_address_of_the_next_page(self, split, kind):
        records = list(range(split[0]))
        mark = ("next", lambda number: f"?page={number}")
        assert walk(Paging(kind), cut(records, split[1]), mark) == records


def answers(*pages):
    """An ask() that gives these Pages one after the other."""
    waiting = list(pages)
    return lambda _place: waiting.pop(0)


class TestTheEnd:
    def test_one_answer_is_one_page_whatever_it_says(self):
        assert len(list(each_page(Paging("none"), answers(Page(3, b"a", {"next": "/2"}, BASE))))) == 1

    def test_an_answer_that_says_there_are_no_more_ends_it_though_it_gives_a_cursor(self):
        ask = answers(Page(3, b"a", {"cursor": "x", "more": "true"}), Page(3, b"b", {"cursor": "y", "more": "false"}))
        assert len(list(each_page(Paging("cursor"), ask))) == 2

    def test_the_number_of_rows_ends_pages_without_asking_for_an_empty_one(self):
        ask = answers(Page(3, b"a", {"total": "5"}), Page(2, b"b", {"total": "5"}))
        assert len(list(each_page(Paging("page"), ask))) == 2

    def test_an_empty_page_with_the_cursor_it_was_asked_with_is_the_end(self):
        ask = answers(Page(3, b"a", {"cursor": "x"}), Page(0, b"", {"cursor": "x"}))
        assert len(list(each_page(Paging("cursor"), ask))) == 2

    def test_fewer_rows_than_the_answer_says_are_told_and_may_be_asked_again(self):
        ask = answers(Page(3, b"a", {"total": "5"}), Page(1, b"b", {"total": "5"}), Page(0, b"", {"total": "5"}))
        with pytest.raises(ConnectorError) as caught:
            list(each_page(Paging("page"), ask))
        assert (caught.value.code, caught.value.is_transient) == ("rows_missing", True)
        assert caught.value.values == {"found": 4, "expected": 5}

    def test_a_number_of_rows_that_is_none_is_told(self):
        with pytest.raises(ConnectorError) as caught:
            list(each_page(Paging("page"), answers(Page(3, b"a", {"total": "many"}))))
        assert caught.value.code == "bad_answer"


class TestGoingInCirclesIsRefused:
    def test_a_system_that_does_not_know_the_parameter_gives_the_same_page_for_ever(self):
        with pytest.raises(ConnectorError) as caught:
            list(each_page(Paging("page"), lambda _place: Page(3, b"same", {})))
        assert (caught.value.code, caught.value.values) == ("page_repeated", {"page": 2})

    def test_cursors_that_come_back(self):
        ask = answers(*(Page(1, bytes([n]), {"cursor": "ab"[n % 2]}) for n in range(9)))
        with pytest.raises(ConnectorError) as caught:
            list(each_page(Paging("cursor"), ask))
        assert (caught.value.code, caught.value.values) == ("cursor_repeated", {"page": 3})

    def test_pages_without_end(self):
        count = iter(range(10**6))
        with pytest.raises(ConnectorError) as caught:
            list(each_page(Paging("page", max_pages=7), lambda _place: Page(1, b"%d" % next(count), {})))
        assert (caught.value.code, caught.value.values) == ("too_many_pages", {"allowed": 7})
        assert next(count) == 7

    def test_the_most_pages_that_are_allowed_are_no_error(self):
        pages = [Page(1, bytes([n]), {"cursor": f"{n}"} if n < 6 else {}) for n in range(7)]
        assert len(list(each_page(Paging("cursor", max_pages=7), answers(*pages)))) == 7


class TestTheAddressOfTheNextPage:
    @pytest.mark.parametrize(
        ("told", "whole"),
        [
            ("?page=2", "https://api.example.com/v1/usage?page=2"),
            ("/v2/more", "https://api.example.com/v2/more"),
            ("https://api.example.com/next", "https://api.example.com/next"),
        ],
    )
    def test_is_joined_to_the_one_that_was_asked(self, told, whole):
        assert join_address(BASE, told) == whole

    @pytest.mark.parametrize(
        "told",
        [
            "https://evil.example/v1/usage",
            "//evil.example/",
            "http://api.example.com/v1",
            "file:///etc/passwd",
            "https://api.example.com:444/",
            "https://key@api.example.com/",
        ],
    )
    def test_on_another_server_is_refused_because_the_key_would_go_there(self, told):
        with pytest.raises(ConnectorError) as caught:
            join_address(BASE, told)
        assert caught.value.code == "next_elsewhere"

    @pytest.mark.parametrize(
        ("header", "found"),
        [
            ('<https://x/2>; rel="next"', "https://x/2"),
            ('<https://x/1>; rel="prev", <https://x/3>; title="a, b"; rel="next last"', "https://x/3"),
            ("<?page=2>; rel=next", "?page=2"),
            ('<https://x/9>; rel="last"', None),
            ("", None),
            (None, None),
            ("<" * 50_000, None),
        ],
    )
    def test_is_found_in_the_header(self, header, found):
        assert find_next_link(header) == found
