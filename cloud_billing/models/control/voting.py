"""How a vote reaches us: from a person at a screen, or from a program that logged in with a password, and directly.

Scheduled actions, server actions, imports, shells and API keys do not vote. What is asked is the HTTP request that the
server is answering, which no caller can put into a context; and whether its session has proven lately who sits there.
"""

from odoo import http
from odoo.exceptions import UserError

from . import identity

SESSION_ROUTES = ("/web/dataset/call_kw", "/web/dataset/call_button")
REQUEST_METHODS = ("action_approve", "action_reject", "action_return")
DIALOG_METHODS = ("action_confirm",)


def check_channel(change_request):
    """Raise UserError unless the HTTP request being answered is itself the vote, by a session of this very user.

    The session has proven within ten minutes who sits at the screen.
    """
    if not (_is_session(change_request.env) and _is_direct_call(change_request)):
        raise UserError(
            change_request.env._(
                "%(request)s: a vote is given by a person who is logged in, by the button Approve or Reject. API keys, "
                "scheduled actions, server actions and imports do not vote.",
                request=change_request.name,
            )
        )
    identity.check_proven(change_request)


def check_screen(env, model, methods):
    """Raise UserError unless the HTTP request being answered is one of these calls on a model, by this very user."""
    params = (http.request and http.request.params) or {}
    if not _is_session(env) or params.get("model") != model or params.get("method") not in methods:
        raise UserError(env._("Only a person who is logged in does this, at the screen; nobody does it for anybody."))


def _is_session(env):
    """Whether a person's own session asks. The routes of API keys and of logins sent with each call are others."""
    if not http.request or not http.request.httprequest.path.startswith(SESSION_ROUTES):
        return False
    return http.request.session.uid == env.uid and not env.user._is_superuser()


def _is_direct_call(change_request):
    """Whether the call that the browser made is the vote on this request, not something that leads to it."""
    params = http.request.params or {}
    model, method, ids = params.get("model"), params.get("method"), (params.get("args") or [None])[0]
    if model == change_request._name and method in REQUEST_METHODS:
        return ids == change_request.ids
    if model == "cloud.change.decide" and method in DIALOG_METHODS:
        return change_request.env[model].browse(ids).request_id == change_request
    return False
