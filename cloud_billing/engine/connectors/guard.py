"""Who may be spoken to: every URL and every address goes through here before a byte leaves.

Refusals are ConnectorError host_refused with one of these reasons:

reason        meaning
------------  --------------------------------------------------------------------------------------------------
not_a_url     no scheme, no host, or characters that no URL holds (spaces, control characters, backslashes)
scheme        neither https nor, for an inner host, http
userinfo      a name or password in the URL, which some programs read as the host
name          a host that is no plain name: other letters than a-z, encodings, empty labels, a dot at its end
number        an address written as a decimal, octal, hexadecimal or shortened number
port          a port that is not stated with the allowed host
not_allowed   not among the hosts that an administrator allowed
inner         an address within a network, and the host is not allowed as an inner one
never         an address that is nobody's: metadata, multicast, reserved, documentation, v4 inside v6

Addresses are judged where the connection is made, on the very ones it then connects to: there is no second look-up.
"""

import re
import socket
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from .addresses import INNER, PUBLIC, judge
from .errors import ConnectorError

PORTS = {"https": 443, "http": 80, "sftp": 22}
MAX_URL = 16 * 1024
_MEBIBYTE = 1024**2
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN_PATH = re.compile(r"[^\x00-\x20\x7f\\]*")


class Policy(NamedTuple):
    """Whom one connector may speak to, and how much of it.

    allowed_hosts: "host" (the usual port of its scheme), "host:port", or "*.host" for any name below it.
    inner_hosts: those of them that may stand inside a network and may be asked without TLS, "host" or "host:port".
    max_bytes: of one answer, as sent and as unpacked.   max_text_bytes: of one that is read whole into memory.
    max_seconds: for one whole answer, however many bytes still come.   idle_seconds: without a byte.
    attempts: in all.   max_wait: seconds between two of them.   authorities: PEM of certificates trusted besides.
    """

    allowed_hosts: frozenset[str]
    inner_hosts: frozenset[str] = frozenset()
    max_bytes: int = 8 * 1024 * _MEBIBYTE
    max_text_bytes: int = 64 * _MEBIBYTE
    max_seconds: float = 900
    connect_seconds: float = 10
    idle_seconds: float = 60
    attempts: int = 5
    max_wait: float = 60
    authorities: str = ""


class Target(NamedTuple):
    """A URL that may be asked, taken apart; host without brackets, tail = path and query."""

    scheme: str
    host: str
    port: int
    tail: str
    is_inner: bool

    @property
    def url(self):
        """The URL put together again: what is sent is what was checked."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.tail}"

    @property
    def place(self):
        return self.scheme, self.host, self.port


def check_url(url, policy):
    """The Target of a URL; ConnectorError host_refused. Asks no name server. A fragment is dropped."""
    if not isinstance(url, str) or len(url) > MAX_URL or not _PLAIN_PATH.fullmatch(url):
        raise _refused("not_a_url")
    try:
        parts = urlsplit(url)
        scheme, netloc = parts.scheme.lower(), parts.netloc
    except ValueError:
        raise _refused("not_a_url") from None
    if scheme not in ("https", "http"):
        raise _refused("scheme")
    if not netloc:
        raise _refused("not_a_url")
    if "@" in netloc:
        # Not shown: it may be a password.
        raise _refused("userinfo")
    host, port = _split_port(netloc, PORTS[scheme])
    host = check_name(host)
    is_inner = check_place(host, port, policy, PORTS[scheme])
    if scheme == "http" and not is_inner:
        raise _refused("scheme", host)
    tail = (parts.path if parts.path.startswith("/") else f"/{parts.path}") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port, tail, is_inner)


def _split_port(netloc, usual):
    """(host, port) of what stands between // and the path."""
    host, mark, port = netloc.rpartition(":")
    if netloc.startswith("["):
        closing = netloc.find("]")
        host, rest = netloc[: closing + 1], netloc[closing + 1 :]
        if closing < 0 or rest[:1] not in ("", ":"):
            raise _refused("not_a_url")
        mark, port = rest[:1], rest[1:]
    elif not mark:
        return netloc, usual
    if not mark:
        return host, usual
    if not (port.isascii() and port.isdecimal() and 0 < len(port) <= 5 and 0 < int(port) < 65536):
        raise _refused("port", host)
    return host, int(port)


def check_name(host):
    """The one way to write a host: lower case, no brackets, an address in its usual form; or host_refused."""
    host = host.lower()
    if host.startswith("["):
        try:
            if "%" in host:
                raise _refused("number", host)
            return str(IPv6Address(host.strip("[]")))
        except AddressValueError:
            raise _refused("number", host) from None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("name", host)
    if _NUMBER.fullmatch(labels[-1]):
        # The system's own look-up takes 127.1, 2130706433, 0x7f.1 and 0177.0.0.1 for addresses.
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            raise _refused("number", host) from None
    return host


def check_place(host, port, policy, usual):
    """Whether the host is an inner one; host_refused where it is not allowed at this port."""
    whole = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    bare = whole.rpartition(":")[0]
    names = {bare, host, *_get_families(host)}
    allowed = {text.lower() for text in policy.allowed_hosts}
    if whole not in allowed:
        if not names & allowed:
            is_other_port = any(text.startswith(f"{bare}:") for text in allowed)
            raise _refused("port" if is_other_port else "not_allowed", host)
        if port != usual:
            raise _refused("port", host)
    inner = {text.lower() for text in policy.inner_hosts}
    return bool({whole, bare, host} & inner)


def _get_families(host):
    """ "*.b.example.com" and "*.example.com" of a.b.example.com; "*.com" is nobody's family."""
    labels = host.split(".")
    return {"*." + ".".join(labels[start:]) for start in range(1, len(labels) - 1)}


def resolve(host, port, is_inner, resolver=socket.getaddrinfo):
    """Addresses to connect to, as the resolver gives them: (family, socket address). One bad one refuses all.

    A name that answers with a public and an inner address is a trick, or a mistake that is worth knowing.
    """
    try:
        found = resolver(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        is_transient = error.errno == socket.EAI_AGAIN
        raise ConnectorError("name_unknown", is_transient=is_transient, host=host) from None
    except (OSError, UnicodeError):
        raise ConnectorError("name_unknown", host=host) from None
    places = []
    for family, _kind, _protocol, _name, place in found:
        try:
            verdict = judge(ip_address(place[0]))
        except ValueError:
            raise _refused("never", host) from None
        if verdict != PUBLIC and not (verdict == INNER and is_inner):
            raise _refused(verdict, host)
        places.append((family, place))
    if not places:
        raise ConnectorError("name_unknown", host=host)
    return list(dict.fromkeys(places))


def _refused(reason, host=""):
    return ConnectorError("host_refused", host=host[:253], reason=reason)
