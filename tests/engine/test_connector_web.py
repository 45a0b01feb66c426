"""Questions end: whatever a server does, an answer or a code comes back, in time, within bytes, without secrets."""

import gzip
import itertools
import logging
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest
import requests
from cloud_billing_engine.connectors import ConnectorError, Secret
from cloud_billing_engine.connectors.answer import read_blocks
from cloud_billing_engine.connectors.web import read_retry_after
from local_server import LocalServer, RawServer, Reply

NOW = datetime(2026, 10, 31, 12, tzinfo=timezone.utc)


def fault(code):
    return pytest.raises(ConnectorError, match=rf"^{code}\b")


class TestAnAnswer:
    def test_json_keeps_every_digit(self):
        with LocalServer([Reply(body=b'{"qty": 3.5999999999999996, "n": 12}')]) as server, server.web() as web:
            found = web.request("GET", f"{server.url}/x").json()
        assert found == {"qty": Decimal("3.5999999999999996"), "n": 12}

    def test_parameters_headers_and_login_arrive_as_given(self):
        with LocalServer([Reply(body={})]) as server, server.web() as web:
            web.request(
                "POST", f"{server.url}/x", params={"a": "1 2"}, json={"b": 1}, headers={"X-Key": "k"}, auth=("me", "pw")
            ).json()
        asked = server.asked[0]
        assert (asked.method, asked.path, asked.query) == ("POST", "/x", {"a": ["1 2"]})
        assert (asked.json, asked.headers["X-Key"], asked.headers["Authorization"][:6]) == ({"b": 1}, "k", "Basic ")

    def test_other_statuses_that_were_asked_for_are_answers(self):
        with LocalServer([Reply(202, headers={"Location": "/later"})]) as server, server.web() as web:
            answer = web.request("POST", f"{server.url}/x", ok=(200, 202))
        assert (answer.status, answer.headers["location"]) == (202, "/later")

    @pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe\xfa"])
    def test_what_is_no_json_is_a_bad_answer(self, body):
        with LocalServer([Reply(body=body)]) as server, server.web() as web, fault("bad_answer"):
            web.request("GET", server.url).json()

    def test_a_packed_answer_is_unpacked_also_in_several_members(self):
        body = gzip.compress(b"one ") + gzip.compress(b"two")
        with LocalServer([Reply(body=body, headers={"Content-Encoding": "gzip"})]) as server, server.web() as web:
            assert web.request("GET", server.url).text() == "one two"

    def test_a_name_in_the_environment_sends_no_question_elsewhere(self, monkeypatch, tmp_path):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login thief password stolen")
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        with LocalServer([Reply(body={})]) as server, server.web() as web:
            web.request("GET", server.url).json()
            assert web.session.get(f"{server.url}/zeep").json() == {}
        assert all("Authorization" not in asked.headers for asked in server.asked)


