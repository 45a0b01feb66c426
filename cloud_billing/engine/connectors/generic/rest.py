"""Any system that answers in JSON over HTTP: what is asked, how it logs in and how it pages are settings."""

import re
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from ..base import Connector
from ..errors import ConnectorError
from ..places import get_place
from . import auth, paging, template
from .collecting import Found, Query, check_query, read_object
from .json_rows import decode, look_up
from .rest_settings import SETTINGS

_OK, _PARTIAL, _EMPTY, _NOT_YET = 200, 206, 204, 202


class Refusal(NamedTuple):
    """Where an answer of status 200 says that it is none, of a preset: `flag` is `good` otherwise, `said` says why."""

    flag: str
    good: str
    said: str


class RestConnector(Connector):
    name = "rest"
    title = "REST (JSON over HTTP)"
    summary = "Any system that answers in JSON: addresses, login, paging and what the rows are, all by settings."
    settings = SETTINGS
    readers = ("own_columns",)
    brings_tables = True
    has_windows = True
    overlap = timedelta(days=1)

    def hosts(self, options):
        return auth.find_hosts(options, options.get("base_url"))

    def check(self, options):
        problems = super().check(options)
        if problems:
            return problems
        templates = [options.get("path"), *(read_object(options.get(name)) for name in ("params", "body", "headers"))]
        return [*auth.check_auth(options), *check_query(options, templates, "params")]

    def test(self, options, web, now):
        return RestQuery(options, web).test(now)

    def fetch(self, options, web, window, known):
        yield from RestQuery(options, web).fetch(window, known)


class RestQuery(Query):
    """A request and its answer, page by page."""

    def __init__(self, options, web):
        super().__init__(options, SETTINGS, web)
        given = self.given
        self.host = get_place(given["base_url"] or "")
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", given["path"]).strip("-")[:60] or "rows"
        self._url = f"{given['base_url'].rstrip('/')}/{given['path'].lstrip('/')}".rstrip("/")
        self._params, self._body = given["params"], given["body"]
        self._headers = {"Accept": "application/json", **given["headers"]}
        given["auth_parts"] = options.get("auth_parts")
        self._refusal = options.get("refusal")
        self._auth = auth.make_auth(given, web, given["hmac_headers"])

    def get_templates(self):
        return [self.given["path"], self._params, self._body]

    def ask(self, values, url):
        answer = auth.send(self.web, self._auth, **self._prepare(values, url))
        # The body first: where it was cut and asked for again, the headers are those of the second answer.
        text = answer.text()
        if answer.status == _NOT_YET:
            raise ConnectorError("not_ready", is_transient=True)
        link = paging.find_next_link(answer.headers.get("Link"))
        value = decode(text) if answer.status in (_OK, _PARTIAL) else None
        self._check_refusal(value)
        return Found(value, link, answer.url)

    def _check_refusal(self, value):
        """Raise ConnectorError system_refused where an answer says so instead of its status."""
        where = self._refusal
        if where and look_up(value, where.flag) not in (None, where.good):
            raise ConnectorError("system_refused", said=self.web.hide(look_up(value, where.said) or ""))

    def _prepare(self, values, url):
        in_path = {name: quote(str(value), safe="") for name, value in values.items() if value is not None}
        request = {
            "method": self.given["method"],
            "url": url or template.fill_text(self._url, in_path),
            "headers": {name: template.fill_text(str(value), values) for name, value in self._headers.items()},
            "ok": (_OK, _PARTIAL, _EMPTY, _NOT_YET),
            # A POST of ours only asks.
            "is_repeatable": True,
        }
        if not url:
            request["params"] = template.fill(self._params, values)
        if self.given["method"] == "POST":
            request["data" if self.given["body_kind"] == "form" else "json"] = template.fill(self._body, values)
        return request
