"""A token for a service account of Google: a statement signed with its key (JWT, RS256) is exchanged for it."""

import base64
import json
from datetime import timedelta

from ..base import need_library
from ..errors import ConnectorError, begin
from ..secret import Secret
from .token_auth import TokenAuth

TOKEN_URL = "https://oauth2.googleapis.com/token"
_LIFE = timedelta(hours=1)
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def read_key(secret):
    """(e-mail, project, key id, PEM as a Secret) of a JSON key. Raises ConnectorError bad_key_file."""
    try:
        told = json.loads(secret.reveal())
        if told["type"] != "service_account":
            raise ConnectorError("bad_key_file")
        return told["client_email"], told.get("project_id", ""), told["private_key_id"], Secret(told["private_key"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConnectorError("bad_key_file") from None


def make_statement(email, key_id, pem, scope, audience, now):
    """The signed JWT (text) that asks for a token. Raises ConnectorError bad_key_file."""
    serialization = need_library("cryptography.hazmat.primitives.serialization")
    hashes = need_library("cryptography.hazmat.primitives.hashes")
    padding = need_library("cryptography.hazmat.primitives.asymmetric.padding")
    issued = int(now.timestamp())
    header = {"alg": "RS256", "typ": "JWT", "kid": key_id}
    claims = {
        "iss": email,
        "scope": scope,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(_LIFE.total_seconds()),
    }
    text = b".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    try:
        key = serialization.load_pem_private_key(pem.reveal().encode(), password=None)
        signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, TypeError, AttributeError):
        raise ConnectorError("bad_key_file") from None
    return b".".join((text, _encode(signature))).decode()


def _encode(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


class ServiceAccount(TokenAuth):
    """Tokens of a service account, for statements that its key has signed."""

    def __init__(self, secret, web, scope, token_url=""):
        super().__init__(web)
        self.email, self.project, self.key_id, self.pem = read_key(secret)
        self.scope = scope
        self.token_url = token_url or TOKEN_URL

    def _get_token(self):
        statement = make_statement(self.email, self.key_id, self.pem, self.scope, self.token_url, self.web.now())
        # Good for an hour to whoever has it: a secret like what it is exchanged for.
        statement = Secret(statement)
        form = {"grant_type": _GRANT, "assertion": statement.reveal()}
        with self.web.request("POST", self.token_url, data=form, ok=(200, 400, 401), is_repeatable=True) as answer:
            told = answer.json()
            if answer.status != 200:
                said = told.get("error_description") or told.get("error") if isinstance(told, dict) else ""
                # Not which account: its name is a part of the key, and hidden like it.
                raise ConnectorError("service_account_refused", status=answer.status, said=begin(said))
        return self._read_token(told, "oauth2")
