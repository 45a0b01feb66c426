"""How a request says who asks: what the generic connectors share.

An auth object is what `requests` takes as `auth`: it is called with the prepared request and completes it. Its `ready`
is called before each request and may ask the system for a token; `renew` says whether a new one is worth a try after
the system refused the old. Secrets are revealed here and nowhere else, and go into headers, so that no address that
somebody logs has them; a key that a system wants in the address is put there last.
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from ..base import Problem
from ..errors import ConnectorError
from ..places import get_places
from ..secret import Secret
from .auth_settings import HMAC_TEXT
from .template import fill_text, find_places

HMAC_PLACES = {
    "method", "host", "path", "query", "timestamp", "date", "nonce", "body", "body_sha256", "key_id",
}  # fmt: skip
# A token is renewed so many seconds before it ends: the clocks of two systems differ.
_EARLY = 60
_TOKEN_LASTS = 300
_NEEDS = {
    "basic": ("login", "secret"),
    "bearer": ("secret",),
    "key_header": ("secret", "key_name"),
    "key_query": ("secret", "key_name"),
    "oauth2": ("login", "secret", "token_url"),
    "hmac": ("login", "secret"),
}


def check_auth(options):
    """Problems of the settings above that go beyond their kinds."""
    given = {"key_name": "X-API-Key", **{name: value for name, value in options.items() if value}}
    kind = options.get("auth") or "none"
    for name in _NEEDS.get(kind, ()):
        if not given.get(name):
            yield Problem(name, "setting_missing")
    if kind == "hmac":
        unknown = find_places(options.get("hmac_text") or "") - HMAC_PLACES
        if unknown:
            yield Problem("hmac_text", "unknown_place", {"place": min(unknown)})


def find_hosts(options, url):
    """Whom a connector with these settings speaks to: the server of its address, and the one that gives tokens."""
    urls = [url, options.get("token_url") if options.get("auth") == "oauth2" else ""]
    return get_places(urls)


def make_auth(options, web, headers=None):
    """The auth object that the settings ask for; None where the system asks for no login.

    headers: of a signature, parsed.   A preset may say `auth` headers or form, and in `auth_parts` {name: Secret, or
    text with the places {login} and {secret}}: they become headers, or fields of the form that is sent.
    """
    kind = options.get("auth") or "none"
    secret, login = options.get("secret"), options.get("login") or ""
    if kind == "basic":
        return _Headers(lambda: {"Authorization": f"Basic {_join_basic(login, secret.reveal())}"})
    if kind == "bearer":
        return _Headers(lambda: {"Authorization": f"Bearer {secret.reveal()}"})
    if kind == "key_header":
        return _Headers(lambda: {options.get("key_name") or "X-API-Key": secret.reveal()})
    if kind == "headers":
        return _Headers(lambda: _reveal_parts(options))
    if kind == "form":
        return _FieldsOfForm(lambda: _reveal_parts(options))
    if kind == "key_query":
        return _KeyInAddress(options.get("key_name") or "X-API-Key", secret)
    if kind == "oauth2":
        return OAuth2(web, options)
    if kind == "hmac":
        return Signature(options, headers or {}, web.now)
    return None


def _reveal_parts(options):
    """The `auth_parts` of a preset as {name: text}."""
    values = {"login": options.get("login"), "secret": options["secret"].reveal()}
    parts = options["auth_parts"].items()
    return {name: each.reveal() if isinstance(each, Secret) else fill_text(each, values) for name, each in parts}


def send(web, who, **request):
    """The answer of `web` to a request of the auth object `who`; with a new token once where the old one is refused."""
    if who is None:
        return web.request(**request)
    who.ready()
    try:
        return web.request(auth=who, **request)
    except ConnectorError as error:
        if error.code != "login_refused" or not who.renew():
            raise
    who.ready()
    return web.request(auth=who, **request)


def _join_basic(login, password):
    return base64.b64encode(f"{login}:{password}".encode()).decode()


class Auth:
    """The least that an auth object does."""

    def ready(self):
        """Get ready for a request, over the network if need be. Raises ConnectorError."""

    def renew(self):
        """Whether the system may take the next request though it refused this one."""
        return False


class _Headers(Auth):
    def __init__(self, make):
        self._make = make

    def __call__(self, request):
        request.headers.update(self._make())
        return request


class _KeyInAddress(Auth):
    def __init__(self, name, secret):
        self._name = name
        self._secret = secret

    def __call__(self, request):
        parts = urlsplit(request.url)
        pairs = [*parse_qsl(parts.query, keep_blank_values=True), (self._name, self._secret.reveal())]
        request.url = urlunsplit(parts._replace(query=urlencode(pairs)))
        return request


class _FieldsOfForm(Auth):
    def __init__(self, make):
        self._make = make

    def __call__(self, request):
        body = "&".join(filter(None, (request.body, urlencode(self._make()))))
        request.prepare_body(body, None)
        return request


class OAuth2(Auth):
    """A token for the client's ID and secret (RFC 6749, 4.4), kept until shortly before it ends."""

    def __init__(self, web, options):
        self._web = web
        self._options = options
        self._token = None
        self._ends = 0

    def ready(self):
        if self._token is None or self._web.clock() >= self._ends:
            self._fetch()

    def renew(self):
        self._token = None
        return True

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request

    def _fetch(self):
        options = self._options
        client, secret = options["login"], options["secret"].reveal()
        data, headers = {"grant_type": "client_credentials"}, {"Accept": "application/json"}
        if options.get("scope"):
            data["scope"] = options["scope"]
        if options.get("token_style") == "body":
            data |= {"client_id": client, "client_secret": secret}
        else:
            headers["Authorization"] = f"Basic {_join_basic(quote_plus(client), quote_plus(secret))}"
        answer = self._web.request(
            "POST", options["token_url"], data=data, headers=headers, ok=(200, 201, 400), is_repeatable=True
        )
        told = answer.json()
        token = told.get("access_token") if isinstance(told, dict) and answer.status < 400 else None
        if not isinstance(token, str) or not token:
            # What the answer says is not repeated: it may hold what was sent.
            raise ConnectorError("token_refused", host=urlsplit(options["token_url"]).hostname or "")
        self._token = Secret(token)
        self._web.keep_quiet_about(self._token)
        self._ends = self._web.clock() + _read_seconds(told.get("expires_in")) - _EARLY


