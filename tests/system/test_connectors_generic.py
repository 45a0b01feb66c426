"""Files over SFTP against a real server: its key is pinned, growing files are left, taken ones do not come again."""

import gzip
import os
import socket
import threading
from datetime import datetime, timezone

import pytest
from cloud_billing_engine.connectors import ConnectorError, Policy, Secret, Window, get_connector
from cloud_billing_engine.connectors.web import Web
from cloud_billing_engine.readers import get_reader
from servers.sftp import PASSWORD, USER, Sftp

SFTP = get_connector("sftp")
CSV = b"id,start,account,service,quantity,unit\n1,2026-10-30,acme,calls,5,\n"
ALL = Window(datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2030, 1, 1, tzinfo=timezone.utc))
TIME = 1_793_300_000


@pytest.fixture
def sftp(tmp_path):
    (tmp_path / "out").mkdir()
    with Sftp(tmp_path) as server:
        yield server


def put(server, name, content=CSV, time=TIME):
    path = server.root / "out" / name
    path.write_bytes(content)
    os.utime(path, (time, time))
    return path


def given(server, **more):
    return {
        "host": "127.0.0.1", "port": str(server.port), "host_key": server.fingerprint, "login": USER,
        "secret": Secret(PASSWORD), "folder": "/out", **more,
    }  # fmt: skip


def web(server, sleep=lambda seconds: None, **limits):
    hosts = frozenset({server.host})
    return Web(Policy(hosts, hosts, **{"connect_seconds": 10, **limits}), sleep=sleep)


def fetch(server, known=None, sleep=lambda seconds: None, limits=None, **more):
    """[(delivery's name, version, file name, bytes)]"""
    options = given(server, **more)
    assert SFTP.check(options) == []
    return [
        (each.name, each.version, payload.name, b"".join(payload.chunks))
        for each in SFTP.fetch(options, web(server, sleep, **limits or {}), ALL, known or {})
        for payload in each.payloads
    ]


def refused(server, **more):
    with pytest.raises(ConnectorError) as caught:
        fetch(server, **more)
    return caught.value


class TestFilesAreTaken:
    def test_oldest_first_and_read_by_the_readers_packed_or_not(self, sftp):
        put(sftp, "b.csv", time=TIME + 1)
        put(sftp, "c.csv.gz", gzip.compress(CSV), time=TIME)
        found = fetch(sftp)
        assert [(name, file_name) for name, _version, file_name, _content in found] == [
            ("127.0.0.1/out/c.csv.gz", "c.csv.gz"), ("127.0.0.1/out/b.csv", "b.csv"),
        ]  # fmt: skip
        rows = [row for *_rest, name, content in found for row in get_reader("csv").read([content], file_name=name)]
        assert [(row.sub_account, row.quantity) for row in rows] == [("acme", "5")] * 2

    def test_once_until_they_are_written_anew(self, sftp):
        put(sftp, "a.csv")
        [(name, version, _file, _content)] = fetch(sftp)
        assert fetch(sftp, {name: version}) == []
        put(sftp, "a.csv", CSV + b"2,2026-10-31,acme,calls,7,\n", TIME + 60)
        assert [(name, len(content) > len(CSV)) for name, _v, _f, content in fetch(sftp, {name: version})] == [
            (name, True)
        ]

    def test_when_they_fit_the_pattern_and_are_finished_files(self, sftp):
        for name in ("a.csv", "a.txt", ".hidden.csv", "b.csv.part", "c.csv.tmp", "d.csv~"):
            put(sftp, name)
        put(sftp, "empty.csv", b"")
        (sftp.root / "out" / "folder.csv").mkdir()
        os.symlink("/etc/passwd", sftp.root / "out" / "link.csv")
        assert [file for _name, _version, file, _content in fetch(sftp, pattern="*.csv*")] == ["a.csv"]

    def test_a_large_one_comes_whole(self, sftp):
        content = os.urandom(5 * 1024**2)
        put(sftp, "large.bin", content)
        [(*_rest, found)] = fetch(sftp)
        assert found == content

    def test_with_a_key_that_has_a_passphrase(self, sftp):
        put(sftp, "a.csv")
        key = Secret(sftp.private_key("phr\u00e4se"))
        assert len(fetch(sftp, private_key=key, secret=Secret("phr\u00e4se"))) == 1
        assert sftp.passwords == []
        assert refused(sftp, private_key=key, secret=Secret("wrong")).code == "bad_private_key"

    def test_and_moved_when_the_next_run_knows_that_they_are_in(self, sftp):
        (sftp.root / "done").mkdir()
        put(sftp, "a.csv")
        (sftp.root / "done" / "a.csv").write_bytes(b"older")
        put(sftp, "b.csv")
        [first, second] = fetch(sftp, done_folder="/done")
        assert sorted(os.listdir(sftp.root / "out")) == ["a.csv", "b.csv"]
        # The second one was not taken in: it stays, and comes again.
        assert [each[0] for each in fetch(sftp, {first[0]: first[1]}, done_folder="/done")] == [second[0]]
        assert os.listdir(sftp.root / "out") == ["b.csv"]
        assert sorted(os.listdir(sftp.root / "done")) == ["a.csv", f"a.csv.{TIME}"]


