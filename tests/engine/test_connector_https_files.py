"""Files over HTTPS against a server on this machine: which there are, which are new, and which are missing."""

import gzip
from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors.base import Window
from cloud_billing_engine.connectors.errors import ConnectorError
from cloud_billing_engine.connectors.generic.https_files import HttpsFilesConnector
from cloud_billing_engine.connectors.secret import Secret
from cloud_billing_engine.readers import get_reader
from local_api import Api, Reply

FILES = HttpsFilesConnector()
START = datetime(2026, 10, 30, tzinfo=timezone.utc)
WEEK = Window(START, START + timedelta(days=3))
CSV = b"id,start,account,service,quantity,unit\n1,2026-10-30,acme,calls,5,\n"


class FileServer:
    """files: {path: bytes}; it tells their ETags, dates or neither, and answers 304 to who knows them."""

    def __init__(self, files, tells="ETag"):
        self.files = files
        self.tells = tells
        self.sent = []

    def __call__(self, asked):
        content = self.files.get(asked.path)
        if content is None:
            return Reply(b"", 404)
        mark = f'"{len(content)}-{hash(content) % 1000}"' if self.tells == "ETag" else "Fri, 30 Oct 2026 10:00:00 GMT"
        known = asked.headers.get("If-None-Match" if self.tells == "ETag" else "If-Modified-Since")
        headers = {self.tells: mark} if self.tells else {}
        if self.tells and known == mark:
            return Reply(b"", 304, headers)
        self.sent.append(asked.path)
        return Reply(content, 200, {"Content-Type": "application/octet-stream", **headers})


def fetch(api, path, window=WEEK, known=None, **more):
    """[(name, version, file name, bytes)]"""
    given = {"url": f"{api.url}/{path}", **more}
    assert FILES.check(given) == []
    return [
        (each.name, each.version, payload.name, b"".join(payload.chunks))
        for each in FILES.fetch(given, api.web(), window, known or {})
        for payload in each.payloads
    ]


def refused(api, path, **more):
    with pytest.raises(ConnectorError) as caught:
        fetch(api, path, **more)
    return caught.value


