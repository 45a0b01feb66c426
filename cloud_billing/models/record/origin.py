"""Where something came from: a screen, a call from outside, a schedule, an import.

What the server itself began (a scheduled action, a server action, an import) says so for as long as it runs; else the
request tells. No security decision reads it: it is a fact beside who and when.
"""

from contextlib import contextmanager
from contextvars import ContextVar

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


@contextmanager
def running(origin):
    """Everything recorded meanwhile came from there. What a scheduled action runs is the schedule's."""
    token = _running.set(_running.get() if _running.get() == "cron" else origin)
    try:
        yield
    finally:
        _running.reset(token)


def find(env):
    """(origin, address of the client or None) of what happens now."""
    if not request:
        return _running.get() or ("shell" if env.registry.ready else "install"), None
    return _running.get() or _find_route(env, request.httprequest.path), request.httprequest.remote_addr


def _find_route(env, path):
    for beginning, origin in _ROUTES:
        if path.startswith(beginning):
            return origin
    # sudo: lends the right to read of the person whether he or she is one of the portal.
    return "portal" if env.user.sudo().share else "screen"
