"""Settings of how a request says who asks."""

from ..base import Setting

ALGORITHMS = ("sha256", "sha512", "sha1")
HMAC_TEXT = "{method}\n{path}\n{query}\n{timestamp}\n{body_sha256}"
HMAC_HEADERS = '{"X-Api-Key": "{key_id}", "X-Timestamp": "{timestamp}", "X-Signature": "{signature}"}'
KINDS = (
    ("none", "Nobody: the system asks for no login"),
    ("basic", "User name and password"),
    ("bearer", "Bearer token"),
    ("key_header", "Key in a header"),
    ("key_query", "Key in the address"),
    ("oauth2", "OAuth 2.0 client credentials"),
    ("hmac", "Signature of each request (HMAC)"),
)

AUTH_SETTINGS = (
    Setting("auth", "How it logs in", kind="choice", choices=KINDS, default="none"),
    Setting(
        "login",
        "User, client ID or key ID",
        required=False,
        help="The user name, the client ID of OAuth 2.0, or the ID of the key that signs.",
        when=("auth", ("basic", "oauth2", "hmac")),
    ),
    Setting(
        "secret",
        "Password, token or key",
        kind="secret",
        required=False,
        help="The password, token, key, client secret or signing key. It is never shown again.",
        when=("auth", ("basic", "bearer", "key_header", "key_query", "oauth2", "hmac")),
    ),
    Setting(
        "key_name",
        "Name of the key",
        required=False,
        default="X-API-Key",
        help="The header or the parameter of the address that carries the key.",
        when=("auth", ("key_header", "key_query")),
    ),
    Setting(
        "token_url",
        "Address of tokens",
        kind="url",
        required=False,
        help="OAuth 2.0: where the client ID and secret are exchanged for a token.",
        when=("auth", ("oauth2",)),
    ),
    Setting(
        "scope",
        "Scope",
        required=False,
        help="OAuth 2.0: what the token is asked for, as the provider says.",
        when=("auth", ("oauth2",)),
    ),
    Setting(
        "token_style",
        "Client secret goes",
        kind="choice",
        required=False,
        choices=(("header", "in the header (RFC 6749)"), ("body", "in the body")),
        default="header",
        group="more",
        when=("auth", ("oauth2",)),
    ),
    Setting(
        "hmac_algorithm",
        "Signature algorithm",
        kind="choice",
        required=False,
        choices=tuple((name, f"HMAC-{name.upper()}") for name in ALGORITHMS),
        default="sha256",
        group="more",
        when=("auth", ("hmac",)),
    ),
    Setting(
        "hmac_encoding",
        "Signature is written",
        kind="choice",
        required=False,
        choices=(("hex", "in hexadecimal digits"), ("base64", "in base64")),
        default="hex",
        group="more",
        when=("auth", ("hmac",)),
    ),
    Setting(
        "hmac_text",
        "What is signed",
        kind="long_text",
        required=False,
        default=HMAC_TEXT,
        help="Places: {method} {host} {path} {query} {timestamp} {date} {nonce} {body} {body_sha256} {key_id};"
        " \\n is a new line.",
        group="more",
        when=("auth", ("hmac",)),
    ),
    Setting(
        "hmac_headers",
        "Headers of the signature",
        kind="mapping",
        required=False,
        default=HMAC_HEADERS,
        help="A JSON object. Places as in what is signed, and {signature}.",
        group="more",
        when=("auth", ("hmac",)),
    ),
)
