"""The signature of a request: HMAC-SHA256 over its moment, its path and its body, by a key that both sides know."""

import hashlib
import hmac
import re

# How far the clocks of sender and server may be apart; as long a signature is remembered at least.
WINDOW_SECONDS = 300
KEY_BYTES = 32
_HEADER = re.compile(r"t=(\d{1,12}),\s*v1=([0-9a-f]{64})", re.ASCII)


class BadSignature(Exception):
    """It is not one, is of another key or another content, or its time is over (`is_old`)."""

    def __init__(self, is_old=False):
        super().__init__()
        self.is_old = is_old


def sign(key, moment, path, body):
    """The header's value for a body (bytes) sent to a path at a moment (whole seconds since 1970). key: text."""
    return f"t={moment},v1={_digest(key, moment, path, body)}"


def check(keys, header, path, body, now):
    """The signature of a header where it is of one of these keys, this path and body and its time is near `now`.

    Raises BadSignature. Every key is compared, in constant time, and before the time is looked at: what the sender is
    told depends on the key first.
    """
    match = _HEADER.fullmatch(header.strip())
    if not match:
        raise BadSignature
    moment, given = int(match[1]), match[2]
    if not sum(hmac.compare_digest(_digest(key, moment, path, body), given) for key in keys):
        raise BadSignature
    if abs(now - moment) > WINDOW_SECONDS:
        raise BadSignature(is_old=True)
    return given


def _digest(key, moment, path, body):
    return hmac.new(key.encode(), f"{moment}\n{path}\n".encode() + body, hashlib.sha256).hexdigest()