class TestAttempts:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_transient_refusal_is_asked_again_after_growing_waits(self, status):
        with LocalServer([Reply(status), Reply(status), Reply(body={"a": 1})]) as server, server.web() as web:
            assert web.request("GET", server.url).json() == {"a": 1}
        assert server.waits == [1, 2]

    def test_waits_are_random_from_a_half_to_a_whole(self):
        with LocalServer([Reply(500), Reply(body={})]) as server, server.web(draw=lambda: 0) as web:
            web.request("GET", server.url)
        assert server.waits == [0.5]

    def test_the_server_says_how_long_to_wait(self):
        until = format_datetime(NOW + timedelta(seconds=40), usegmt=True)
        replies = [Reply(429, headers={"Retry-After": "7"}), Reply(503, headers={"Retry-After": until}), Reply(body={})]
        with LocalServer(replies) as server, server.web(now=lambda: NOW, limits={"max_seconds": 100}) as web:
            web.request("GET", server.url)
        assert server.waits == [7, 40]

    def test_a_longer_wait_than_allowed_is_left_to_the_caller(self):
        with (
            LocalServer([Reply(429, headers={"Retry-After": "3600"})]) as server,
            server.web(limits={"max_seconds": 10_000}) as web,
            fault("throttled") as caught,
        ):
            web.request("GET", server.url)
        assert (caught.value.is_transient, caught.value.retry_after) == (True, 3600)
        assert (server.waits, len(server.asked)) == ([], 1)

    @pytest.mark.parametrize(("status", "code"), [(429, "throttled"), (500, "server_error"), (503, "server_error")])
    def test_attempts_are_used_up(self, status, code):
        with (
            LocalServer([Reply(status)]) as server,
            server.web(limits={"max_seconds": 100}) as web,
            fault(code) as caught,
        ):
            web.request("GET", server.url)
        assert (len(server.asked), server.waits, caught.value.is_transient) == (5, [1, 2, 4, 8], True)

    def test_all_attempts_together_have_one_time(self):
        # 1 + 2 + 4 seconds would be more than the 5 allowed: the third wait is not begun.
        seconds = itertools.count()
        with LocalServer([Reply(500)]) as server:
            web = server.web(limits={"max_seconds": 5, "attempts": 9}, clock=lambda: next(seconds) / 1000)
            with fault("server_error"):
                web.request("GET", server.url)
        assert server.waits == [1, 2, 4]

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, "request_refused"), (401, "login_refused"), (403, "login_refused"), (404, "not_found")],
    )
    def test_a_refusal_for_good_is_asked_once(self, status, code):
        with (
            LocalServer([Reply(status, b"<h1>No\n such</h1>")]) as server,
            server.web() as web,
            fault(code) as caught,
        ):
            web.request("GET", server.url)
        assert len(server.asked) == 1
        assert (caught.value.is_transient, caught.value.values["said"]) == (False, "<h1>No such</h1>")

    def test_a_write_that_may_have_been_heard_is_not_asked_again(self):
        for reply in (Reply(500), Reply(body=b"half", length=10, is_cut=True)):
            with LocalServer([reply]) as server, server.web() as web, pytest.raises(ConnectorError):
                web.request("POST", server.url, json={}).read()
            assert len(server.asked) == 1

    def test_a_write_that_only_asks_or_was_not_heard_is(self):
        with LocalServer([Reply(500), Reply(body={})]) as server, server.web() as web:
            web.request("POST", server.url, json={}, is_repeatable=True)
            assert len(server.asked) == 2
        with LocalServer([Reply(429), Reply(body={})]) as server, server.web() as web:
            web.request("POST", server.url, json={})
            assert len(server.asked) == 2

    def test_nobody_listens(self):
        with LocalServer([Reply()]) as server:
            web = server.web(limits={"attempts": 2})
        with fault("unreachable"):
            web.request("GET", server.url)
        assert server.waits == [1]

    def test_retry_after_is_seconds_or_a_date_or_nothing(self):
        later = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
        texts = ["5", later, "", None, "soon", "-3", "9" * 20, "Fri, 99 Foo 2026 00:00:00 GMT"]
        assert [read_retry_after(text, NOW) for text in texts] == [5, 90, None, None, None, None, None, None]


class TestBodiesThatAreCut:
    def test_a_body_shorter_than_it_says_is_asked_for_again(self):
        half = Reply(body=b'{"a":', length=100, is_cut=True)
        whole = Reply(body={"a": 1}, headers={"Link": "second"})
        with LocalServer([half, whole]) as server, server.web() as web:
            answer = web.request("GET", server.url)
            assert answer.json() == answer.json() == {"a": 1}
            assert (answer.headers["Link"], len(server.asked)) == ("second", 2)
        with LocalServer([half]) as server, server.web() as web, fault("cut_off"):
            b"".join(web.request("GET", server.url).chunks())

    def test_a_library_that_takes_a_cut_body_for_a_short_one_is_found_out(self):
        class Raw:
            blocks = [b"half", b""]

            def read(self, size, decode_content):
                return self.blocks.pop(0)

        response = requests.Response()
        response.raw, response.request = Raw(), requests.Request("GET", "https://x").prepare()
        response.headers["Content-Length"] = "8"
        with fault("cut_off"):
            list(read_blocks(response, 100, "x"))

    def test_packed_and_chunked_bodies_without_their_end(self):
        packed = gzip.compress(bytes(range(256)) * 1000)[:-20]
        with (
            LocalServer([Reply(body=packed, headers={"Content-Encoding": "gzip"})]) as server,
            server.web() as web,
            fault("cut_off"),
        ):
            web.request("GET", server.url).read()
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        with RawServer([chunked]) as server, server.web() as web, fault("cut_off"):
            web.request("GET", server.url).read()

    def test_a_connection_that_ends_before_the_answer(self):
        with RawServer([b""]) as server, server.web() as web, fault("cut_off"):
            web.request("GET", server.url)
        assert len(server.waits) == 4

    def test_an_answer_that_is_not_http(self):
        with RawServer([b"220 smtp.example.com ESMTP\r\n"]) as server, server.web() as web, fault("cut_off"):
            web.request("GET", server.url)


