"""Odoo over HTTP as a person's browser speaks to it: log in, call a method, fetch a page. Standard library only."""

import http.cookiejar
import json
import re
import urllib.request


class WebError(Exception):
    """The server refused or failed. `name` is the exception's, such as odoo.exceptions.AccessError."""

    def __init__(self, name, message, debug=""):
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.debug = debug


class Session:
    """One person's session on one server."""

    def __init__(self, url, timeout=300):
        self.url = url
        self.timeout = timeout
        self.user = None
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def login(self, database, login, password):
        """Log in; raises WebError when the server does not know this person."""
        self.user = self.post("/web/session/authenticate", db=database, login=login, password=password)
        return self

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model, ids first where it wants records; returns what JSON makes of its result."""
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=list(args), kwargs=kwargs
        )

    def post(self, path, **params):
        """POST to a JSON-RPC route and return its result."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=self.timeout) as response:
            answer = json.load(response)
        if "error" in answer:
            data = answer["error"].get("data") or {}
            message = data.get("message") or answer["error"].get("message", "")
            raise WebError(data.get("name", "error"), message, data.get("debug", ""))
        return answer.get("result")

    def get(self, path):
        """The body of a page, as bytes; raises urllib.error.HTTPError for 4xx and 5xx."""
        with self._opener.open(self.url + path, timeout=self.timeout) as response:
            return response.read()

    def warm_up(self):
        """Have Odoo build the bundles of its web client, so that no visitor waits for them; returns their bytes."""
        page = self.get("/odoo").decode()
        return sum(len(self.get(path)) for path in re.findall(r'(?:src|href)="(/web/assets/[^"]+)"', page))
