"""What the connectors that ask question by question share: windows, pages and rows, whatever the questions are made of.

The rows of a window become JSON lines, which an own format maps. A window is taken as a whole or not at all.
"""

import json
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from ..base import Delivery, Fact, Payload, Problem, Seen, Window, get_option, is_on
from ..errors import ConnectorError
from . import paging, template
from .anchor import Anchor, read_time
from .json_rows import Lines, RowPath, find_bad_path, look_up, write_line

MAX_COLLECTED = 2 * 1024**3
MAX_SAMPLE_ROWS = 50
MAX_SHOWN_COLUMNS = 20
PLACES = template.WINDOW_PLACES | {"page", "offset", "size", "cursor"}
# Which place of a template a kind of paging cannot do without, and which setting leads it on.
_PAGING_PLACES = {"page": "page", "offset": "offset", "cursor": "cursor"}
_PAGING_PATHS = {"cursor": "cursor_path", "next_link": "next_path"}
_MARKS = {"cursor": "cursor_path", "next": "next_path", "total": "total_path", "more": "more_path"}
_NEXT = {"cursor": "cursor", "next_link": "next", "link_header": "next"}


def read_object(value):
    """The dict of a setting that is a JSON object; {} where it is empty."""
    if isinstance(value, Mapping):
        return dict(value)
    return json.loads(value) if value else {}


def read_given(options, settings):
    """{name: value} of all settings: a dict for a JSON object, a Secret, or text; the default where nothing is said."""
    return {
        setting.name: read_object(options.get(setting.name) or setting.default)
        if setting.kind == "mapping"
        else get_option(options, setting)
        for setting in settings
    }


def check_query(options, templates, place_setting):
    """Problems of a question. templates: its parts; place_setting: of which setting problems with places are told."""
    used = template.find_places(templates)
    for place in sorted(used - PLACES):
        yield Problem(place_setting, "unknown_place", {"place": place})
    kind = options.get("paging") or "none"
    place, path = _PAGING_PLACES.get(kind), _PAGING_PATHS.get(kind)
    if place and place not in used:
        yield Problem(place_setting, "place_missing", {"place": place})
    for name in ("row_path", *_MARKS.values()):
        if find_bad_path(options.get(name), names_only=name != "row_path"):
            yield Problem(name, "bad_path", {"path": options[name]})
    if path and not options.get(path):
        yield Problem(path, "setting_missing", {})
    if (options.get("max_results") or is_on(options.get("leave_out"))) and not options.get("time_field"):
        yield Problem("time_field", "setting_missing", {})


class Found(NamedTuple):
    """The answer to one question. value: decoded, numbers as text; None where there is nothing.

    link: the address of the next page in a header.   url: what was asked.
    """

    value: object
    link: str | None = None
    url: str = ""


