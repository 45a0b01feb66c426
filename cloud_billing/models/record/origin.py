"""Where something came from: a screen, a call from outside, a schedule, an import.

What the server itself began (a scheduled action, a server action, an import) says so for as long as it runs; else the
request tells. No security decision reads it: it is a fact beside who and when.
"""

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple
from urllib.parse import urlsplit

from odoo.http import request

ORIGINS = [
    ("screen", "Screen"),
    ("portal", "Portal"),
    ("import", "Import of records"),
    ("server_action", "Server action"),
    ("cron", "Scheduled action"),
    ("rpc", "XML-RPC or JSON-RPC"),
    ("json2", "JSON-2"),
    ("push", "Pushed events"),
    ("shell", "Command line of the server"),
    ("install", "Installation or update"),
]
# What the address of a request begins with; all else is a screen.
_ROUTES = (("/json/", "json2"), ("/xmlrpc", "rpc"), ("/jsonrpc", "rpc"), ("/cloud_billing/push", "push"))

_running = ContextVar("cloud_billing_origin", default=None)
_answered = ContextVar("cloud_billing_request", default=None)


class Caller(NamedTuple):
    """Who asks over HTTP: the path, the address (None: not known) and the database that the request was for."""

    path: str
    address: str | None
    database: str | None


@contextmanager
def running(origin):
    """Everything recorded meanwhile came from there. What a scheduled action runs is the schedule's."""
    token = _running.set(_running.get() if _running.get() == "cron" else origin)
    try:
        yield
    finally:
        _running.reset(token)


@contextmanager
def answering():
    """Everything meanwhile is done for the present request, also while Odoo hides that from XML-RPC and JSON-RPC."""
    token = _answered.set(_make_caller(request))
    try:
        yield
    finally:
        _answered.reset(token)


def find_caller():
    """The `Caller` that the server is answering; None where nobody asked over HTTP."""
    if request:
        return _make_caller(request)
    # A call that names its database itself, one of several on a server, was not for any: only its address is left.
    url = getattr(threading.current_thread(), "url", None)
    return _answered.get() or (Caller(urlsplit(url).path, None, None) if url else None)


def _make_caller(asked):
    return Caller(asked.httprequest.path, asked.httprequest.remote_addr, asked.db)


def find(env):
    """(origin, address of the client or None) of what happens now."""
    caller = find_caller()
    if not caller:
        return _running.get() or ("shell" if env.registry.ready else "install"), None
    return _running.get() or _find_route(env, caller.path), caller.address


def _find_route(env, path):
    for beginning, origin in _ROUTES:
        if path.startswith(beginning):
            return origin
    # sudo: lends the right to read of the person whether he or she is one of the portal.
    return "portal" if env.user.sudo().share else "screen"
