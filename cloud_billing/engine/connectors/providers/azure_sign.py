"""How a question to Azure Storage is signed with the account's key (SharedKey, version 2021-08-06 and the like)."""

import base64
import hashlib
import hmac
from email.utils import formatdate
from urllib.parse import parse_qsl, urlsplit

VERSION = "2021-08-06"
# In this order, each an empty line where the question does not have it.
_SIGNED = (
    "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date",
    "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range",
)  # fmt: skip


class SharedKey:
    """An `auth` of requests. key: a Secret, base64 as the portal shows it. Raises ValueError where it is none."""

    def __init__(self, account, key):
        self.account = account
        self.key = key
        base64.b64decode(key.reveal(), validate=True)

    def __call__(self, request):
        request.headers["x-ms-date"] = formatdate(usegmt=True)
        request.headers.setdefault("x-ms-version", VERSION)
        text = string_to_sign(request.method, request.url, request.headers, self.account)
        key = base64.b64decode(self.key.reveal())
        signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        request.headers["Authorization"] = f"SharedKey {self.account}:{signature}"
        return request


def string_to_sign(method, url, headers, account):
    """What the signature is of: the method, some headers, all headers x-ms-*, and what is asked for.

    headers: a mapping with names in any case.
    """
    values = [headers.get(name) or "" for name in _SIGNED]
    if values[2] == "0":
        values[2] = ""
    own = sorted((name.lower(), value) for name, value in headers.items() if name.lower().startswith("x-ms-"))
    parts = urlsplit(url)
    asked = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        asked.setdefault(name.lower(), []).append(value)
    resource = [f"/{account}{parts.path}"]
    resource += [f"{name}:{','.join(sorted(found))}" for name, found in sorted(asked.items())]
    lines = [method, *values, *(f"{name}:{' '.join(value.split())}" for name, value in own), *resource]
    return "\n".join(lines)
