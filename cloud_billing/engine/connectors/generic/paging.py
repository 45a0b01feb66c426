"""Going through the pages of an answer: which one is asked for next, and when there are no more.

kind             the next page is                                    the last page is the one
---------------  --------------------------------------------------  ------------------------------------------------
none             -                                                   that is asked for
page             the next number                                     without rows
offset           as many rows further as have come                   without rows
cursor           what the answer gives as cursor                     without a cursor
next_link        the address within the answer                       without an address
link_header      the address in the header Link, rel="next"          without an address

A page with fewer rows than asked for is not the last one: many systems give fewer than they are asked for. Where the
answer says how many rows there are, or whether there are more, that ends it too.
"""

import re
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from ..errors import ConnectorError

KINDS = ("none", "page", "offset", "cursor", "next_link", "link_header")
MAX_PAGES = 10_000
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s;,="]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)
_NO = ("false", "0", "no", "")


class Paging(NamedTuple):
    """How an answer is paged. first: number of the first page or row.   size: rows asked for, or None."""

    kind: str = "none"
    first: int = 1
    size: int | None = None
    max_pages: int = MAX_PAGES


class Place(NamedTuple):
    """What is asked for: a page or a row by number, behind a cursor, or at an address that the system gave."""

    number: int
    cursor: str | None = None
    url: str | None = None

    def values(self, paging):
        """The values of the places {page}, {offset}, {cursor} and {size} of a template."""
        return {"page": self.number, "offset": self.number, "cursor": self.cursor, "size": paging.size}


class Page(NamedTuple):
    """What came. rows: how many; digest: of their content.   url: where it came from.

    marks: {"cursor" | "next" | "more" | "total": text} of what the answer says besides its rows.
    """

    rows: int
    digest: bytes
    marks: dict
    url: str = ""


def each_page(paging, ask):
    """Yield each Page that `ask(Place)` gives, in order, until there are no more.

    Raises ConnectorError page_repeated, cursor_repeated, too_many_pages, next_elsewhere, rows_missing.
    """
    walk = _Walk(paging)
    while walk.place is not None:
        page = ask(walk.place)
        walk.take(page)
        yield page


class _Walk:
    """Where the walk through the pages is, and what it has seen: a system that goes in circles is refused."""

    def __init__(self, paging):
        self.paging = paging
        self.place = Place(paging.first)
        self.rows = 0
        self.pages = 0
        self.digests = set()
        self.told = set()

    def take(self, page):
        """Take the page that came, and set the place of the next one or None."""
        self.pages += 1
        self.rows += page.rows
        if page.rows and self.paging.kind != "none":
            if page.digest in self.digests:
                raise ConnectorError("page_repeated", page=self.pages)
            self.digests.add(page.digest)
        self.place = self._next(page)
        if self.place is None:
            self._check_total(page)
        elif self.pages >= self.paging.max_pages:
            raise ConnectorError("too_many_pages", allowed=self.paging.max_pages)

    def _next(self, page):
        kind, marks = self.paging.kind, page.marks
        if kind == "none" or ("more" in marks and marks["more"].lower() in _NO):
            return None
        if kind in ("page", "offset"):
            if not page.rows or ("total" in marks and self.rows >= read_total(marks["total"])):
                return None
            return Place(self.place.number + (1 if kind == "page" else page.rows))
        told = marks.get("cursor" if kind == "cursor" else "next")
        if not told:
            return None
        if kind != "cursor":
            told = join_address(page.url, told)
        if told in self.told:
            if not page.rows:
                # Systems that wait for more give an empty page and the cursor they were given.
                return None
            raise ConnectorError("cursor_repeated", page=self.pages)
        self.told.add(told)
        number = self.place.number + 1
        return Place(number, cursor=told) if kind == "cursor" else Place(number, url=told)

    def _check_total(self, page):
        if "total" in page.marks and self.paging.kind != "none":
            total = read_total(page.marks["total"])
            if self.rows < total:
                raise ConnectorError("rows_missing", is_transient=True, found=self.rows, expected=total)


def read_total(text):
    """The number of rows that an answer says. Raises ConnectorError bad_answer."""
    if not re.fullmatch(r"\d{1,15}", text):
        raise ConnectorError("bad_answer", detail=f"total: {text[:50]}")
    return int(text)


def join_address(base, address):
    """The whole address of the next page. Raises ConnectorError next_elsewhere where it is on another server."""
    whole = urljoin(base, address)
    # The key goes with every request: it is not shown to whom an answer names.
    if not is_same_server(base, whole):
        raise ConnectorError("next_elsewhere", to=urlsplit(whole).hostname or "")
    return whole


def is_same_server(one, other):
    """Whether two addresses have the same scheme, host and port."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def find_next_link(header):
    """The address with rel="next" in a header Link (RFC 8288), or None."""
    for match in _LINK.finditer(header or ""):
        rel = _REL.search(match[2])
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            return match[1]
    return None