class Query:
    """What is asked of a system, read from the settings once. What a question is made of is in `ask`."""

    def __init__(self, options, settings, web):
        self.given = given = read_given(options, settings)
        self.web = web
        self.name = "rows"
        self.host = ""
        self._columns = given["add_columns"]
        self._row_path = RowPath(given["row_path"])
        self._paging = paging.Paging(
            given["paging"],
            first=int(given["first_page"] or (1 if given["paging"] == "page" else 0)),
            size=int(given["page_size"]) if given["page_size"] else None,
            max_pages=int(given["max_pages"]),
        )
        self._marks = {mark: given[name] for mark, name in _MARKS.items() if given.get(name)}
        self._pace = Pace(int(given["per_minute"] or 0), web)
        self._leaves_out = is_on(given["leave_out"])

    # --- what a question is made of

    def get_templates(self):
        """The parts of the question in which places may stand."""
        raise NotImplementedError

    def ask(self, values, url):
        """The Found of the question with these values of its places, or at an address that the answer before gave."""
        raise NotImplementedError

    # --- deliveries

    @contextmanager
    def _naming_the_host(self):
        try:
            yield
        except ConnectorError as error:
            error.values.setdefault("host", self.host)
            raise

    def test(self, now):
        """The Seen of the first page of the last day."""
        rows, window = [], Window(now - timedelta(days=1), now)
        first = paging.Place(self._paging.first)
        with self._naming_the_host():
            page = self._ask(self._tell(window), first, lambda row, _line: rows.append(row))
        facts = [Fact("no_rows_seen")]
        if rows:
            facts = [Fact("rows_seen", {"rows": page.rows, "columns": ", ".join(list(rows[0])[:MAX_SHOWN_COLUMNS])})]
        if mark := _NEXT.get(self._paging.kind):
            # A wrong path to the next page looks as if there were none.
            facts.append(Fact("next_page_seen" if page.marks.get(mark) else "no_next_page"))
        sample = b"".join(map(write_line, rows[:MAX_SAMPLE_ROWS]))
        return Seen(facts, Payload(f"{self.name}.jsonl", (sample,)) if rows else None)

    def fetch(self, window, known):
        """Yield the Delivery of each piece of the window that has rows and is not known."""
        for piece in self._cut(window):
            with self._naming_the_host():
                lines = self._collect(piece)
            name = self._name(piece)
            if lines.count and known.get(name) != lines.version:
                yield Delivery(name, lines.version, "", [Payload(name, lines.chunks())])

    def _cut(self, window):
        days = int(self.given["days_per_request"] or 0)
        return window.cut(timedelta(days=days)) if days and self._is_by_moment() else [window]

    def _name(self, window):
        if self._is_by_moment():
            return f"{self.name}_{window.start:%Y%m%dT%H%M%SZ}_{window.end:%Y%m%dT%H%M%SZ}.jsonl"
        return f"{self.name}_{window.month}.jsonl" if self._get_places() else f"{self.name}.jsonl"

    def _is_by_moment(self):
        """Whether another time has another answer, also within a month."""
        return self._leaves_out or bool(self._get_places() & template.MOMENT_PLACES)

    def _get_places(self):
        """What the question says of the time."""
        return template.find_places(self.get_templates()) & template.WINDOW_PLACES

    def _tell(self, window):
        return template.tell_window(window, self.given["time_format"], is_on(self.given["end_included"]))

    # --- rows

    def _collect(self, window):
        """The Lines of all pages of a window. Raises ConnectorError."""
        given, told, lines = self.given, self._tell(window), Lines(MAX_COLLECTED)
        anchor = Anchor(int(given["max_results"] or 0), given["time_field"], given["time_format"])

        def take(row, line):
            if anchor.is_new(row, line) and self._is_wanted(row, window):
                lines.add(line)

        while True:
            for _page in paging.each_page(self._paging, lambda place: self._ask(told, place, take)):  # noqa: B023
                if anchor.is_full:
                    break
            else:
                return lines
            told = anchor.move(told)

    def _is_wanted(self, row, window):
        if not self._leaves_out:
            return True
        try:
            return window.start <= read_time(row.get(self.given["time_field"]) or "") < window.end
        except ValueError:
            # The reader says what is wrong with it.
            return True

    def _ask(self, told, place, take):
        """The Page at a place; each row of it and its line are given to `take`."""
        self._pace.wait()
        found = self.ask({**told, **place.values(self._paging)}, place.url)
        marks, digest, count = {"next": found.link}, sha256(), 0
        if found.value is not None:
            if self._paging.kind != "link_header":
                marks = {mark: look_up(found.value, path) for mark, path in self._marks.items()}
            added = template.fill(self._columns, told)
            # Of none some systems give no list.
            rows = () if marks.get("total") == "0" else self._row_path.rows(found.value)
            for row in rows:
                row |= added
                line = write_line(row)
                digest.update(line)
                count += 1
                take(row, line)
        return paging.Page(count, digest.digest(), {k: v for k, v in marks.items() if v is not None}, found.url)


class Pace:
    """At most so many requests a minute, evenly; 0 for as many as may be."""

    def __init__(self, per_minute, web):
        self._between = 60 / per_minute if per_minute else 0
        self._web = web
        self._next = 0

    def wait(self):
        """Wait until the next request may leave."""
        now = self._web.clock()
        if now < self._next:
            self._web.sleep(self._next - now)
        self._next = max(now, self._next) + self._between
