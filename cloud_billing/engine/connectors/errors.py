"""Why a connector could not do what it was asked: a code with its values; the caller makes the sentence.

ConnectorError.code   values                   meaning
--------------------  -----------------------  ----------------------------------------------------------------------
host_refused          host, reason             the address is not one that may be asked (guard.py lists the reasons)
name_unknown          host                     the name has no address
unreachable           host                     nobody answers there, or the connection is refused
tls_failed            host, detail             the certificate is not trusted, not of this name, or there is no TLS
timed_out             host                     no answer, or not all of it, in the time allowed
cut_off               host                     the connection ended before the answer did
too_large             host, limit              more bytes than allowed, as sent or unpacked
login_refused         host, status, said       401, 403: key wrong, expired, or without the right
not_found             host, status, said       404, 410: no such thing there
request_refused       host, status, said       another 4xx: the question was wrong
throttled             host, status, said       429 on every attempt, or asked to wait longer than allowed
server_error          host, status, said       5xx on every attempt
redirect_refused      host, to                 sent on to another host, or in circles
bad_answer            host, detail             an answer that is not of the kind asked for
library_missing       library                  the connector needs a library that is not installed
unknown_connector     name                     nobody registered a connector of that name

`said` is the beginning of what the server answered. Connectors add own codes. Whatever a connector puts into a value,
secrets are taken out of it here: a server that repeats what it was sent, in whatever field, shows nothing.
"""

from typing import Any, NamedTuple

from .redaction import redact


def begin(text, length=200):
    """The beginning of what a server said, for a value of an error: a secret that is cut off halfway is one still."""
    return redact(str(text))[:length]


class ConnectorError(Exception):
    """One failed attempt to get something, by code; values as in the table above, all of them short text or numbers.

    is_transient: the same question may well be answered later.   retry_after: seconds that the server asked to wait.
    """

    def __init__(self, code, *, is_transient=False, retry_after=None, **values):
        super().__init__(code)
        self.code = code
        self.is_transient = is_transient
        self.retry_after = retry_after
        self.values = {name: redact(value) if isinstance(value, str) else value for name, value in values.items()}

    def __str__(self):
        told = ", ".join(f"{name}={value}" for name, value in self.values.items() if value not in (None, ""))
        return f"{self.code} ({told})" if told else self.code


class Problem(NamedTuple):
    """What is wrong with one setting, found without asking anybody: setting names it, or is "" for all together."""

    setting: str
    code: str
    values: dict[str, Any] = {}