class TestOneFile:
    def test_is_read_by_the_readers_packed_or_not(self):
        with Api(FileServer({"/usage.csv.gz": gzip.compress(CSV)})) as api:
            [(name, _version, file_name, content)] = fetch(api, "usage.csv.gz")
            [row] = get_reader("csv").read([content], file_name=file_name)
        assert (name, row.sub_account, row.quantity) == ("127.0.0.1/usage.csv.gz", "acme", "5")

    @pytest.mark.parametrize("tells", ["ETag", "Last-Modified", ""])
    def test_comes_again_only_where_it_was_written_anew(self, tells):
        server = FileServer({"/usage.csv": CSV}, tells)
        with Api(server) as api:
            [(name, version, _file, _content)] = fetch(api, "usage.csv")
            assert fetch(api, "usage.csv", known={name: version}) == []
            # What the server can be told to leave out is not sent a second time.
            assert len(server.sent) == (1 if tells else 2)
            if tells != "Last-Modified":
                server.files["/usage.csv"] += b"2,2026-10-31,acme,calls,7,\n"
                [(_name, newer, _file, content)] = fetch(api, "usage.csv", known={name: version})
                assert (newer == version, content.count(b"\n")) == (False, 3)

    def test_that_is_not_there_is_told(self):
        with Api(FileServer({})) as api:
            assert refused(api, "usage.csv").code == "not_found"

    def test_that_is_cut_is_told(self):
        with Api(lambda asked: Reply(CSV, is_cut=True, length=10_000)) as api:
            error = refused(api, "usage.csv")
        assert (error.code, error.is_transient) == ("cut_off", True)

    def test_that_is_a_page_to_log_in_is_told(self):
        with Api(lambda asked: Reply(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"})) as api:
            assert refused(api, "usage.csv").code == "page_instead"

    def test_needs_a_login(self):
        def answer(asked):
            return Reply(CSV) if asked.headers.get("Authorization") == "Bearer t0ken" else Reply(b"", 401)

        with Api(answer) as api:
            assert len(fetch(api, "usage.csv", auth="bearer", secret=Secret("t0ken"))) == 1
            assert refused(api, "usage.csv", auth="bearer", secret=Secret("wrong")).code == "login_refused"

    def test_of_which_the_address_holds_a_key_is_not_called_by_it(self):
        with Api(FileServer({"/usage.csv": CSV})) as api:
            [(name, *_rest)] = fetch(api, "usage.csv?sig=canary")
        assert "canary" not in name


class TestFilesByDate:
    DAYS = {f"/usage-{day}.csv": CSV + day.encode() for day in ("2026-10-30", "2026-10-31", "2026-11-01")}
    PATH = "usage-{year}-{month}-{day}.csv"

    def test_are_those_of_the_days_that_are_over(self):
        with Api(FileServer(self.DAYS)) as api:
            window = Window(START + timedelta(hours=5), START + timedelta(days=2, hours=5))
            assert [name for _name, _version, name, _content in fetch(api, self.PATH, window)] == [
                "usage-2026-10-30.csv", "usage-2026-10-31.csv",
            ]  # fmt: skip
            assert [asked.path for asked in api.questions] == ["/usage-2026-10-30.csv", "/usage-2026-10-31.csv"]

    def test_that_are_missing_are_told_after_the_others_were_taken(self):
        files = {path: content for path, content in self.DAYS.items() if "10-31" not in path}
        with Api(FileServer(files)) as api:
            taken = []
            with pytest.raises(ConnectorError) as caught:
                for delivery in FILES.fetch({"url": f"{api.url}/{self.PATH}"}, api.web(), WEEK, {}):
                    taken += [payload.name for payload in delivery.payloads]
        assert taken == ["usage-2026-10-30.csv", "usage-2026-11-01.csv"]
        assert (caught.value.code, caught.value.is_transient) == ("dates_missing", True)
        assert caught.value.values == {"files": "127.0.0.1/usage-2026-10-31.csv 2026-10-31 00:00", "count": 1}

    def test_may_be_missing_where_there_is_not_one_for_every_day(self):
        with Api(FileServer({"/usage-2026-10-31.csv": CSV})) as api:
            assert len(fetch(api, self.PATH, may_be_missing="1")) == 1

    def test_of_the_running_month_are_taken_on_wish_and_not_missed(self):
        window = Window(START, datetime(2026, 11, 3, tzinfo=timezone.utc))
        with Api(FileServer({"/2026-10.csv": CSV, "/2026-11.csv": CSV})) as api:
            names = [name for _name, _version, name, _content in fetch(api, "{year}-{month}.csv", window)]
            assert names == ["2026-10.csv"]
            names = [each[2] for each in fetch(api, "{year}-{month}.csv", window, takes_running="1")]
            assert names == ["2026-10.csv", "2026-11.csv"]
            # The file of December is not there yet on its third day, which is no fault.
            window = Window(START, datetime(2026, 12, 3, tzinfo=timezone.utc))
            assert len(fetch(api, "{year}-{month}.csv", window, takes_running="1")) == 2

    def test_by_the_hour(self):
        window = Window(START, START + timedelta(hours=3))
        with Api(FileServer({f"/20261030{hour:02}.csv": CSV for hour in range(5)})) as api:
            found = fetch(api, "{year}{month}{day}{hour}.csv", window)
        assert [each[2] for each in found] == ["2026103000.csv", "2026103001.csv", "2026103002.csv"]


class TestTest:
    def test_shows_the_beginning_of_the_newest_file(self):
        with Api(FileServer({"/2026-10-31.csv": CSV})) as api:
            given = {"url": f"{api.url}/{{year}}-{{month}}-{{day}}.csv"}
            seen = FILES.test(given, api.web(), datetime(2026, 11, 1, 9, tzinfo=timezone.utc))
            assert [fact.code for fact in seen.facts] == ["file_seen"]
            assert (seen.sample.name, b"".join(seen.sample.chunks)) == ("2026-10-31.csv", CSV)
            seen = FILES.test(given, api.web(), datetime(2026, 11, 5, 9, tzinfo=timezone.utc))
            assert [fact.code for fact in seen.facts] == ["file_not_there"]

    def test_does_not_read_a_large_file_to_its_end(self):
        with Api(lambda asked: Reply(b"x" * 65536 for _ in range(10**6))) as api:
            seen = FILES.test({"url": f"{api.url}/usage.csv"}, api.web(), START)
            assert len(b"".join(seen.sample.chunks)) < 10**6


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://x.example/{yaer}.csv", "unknown_place"),
        ("https://x.example/{day}.csv", "place_missing"),
        ("https://x.example/{year}.csv", "place_missing"),
        ("https://{year}.example/{year}{month}.csv", "place_in_host"),
    ],
)
def test_addresses_that_cannot_be_meant_are_told(url, problem):
    assert problem in {each.code for each in FILES.check({"url": url})}