class TestFilesThatGrow:
    def test_are_left_for_the_next_time(self, sftp):
        put(sftp, "still.csv")
        growing = put(sftp, "growing.csv")

        def grow(seconds):
            assert seconds == 10
            with open(growing, "ab") as file:
                file.write(b"2,2026-10-31,acme,calls,7,\n")

        assert [file for _name, _version, file, _content in fetch(sftp, sleep=grow)] == ["still.csv"]

    def test_while_they_are_read_are_told_and_not_taken(self, sftp):
        path = put(sftp, "a.csv", CSV * 20_000)
        deliveries = SFTP.fetch(given(sftp), web(sftp), ALL, {})
        [payload] = next(deliveries).payloads
        chunks = iter(payload.chunks)
        next(chunks)
        with open(path, "ab") as file:
            file.write(CSV)
        with pytest.raises(ConnectorError) as caught:
            list(chunks)
        assert (caught.value.code, caught.value.is_transient) == ("file_changed", True)


class TestTheServersKey:
    def test_is_shown_before_anything_is_said_to_it(self, sftp):
        seen = SFTP.test(given(sftp, host_key=""), web(sftp), ALL.end)
        assert [(fact.code, fact.values) for fact in seen.facts] == [
            ("host_key_new", {"fingerprint": sftp.fingerprint})
        ]
        assert sftp.passwords == []

    def test_that_nobody_entered_is_told_and_gets_no_password(self, sftp):
        error = refused(sftp, host_key="")
        assert (error.code, error.values["fingerprint"]) == ("host_key_unknown", sftp.fingerprint)
        assert sftp.passwords == []

    def test_that_is_another_one_is_refused_and_gets_no_password(self, sftp, tmp_path):
        with Sftp(tmp_path) as impostor:
            error = refused(sftp, host_key=impostor.fingerprint)
        assert (error.code, error.values["fingerprint"]) == ("host_key_wrong", sftp.fingerprint)
        assert sftp.passwords == []

    def test_may_be_one_of_several_while_it_is_changed(self, sftp, tmp_path):
        put(sftp, "a.csv")
        with Sftp(tmp_path) as other:
            assert len(fetch(sftp, host_key=f"{other.fingerprint} {sftp.fingerprint}")) == 1

    @pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
    def test_may_be_of_other_kinds(self, tmp_path, kind):
        (tmp_path / "out").mkdir()
        with Sftp(tmp_path, kind) as server:
            put(server, "a.csv")
            assert len(fetch(server)) == 1


class TestWhatGoesWrong:
    def test_a_wrong_password(self, sftp):
        error = refused(sftp, secret=Secret("canary-word"))
        assert error.code == "ssh_login_refused"
        assert "canary" not in f"{error} {error.values}"

    def test_a_folder_that_is_not_there(self, sftp):
        error = refused(sftp, folder="/in")
        assert (error.code, error.values["file"]) == ("no_such_file", "/in")

    def test_a_server_that_is_not_there(self, tmp_path):
        with Sftp(tmp_path) as server:
            pass
        assert refused(server).code == "unreachable"

    def test_a_server_that_nobody_allowed(self, sftp):
        with pytest.raises(ConnectorError) as caught:
            list(SFTP.fetch(given(sftp), Web(Policy(frozenset({"files.example.com"}))), ALL, {}))
        assert caught.value.code == "host_refused"
        assert sftp.connections == 0

    def test_a_file_that_is_too_large(self, sftp):
        put(sftp, "a.csv", CSV * 1000)
        assert refused(sftp, limits={"max_bytes": 1000}).code == "too_large"

    def test_a_server_that_is_none(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(
                target=lambda: listener.accept()[0].sendall(b"HTTP/1.1 400\r\n\r\n" * 99), daemon=True
            ).start()

            class Nothing:
                port = listener.getsockname()[1]
                host = f"127.0.0.1:{port}"
                fingerprint = "SHA256:x"

            assert refused(Nothing, limits={"connect_seconds": 3}).code in ("bad_answer", "timed_out", "cut_off")


class TestTest:
    def test_says_what_is_in_the_folder_and_shows_the_newest(self, sftp):
        put(sftp, "a.csv")
        put(sftp, "b.csv", time=TIME + 9)
        seen = SFTP.test(given(sftp), web(sftp), ALL.end)
        assert [(fact.code, fact.values) for fact in seen.facts][1:] == [
            ("files_seen", {"count": 2, "folder": "/out", "newest": "b.csv"})
        ]
        assert (seen.sample.name, b"".join(seen.sample.chunks)) == ("b.csv", CSV)

    def test_says_that_the_folder_is_empty(self, sftp):
        assert [fact.code for fact in SFTP.test(given(sftp), web(sftp), ALL.end).facts][1:] == ["no_files"]


def test_nothing_secret_is_logged(sftp, caplog):
    put(sftp, "a.csv")
    with caplog.at_level("DEBUG"):
        assert len(fetch(sftp)) == 1
        refused(sftp, secret=Secret("canary-word"))
    assert PASSWORD not in caplog.text
    assert "canary" not in caplog.text
