"""Providers that fail: one refuses and says what it was told, one breaks down, one hangs up in the middle."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hostile:
    """`with Hostile("refuses", token) as server:`; `url` says where it is.

    refuses: gives a token to whoever logs in by a path of its own, and answers all else with 401 and what was said.
    breaks: 500 with the whole question, and the wish to be left alone for an hour.
    hangs_up: a beginning of an answer, then nothing.
    """

    def __init__(self, manner, token):
        self.manner = manner
        self.token = token
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_args: None
        self.port = self.server.server_port
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        # Settings that only this server knows.
        self.said = {"port": str(self.port)}
        # Secrets that are not set towards this one.
        self.without = ()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, said):
        """(status, headers, body) to a question; said: all of it as text."""
        if self.manner == "breaks":
            return 500, {"Retry-After": "3600"}, f"it broke: {said}"
        is_login = any(word in path.lower() for word in ("token", "session", "login", "oauth"))
        if is_login:
            body = json.dumps({"access_token": self.token, "token_type": "Bearer", "expires_in": 3600})
            return 201, {"X-Subject-Token": self.token, "X-VMWARE-VCLOUD-ACCESS-TOKEN": self.token}, body
        return 401, {"X-Echo": said.splitlines()[0]}, f"you said: {said}"

    def _make_handler(hostile):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_question(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
                if hostile.manner == "hangs_up":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
                    self.close_connection = True
                    return
                said = f"{self.command} {self.path}\n{self.headers}\n{body}"
                status, headers, content = hostile.answer(self.path, said)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content.encode()))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content.encode())

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = handle_one_question

            def log_message(self, *_args):
                """Standard error is the test's."""

        return Handler
