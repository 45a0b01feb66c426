"""Connections to checked addresses only, with one end for a whole answer.

urllib3 would look up the name itself, after anybody's check. Here a connection asks the guard at the moment it is made
and connects to the addresses that the guard has judged; SNI and the certificate's name stay those of the host.
"""

import socket
import ssl
import threading

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from . import guard
from .errors import ConnectorError


class Deadline:
    """The moment by which an answer has to be complete; `clock` counts seconds and never goes back."""

    def __init__(self, clock, seconds):
        self.clock = clock
        self.end = clock() + seconds

    def left(self):
        """Seconds that remain; TimeoutError when none does."""
        seconds = self.end - self.clock()
        if seconds <= 0:
            raise TimeoutError("the time for this answer is over")
        return seconds


class _Timed:
    """A socket that never waits beyond its deadline: a byte a minute is no reason to begin counting again."""

    deadline = None
    idle_seconds = None

    def _wait(self):
        if self.deadline is not None:
            self.settimeout(min(self.deadline.left(), self.idle_seconds))

    def recv_into(self, *args, **kwargs):
        self._wait()
        return super().recv_into(*args, **kwargs)

    def recv(self, *args, **kwargs):
        self._wait()
        return super().recv(*args, **kwargs)

    def send(self, *args, **kwargs):
        self._wait()
        return super().send(*args, **kwargs)

    def sendall(self, *args, **kwargs):
        self._wait()
        return super().sendall(*args, **kwargs)


class _TimedSocket(_Timed, socket.socket):
    pass


class _TimedTlsSocket(_Timed, ssl.SSLSocket):
    pass


class Door:
    """How connections are made for one policy: what connections share, and what tests put in its place.

    deadline: that of the answer now asked for; a connection takes it along with each request.
    """

    def __init__(self, policy, clock, resolver=socket.getaddrinfo, make_socket=_TimedSocket):
        self.policy = policy
        self.clock = clock
        self.resolver = resolver
        self.make_socket = make_socket
        self._here = threading.local()

    @property
    def deadline(self):
        return getattr(self._here, "deadline", None)

    def begin(self, deadline=None):
        """Start the time of one answer, or go on with that of an earlier attempt at it."""
        self._here.deadline = deadline or Deadline(self.clock, self.policy.max_seconds)
        return self._here.deadline

    def connect(self, host, port, usual):
        """A connected socket to one of the checked addresses of a host that is allowed at this port."""
        host = guard.check_name(host if ":" not in host or host.startswith("[") else f"[{host}]")
        is_inner = guard.check_place(host, port, self.policy, usual)
        if usual == guard.PORTS["http"] and not is_inner:
            raise ConnectorError("host_refused", host=host, reason="scheme")
        deadline = self.deadline or self.begin()
        timed_out = False
        for family, place in guard.resolve(host, port, is_inner, self.resolver):
            made = self.make_socket(family, socket.SOCK_STREAM)
            try:
                made.settimeout(min(self.policy.connect_seconds, deadline.left()))
                made.connect(place)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                made.close()
                timed_out = timed_out or isinstance(error, TimeoutError)
                continue
            return made
        raise ConnectorError("timed_out" if timed_out else "unreachable", is_transient=True, host=host)

    def time(self, made):
        """Give a connected socket the end of the answer that it is about to bring."""
        made.deadline = self.deadline
        made.idle_seconds = self.policy.idle_seconds

    def make_context(self):
        """TLS of today, with the certificates of the machine and those that the policy adds."""
        context = create_urllib3_context()
        # Older versions of urllib3 leave this to OpenSSL.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.check_hostname = True
        context.sslsocket_class = _TimedTlsSocket
        context.load_default_certs()
        if self.policy.authorities:
            context.load_verify_locations(cadata=self.policy.authorities)
        return context


class _Pinned:
    """What both kinds of connection change of urllib3's: where they connect to, and how long an answer may take."""

    door = None

    def _new_conn(self):
        return self.door.connect(self.host, self.port, self.default_port)

    def connect(self):
        super().connect()
        self.door.time(self.sock)

    def putrequest(self, *args, **kwargs):
        # A connection that is kept open brings one answer after the other, each with its own end.
        if self.sock is not None:
            self.door.time(self.sock)
        return super().putrequest(*args, **kwargs)


class PinnedAdapter(HTTPAdapter):
    """The way of `requests` to the network, through one Door. It knows no proxy, no retry and no unchecked TLS."""

    def __init__(self, door):
        self.door = door
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections, maxsize, block=False, **keywords):
        keywords["ssl_context"] = self.door.make_context()
        super().init_poolmanager(connections, maxsize, block, **keywords)
        made = {"door": self.door}
        plain = type("PinnedHTTPConnection", (_Pinned, HTTPConnection), made)
        secure = type("PinnedHTTPSConnection", (_Pinned, HTTPSConnection), made)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PinnedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("PinnedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        request.url = guard.check_url(request.url, self.door.policy).url
        # Whatever the caller says of them, there are no proxies, and certificates are checked.
        return super().send(request, stream=True, timeout=self.door.policy.connect_seconds, verify=True, cert=cert)
