"""Odoo over HTTP as a person's browser speaks to it: log in, call a method, fetch a page. Standard library only."""

import http.cookiejar
import json
import re
import urllib.request

# What the web client asks for once it is drawn, or when somebody writes a message.
LATER_BUNDLES = ("web.assets_emoji", "web_tour.interactive", "web.assets_backend_lazy")


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
        self._password = None
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._cookies)
        )

    @property
    def cookie(self):
        """The value of session_id, by which the server knows this session."""
        return next(cookie.value for cookie in self._cookies if cookie.name == "session_id")

    def login(self, database, login, password):
        """Log in; raises WebError when the server does not know this person."""
        self.user = self.post("/web/session/authenticate", db=database, login=login, password=password)
        self._password = password
        return self

    def confirm_identity(self, model, method, ids, code=None):
        """Press a button that first asks who sits there, and confirm it with the password (and a code)."""
        dialog = self.call(model, method, ids)
        if dialog["res_model"] == "res.users.identitycheck":
            context = {"password": self._password, "cloud_code": code}
            return self.call(dialog["res_model"], "run_check", [dialog["res_id"]], context=context)
        return dialog

    def vote(self, ids, decision="approve", code=None):
        """Vote on change requests, as a person does: confirm who one is, then the button."""
        for request_id in ids:
            self.confirm_identity("cloud.change.request", "action_open_votes", [request_id], code)
            self.call("cloud.change.request", f"action_{decision}", [request_id])

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
        pages = "".join(self.get(path).decode() for path in ("/web/login", "/odoo"))
        paths = re.findall(r'(?:src|href)="(/web/assets/[^"]+)"', pages)
        for bundle in LATER_BUNDLES:
            paths += [part["src"] for part in json.loads(self.get(f"/web/bundle/{bundle}"))]
        return sum(len(self.get(path)) for path in {*paths, "/bus/websocket_worker_bundle"})