def _read_seconds(value):
    text = str(value)
    return int(text) if text.isdigit() and len(text) < 10 else _TOKEN_LASTS


class Signature(Auth):
    """A signature of each request with a key that both know; what is signed and where it goes are templates."""

    def __init__(self, options, headers, now):
        self._options = options
        self._headers = headers
        self._now = now

    def __call__(self, request):
        options = self._options
        values = self._get_values(request)
        text = fill_text((options.get("hmac_text") or HMAC_TEXT).replace("\\n", "\n"), values)
        key, algorithm = options["secret"].reveal().encode(), options.get("hmac_algorithm") or "sha256"
        digest = hmac.new(key, text.encode(), getattr(hashlib, algorithm)).digest()
        is_hex = options.get("hmac_encoding") != "base64"
        values["signature"] = digest.hex() if is_hex else base64.b64encode(digest).decode()
        request.headers.update({name: fill_text(value, values) for name, value in self._headers.items()})
        return request

    def _get_values(self, request):
        parts = urlsplit(request.url)
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        now = self._now()
        return {
            "method": request.method,
            "host": parts.netloc,
            "path": parts.path,
            "query": parts.query,
            "timestamp": str(int(now.timestamp())),
            "date": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "nonce": secrets.token_hex(16),
            "body": body.decode("utf-8", "replace"),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "key_id": self._options["login"],
        }
