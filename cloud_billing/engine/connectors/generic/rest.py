"""Any system that answers in JSON over HTTP: what is asked, how it logs in and how it pages are settings.

The rows of a window become JSON lines, which an own format maps. A window is taken as a whole or not at all.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote, urlsplit

from ..base import Connector, Delivery, Fact, Payload, Problem, Seen, Window, get_option, is_on
from ..errors import ConnectorError
from . import auth, paging, template
from .anchor import Anchor, read_time
from .json_rows import Lines, RowPath, decode, find_bad_path, look_up, write_line
from .rest_settings import SETTINGS

MAX_COLLECTED = 2 * 1024**3
MAX_SAMPLE_ROWS = 50
_PLACES = {"start", "end", "page", "offset", "size", "cursor"}
# Which place of a template a kind of paging cannot do without.
_PAGING_PLACES = {"page": "page", "offset": "offset", "cursor": "cursor"}
_MARKS = {"cursor": "cursor_path", "next": "next_path", "total": "total_path", "more": "more_path"}
_OK, _EMPTY, _NOT_YET = 200, 204, 202


class RestConnector(Connector):
    name = "rest"
    title = "REST (JSON over HTTP)"
    summary = "Any system that answers in JSON: addresses, login, paging and what the rows are, all by settings."
    settings = SETTINGS
    readers = ("own_columns",)
    has_windows = True
    overlap = timedelta(days=1)

    def hosts(self, options):
        urls = [options.get("base_url")]
        if options.get("auth") == "oauth2":
            urls.append(options.get("token_url"))
        return {host for host in map(host_of, urls) if host}

    def check(self, options):
        problems = super().check(options)
        return problems or [*auth.check_auth(options), *_check_query(options)]

    def test(self, options, web, now):
        query = Query(options, web)
        window = Window(now - timedelta(days=1), now)
        rows, page = query.first_page(window)
        facts = [Fact("rows_seen", {"rows": page.rows, "columns": ", ".join(list(rows[0])[:20]) if rows else ""})]
        if query.pages_by_marks:
            facts.append(Fact("next_page_seen" if page.marks.get(query.pages_by_marks) else "no_next_page", {}))
        sample = b"".join(map(write_line, rows[:MAX_SAMPLE_ROWS]))
        return Seen(facts, Payload(f"{query.name}.jsonl", (sample,)) if rows else None)

    def fetch(self, options, web, window, known):
        query = Query(options, web)
        for piece in query.cut(window):
            lines = query.collect(piece)
            name = query.name_of(piece)
            if lines.count and known.get(name) != lines.version:
                yield Delivery(name, lines.version, "", [Payload(name, lines.chunks())])


def host_of(url):
    """ "host" or "host:port" of an address as a Policy names it, "" where there is none."""
    try:
        parts = urlsplit((url or "").strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host


def read_object(value):
    """The dict of a setting that is a JSON object; {} where it is empty."""
    if isinstance(value, Mapping):
        return dict(value)
    return json.loads(value) if value else {}


def _check_query(options):
    templates = [options.get("path"), *(read_object(options.get(name)) for name in ("params", "body", "headers"))]
    used = set().union(*(template.find_places(each or "") for each in templates))
    for place in sorted(used - _PLACES):
        yield Problem("params", "unknown_place", {"place": place})
    kind = options.get("paging") or "none"
    place = _PAGING_PLACES.get(kind)
    if place and place not in used:
        yield Problem("params", "place_missing", {"place": place})
    for name in ("row_path", *_MARKS.values()):
        if find_bad_path(options.get(name), names_only=name != "row_path"):
            yield Problem(name, "bad_path", {"path": options[name]})
    for needs, name in (("cursor", "cursor_path"), ("next_link", "next_path")):
        if kind == needs and not options.get(name):
            yield Problem(name, "setting_missing", {})
    if options.get("max_results") and not options.get("time_field"):
        yield Problem("time_field", "setting_missing", {})


class Query:
    """What is asked of a system, read from the settings once, and the asking of it."""

    def __init__(self, options, web):
        given = {setting.name: get_option(options, setting) for setting in SETTINGS}
        self._web = web
        self._given = given
        self._url = f"{given['base_url'].rstrip('/')}/{given['path'].lstrip('/')}".rstrip("/")
        self._params, self._body = read_object(given["params"]), read_object(given["body"])
        self._headers = {"Accept": "application/json", **read_object(given["headers"])}
        self._columns = read_object(given["add_columns"])
        self._auth = auth.make_auth(given, web, read_object(given["hmac_headers"]))
        self._row_path = RowPath(given["row_path"])
        self._paging = paging.Paging(
            given["paging"],
            first=int(given["first_page"] or (1 if given["paging"] == "page" else 0)),
            size=int(given["page_size"]) if given["page_size"] else None,
            max_pages=int(given["max_pages"]),
        )
        self._pace = Pace(int(given["per_minute"] or 0), web)
        self._leaves_out = is_on(given["leave_out"])
        used = template.find_places([given["path"], self._params, self._body])
        self._is_windowed = bool(used & {"start", "end"}) or self._leaves_out
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", given["path"]).strip("-")[:60] or "rows"

    @property
    def pages_by_marks(self):
        """The mark that leads to the next page, where it is the answer that says which that is."""
        return {"cursor": "cursor", "next_link": "next", "link_header": "next"}.get(self._paging.kind)

    # --- windows

    def cut(self, window):
        """The windows that are asked for one by one; the whole one where the question does not say a time."""
        days = int(self._given["days_per_request"] or 0)
        return window.cut(timedelta(days=days)) if days and self._is_windowed else [window]

    def name_of(self, window):
        """The name of what is delivered for a window."""
        if not self._is_windowed:
            return f"{self.name}.jsonl"
        return f"{self.name}_{window.start:%Y%m%dT%H%M%SZ}_{window.end:%Y%m%dT%H%M%SZ}.jsonl"

    def _tell(self, window):
        return template.tell_window(window, self._given["time_format"], is_on(self._given["end_included"]))

    # --- rows

    def first_page(self, window):
        """(rows, Page) of the first page."""
        rows = []
        return rows, self._ask(
            self._tell(window), paging.Place(self._paging.first), lambda row, _line: rows.append(row)
        )

    def collect(self, window):
        """The Lines of all pages of a window. Raises ConnectorError."""
        given, told, lines = self._given, self._tell(window), Lines(MAX_COLLECTED)
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
            return window.start <= read_time(row.get(self._given["time_field"]) or "") < window.end
        except ValueError:
            # The reader says what is wrong with it.
            return True

    def _ask(self, told, place, take):
        """The Page at a place; each row of it and its line are given to `take`."""
        self._pace.wait()
        answer = self._send({**told, **place.values(self._paging)}, place.url)
        # The body first: where it was cut and asked for again, the headers are those of the second answer.
        text = answer.text()
        if answer.status == _NOT_YET:
            raise ConnectorError("not_ready", is_transient=True, host=host_of(answer.url))
        marks, digest, count = {"next": paging.find_next_link(answer.headers.get("Link"))}, sha256(), 0
        if answer.status == _OK:
            found = decode(text)
            if self._paging.kind != "link_header":
                marks = {mark: look_up(found, self._given[name]) for mark, name in _MARKS.items() if self._given[name]}
            for row in self._row_path.rows(found):
                row |= template.fill(self._columns, told)
                line = write_line(row)
                digest.update(line)
                count += 1
                take(row, line)
        return paging.Page(count, digest.digest(), {k: v for k, v in marks.items() if v is not None}, answer.url)

    # --- the request

    def _send(self, values, url):
        """The answer to the question with these values; once more with a new token where the old one was refused."""
        request = self._prepare(values, url)
        if self._auth:
            self._auth.ready()
        try:
            return self._web.request(**request)
        except ConnectorError as error:
            if error.code != "login_refused" or not self._auth or not self._auth.renew():
                raise
        self._auth.ready()
        return self._web.request(**request)

    def _prepare(self, values, url):
        in_path = {name: quote(str(value), safe="") for name, value in values.items() if value is not None}
        request = {
            "method": self._given["method"],
            "url": url or template.fill_text(self._url, in_path),
            "headers": {name: template.fill_text(str(value), values) for name, value in self._headers.items()},
            "auth": self._auth,
            "ok": (_OK, _NOT_YET, _EMPTY),
            # A POST of ours only asks.
            "is_repeatable": True,
        }
        if not url:
            request["params"] = template.fill(self._params, values)
        if self._given["method"] == "POST":
            request["data" if self._given["body_kind"] == "form" else "json"] = template.fill(self._body, values)
        return request


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