class TestBodiesWithoutEnd:
    def test_an_endless_body_is_cut_by_bytes(self):
        def endless(_asked):
            return Reply(body=iter(lambda: b"x" * 65536, b""))

        with LocalServer(endless) as server, server.web(limits={"max_bytes": 10**6}) as web:
            seen = 0
            with fault("too_large"):
                for block in web.request("GET", server.url).chunks():
                    seen += len(block)
            assert 900_000 < seen <= 10**6
            with fault("too_large"):
                web.request("GET", server.url).json()
            with fault("too_large"):
                web.session.get(server.url)

    def test_one_question_may_allow_less(self):
        with LocalServer([Reply(body=b"12345")]) as server, server.web() as web:
            assert web.request("GET", server.url, max_bytes=5).read() == b"12345"
            with fault("too_large"):
                web.request("GET", server.url, max_bytes=4).read()

    def test_what_unpacks_without_end_is_cut_by_what_it_unpacks_to(self):
        bomb = gzip.compress(bytes(50_000_000))
        assert len(bomb) < 60_000
        with LocalServer([Reply(body=bomb, headers={"Content-Encoding": "gzip"})]) as server:
            web = server.web(limits={"max_bytes": 10**6})
            seen = 0
            with fault("too_large"):
                for block in web.request("GET", server.url).chunks():
                    seen += len(block)
            assert seen <= 10**6
            # What is allowed comes in blocks all the same: 48 KB that unpack to 50 MB are never 50 MB in memory.
            sizes = [
                len(block) for block in server.web(limits={"max_bytes": 10**8}).request("GET", server.url).chunks()
            ]
            assert (sum(sizes), max(sizes)) == (50_000_000, 65_536)

    def test_empty_members_without_end_are_cut_by_bytes(self):
        empty = gzip.compress(b"") * 1000
        with (
            LocalServer(
                lambda _asked: Reply(body=iter(lambda: empty, b""), headers={"Content-Encoding": "gzip"})
            ) as server,
            server.web(limits={"max_bytes": 10**6}) as web,
            fault("too_large"),
        ):
            web.request("GET", server.url).read()

    def test_a_refusal_with_an_endless_body_ends_too(self):
        with (
            LocalServer(lambda _asked: Reply(404, iter(lambda: b"x" * 65536, b""))) as server,
            server.web() as web,
            fault("not_found") as caught,
        ):
            web.request("GET", server.url)
        assert caught.value.values["said"] == "x" * 300


class TestSlowServers:
    """Each is given one second for the whole answer, and sends something much more often than that."""

    def slow(self, server, ask):
        web = server.web(limits={"max_seconds": 1, "idle_seconds": 0.6})
        start = time.monotonic()
        with fault("timed_out"):
            ask(web)
        assert time.monotonic() - start < 3

    def test_a_body_byte_by_byte(self):
        with LocalServer(lambda _asked: Reply(body=server.drip(b"x", 0.05))) as server:
            self.slow(server, lambda web: web.request("GET", server.url).read())

    def test_a_refusal_byte_by_byte(self):
        with LocalServer(lambda _asked: Reply(404, server.drip(b"x", 0.05))) as server:
            web = server.web(limits={"max_seconds": 1})
            start = time.monotonic()
            with fault("not_found"):
                web.request("GET", server.url)
            assert time.monotonic() - start < 3

    def test_headers_byte_by_byte(self):
        blocks = [b"HTTP/1.1 200 OK\r\nX-Long: ", *[b"x"] * 200]
        with RawServer(blocks, 0.05) as server:
            self.slow(server, lambda web: web.request("GET", server.url))

    def test_silence(self):
        with RawServer([b"", b""], 5) as server:
            self.slow(server, lambda web: web.request("GET", server.url))

    def test_a_library_with_our_session_waits_no_longer(self):
        with LocalServer(lambda _asked: Reply(body=server.drip(b"x", 0.05))) as server:
            self.slow(server, lambda web: web.session.get(server.url, timeout=1000))


