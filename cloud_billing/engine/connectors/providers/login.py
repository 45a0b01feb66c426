"""The plain ways to log in to a server of one's own: not at all, by name and password, by a bearer token."""

import base64

from ..base import Setting, get_option
from ..errors import Problem

LOGIN = (
    Setting(
        "login",
        "Log in by",
        "choice",
        default="none",
        choices=(("none", "Nothing"), ("basic", "User name and password"), ("bearer", "Bearer token")),
        help="How the server, or the proxy in front of it, knows who asks.",
    ),
    Setting("user", "User name", required=False),
    Setting("password", "Password or token", "secret", required=False),
)


def get_login_headers(options):
    """Headers of a question as the settings LOGIN say: {} or Authorization."""
    kind, user, password = (get_option(options, setting) for setting in LOGIN)
    if kind == "bearer":
        return {"Authorization": f"Bearer {password.reveal()}"}
    if kind == "basic":
        return get_basic(user, password)
    return {}


def get_basic(user, password):
    """The header of a name and a Secret."""
    pair = f"{user}:{password.reveal()}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def find_login_problems(options):
    """Problems of the settings LOGIN among themselves."""
    kind, user, password = (get_option(options, setting) for setting in LOGIN)
    if kind == "basic" and not user:
        yield Problem("user", "setting_missing", {"label": LOGIN[1].label})
    if kind != "none" and not password:
        yield Problem("password", "setting_missing", {"label": LOGIN[2].label})
