"""A web server of a test's own, in a thread, that does as it is told: also what no decent server does."""

import contextlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from cloud_billing_engine.connectors.guard import Policy
from cloud_billing_engine.connectors.web import Web


class Asked(NamedTuple):
    """One question as it came in; query is {name: [values]}."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Reply(NamedTuple):
    """An answer: body is bytes, an object that is sent as JSON, or an iterator of blocks written as they come.

    is_cut: the connection ends without its end.   length: said in place of the true one.
    """

    status: int = 200
    body: object = b""
    headers: dict = {}
    is_cut: bool = False
    length: int | None = None


class LocalServer:
    """`with LocalServer(answer) as server:` where `answer` takes an Asked and gives a Reply; or a list of Replies.

    Of a list the last one stays. `server.asked` keeps every question; host and url say where it listens.
    """

    def __init__(self, answer, tls=None):
        self.asked = []
        self.lock = threading.Lock()
        self.answer = answer if callable(answer) else self._one_by_one(list(answer))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_args: None
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.stopped = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    def web(self, **others):
        """A Web that may speak to this server as an inner host, and neither waits nor rolls dice between attempts."""
        limits = {"idle_seconds": 5, "max_seconds": 10, "connect_seconds": 5} | others.pop("limits", {})
        hosts = frozenset({self.host, *others.pop("hosts", ())})
        self.waits = []
        given = {"sleep": self.waits.append, "draw": lambda: 1} | others
        return Web(Policy(hosts, hosts, **limits), **given)

    def drip(self, block, seconds):
        """A block every so many seconds until the server stops."""
        while not self.stopped.wait(seconds):
            yield block

    @staticmethod
    def _one_by_one(replies):
        return lambda _asked: replies.pop(0) if len(replies) > 1 else replies[0]

    def _make_handler(this):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = parse_qs(parts.query, keep_blank_values=True)
                asked = Asked(self.command, parts.path, query, dict(self.headers), body)
                with this.lock:
                    this.asked.append(asked)
                    reply = this.answer(asked)
                with contextlib.suppress(OSError):
                    self.write(reply)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_one

            def write(self, reply):
                body, headers = reply.body, dict(reply.headers)
                if not isinstance(body, bytes) and not hasattr(body, "__next__"):
                    body = json.dumps(body).encode()
                    headers.setdefault("Content-Type", "application/json")
                self.send_response(reply.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if isinstance(body, bytes):
                    self.send_header("Content-Length", str(len(body) if reply.length is None else reply.length))
                else:
                    self.send_header("Connection", "close")
                self.end_headers()
                if self.command != "HEAD":
                    for block in [body] if isinstance(body, bytes) else body:
                        self.wfile.write(block)
                        self.wfile.flush()
                self.close_connection = reply.is_cut or not isinstance(body, bytes)

            def log_message(self, *args):
                pass

        return Handler


class RawServer:
    """A server that sends these bytes, block by block, to whoever connects, and listens to nothing."""

    def __init__(self, blocks, seconds=0):
        self.blocks = blocks
        self.seconds = seconds
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.stopped = threading.Event()

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self.stopped.set()
        self.socket.close()

    web = LocalServer.web

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _place = self.socket.accept()
                threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection):
        with contextlib.suppress(OSError), connection:
            for block in self.blocks:
                connection.sendall(block)
                if self.stopped.wait(self.seconds):
                    return