class TestRedirects:
    def test_within_the_host_they_are_followed_a_few_times(self):
        def answer(asked):
            step = int(asked.path[1:])
            return Reply(302, headers={"Location": f"/{step - 1}"}) if step else Reply(body={"at": asked.path})

        with LocalServer(answer) as server, server.web() as web:
            assert web.request("GET", f"{server.url}/3").json() == {"at": "/0"}
            with fault("redirect_refused"):
                web.request("GET", f"{server.url}/4")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_to_another_host_they_are_refused_though_that_host_is_allowed(self, status):
        with LocalServer([Reply(body={"secret": 1})]) as other:
            moved = Reply(status, headers={"Location": f"{other.url}/x"})
            with LocalServer([moved]) as server, server.web(hosts=[other.host]) as web:
                with fault("redirect_refused"):
                    web.request("GET", server.url, headers={"Authorization": "Bearer x"})
                assert web.session.get(server.url).status_code == status
        assert other.asked == []

    @pytest.mark.parametrize(
        "location",
        ["//169.254.169.254/latest", "http://169.254.169.254/", "file:///etc/passwd", "gopher://127.0.0.1:70/_x",
         "http://user:pw@127.0.0.1/", "http://127.0.0.1:1/", "https://[::ffff:127.0.0.1]/", "ftp://127.0.0.1/"],
    )  # fmt: skip
    def test_nor_to_anything_else(self, location):
        with (
            LocalServer([Reply(302, headers={"Location": location})]) as server,
            server.web() as web,
            fault("redirect_refused"),
        ):
            web.request("GET", server.url)
        assert len(server.asked) == 1

    def test_what_was_to_be_written_does_not_become_a_question(self):
        with (
            LocalServer([Reply(302, headers={"Location": "/other"}), Reply(body={})]) as server,
            server.web() as web,
            fault("redirect_refused"),
        ):
            web.request("POST", server.url, json={})
        with LocalServer([Reply(307, headers={"Location": "/other"}), Reply(body={})]) as server, server.web() as web:
            web.request("POST", server.url, json={"a": 1})
            assert [(asked.method, asked.body) for asked in server.asked] == [("POST", b'{"a": 1}')] * 2
        with LocalServer([Reply(303, headers={"Location": "/other"}), Reply(body={})]) as server, server.web() as web:
            web.request("POST", server.url, json={"a": 1})
            assert [(asked.method, asked.body) for asked in server.asked] == [("POST", b'{"a": 1}'), ("GET", b"")]


class TestSecrets:
    KEY = "CBCANARY/9c1f+x="

    def echo(self, asked):
        """A server that shows everybody what it was sent."""
        return Reply(400, f"{asked.headers} {asked.query} {asked.body.decode()} ".encode())

    def test_what_a_server_echoes_is_shown_without_them(self):
        secret = Secret(self.KEY)
        with LocalServer(self.echo) as server, server.web(secrets=[secret]) as web:
            for ask in (
                {"headers": {"X-Api-Key": self.KEY}},
                {"auth": requests.auth.HTTPBasicAuth("ann", self.KEY)},
                {"headers": {"Authorization": f"Bearer {self.KEY}"}},
                {"params": {"sig": self.KEY}},
                {"json": {"key": self.KEY}},
            ):
                with fault("request_refused") as caught:
                    web.request("POST", server.url, **ask)
                told = f"{caught.value} {caught.value.values} {caught.value!r}"
                assert "CBCANARY" not in told
                # base64 of "ann:CBCANARY" without its last bytes.
                assert "YW5uOkNCQ0FOQVJ" not in told
                assert "***" in told

    def test_no_error_and_no_log_holds_the_url(self, caplog):
        caplog.set_level(logging.DEBUG)
        url = f"?sig={self.KEY}"
        with LocalServer([Reply(body={}), Reply(500), Reply(404)]) as server:
            web = server.web(limits={"attempts": 2})
            web.request("GET", server.url + url).json()
            for _time in range(2):
                with pytest.raises(ConnectorError) as caught:
                    web.request("GET", server.url + url)
                assert "CBCANARY" not in "".join(traceback_lines(caught))
            web.session.get(server.url + url)
        with pytest.raises(ConnectorError) as caught:
            web.request("GET", server.url + url)
        assert "CBCANARY" not in "".join(traceback_lines(caught))
        assert "CBCANARY" not in caplog.text
        # Others' questions are logged as ever.
        with LocalServer([Reply(body={})]) as server:
            requests.get(f"{server.url}/public", timeout=5)
        assert "/public" in caplog.text


def traceback_lines(caught):
    import traceback

    return traceback.format_exception(caught.type, caught.value, caught.tb)
