"""What can be missing on a machine is told in a sentence that says what to do; what is not ours is left alone."""

import os
import socket
import subprocess
import sys
from collections import namedtuple

import common
import debian
import odoo_source
import postgres
import pytest
import python_env
import server
from common import Problem


class TestOdooSource:
    def test_odoo_src_without_an_odoo_in_it(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ODOO_SRC", str(tmp_path))
        with pytest.raises(Problem, match=r"no odoo/release\.py in it"):
            odoo_source.ensure()

    @pytest.mark.parametrize(
        ("line", "good"), [("version_info = (19, 0, 0, FINAL, 0, '')", True), ("version_info = (18, 0)", False)]
    )
    def test_odoo_src_has_to_be_version_19(self, tmp_path, monkeypatch, line, good):
        (tmp_path / "odoo").mkdir()
        (tmp_path / "odoo" / "release.py").write_text(line)
        monkeypatch.setenv("ODOO_SRC", str(tmp_path))
        if good:
            assert odoo_source.ensure().path == tmp_path
        else:
            with pytest.raises(Problem, match=r"not an Odoo 19\.0"):
                odoo_source.ensure()

    def test_no_apt_names_odoo_src(self, tmp_path, monkeypatch):
        monkeypatch.delenv("ODOO_SRC", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(odoo_source, "DEV", tmp_path)
        (tmp_path / "odoo").mkdir()
        with pytest.raises(Problem, match=r"(?s)no apt-get here .* Set ODOO_SRC"):
            odoo_source._fetch(tmp_path / "odoo" / "VERSION")
        assert (tmp_path / "odoo").is_dir(), "what was there is gone"

    def test_a_package_that_debian_no_longer_has_names_odoo_src(self, tmp_path, monkeypatch):
        (tmp_path / "bin").mkdir()
        tool = tmp_path / "bin" / "apt-get"
        # Knows a Debian mirror, updates, and has no package to give.
        tool.write_text(
            '#!/bin/sh\ncase "$*" in *indextargets*) echo "x://mirror|Debian|Debian";;'
            ' *download*) echo "E: Unable to locate package odoo-19"; exit 100;; esac\n'
        )
        tool.chmod(0o755)
        (tmp_path / "keyring").touch()
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
        monkeypatch.setattr(odoo_source, "DEV", tmp_path / "dev")
        monkeypatch.setattr(debian, "KEYRINGS", [str(tmp_path / "keyring")])
        with pytest.raises(Problem, match=r"(?s)Unable to locate package odoo-19.*unstable suite.*Set ODOO_SRC"):
            odoo_source._fetch(tmp_path / "dev" / "odoo" / "VERSION")

    @pytest.mark.parametrize(
        "targets",
        ["x://a/sec/|Debian|Debian-Security\nx://b/debian/|Debian|Debian", "x://a/sec/||\nx://b/debian/||"],
        ids=["known", "before the first apt-get update"],
    )
    def test_the_machine_s_own_mirror_is_taken(self, tmp_path, monkeypatch, targets):
        (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "{targets}"\n')
        (tmp_path / "apt-get").chmod(0o755)
        (tmp_path / "keyring").touch()
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr(debian, "KEYRINGS", [str(tmp_path / "keyring")])
        debian._private_apt(tmp_path / "apt", "sid")
        assert "URIs: x://b/debian/\nSuites: sid\n" in (tmp_path / "apt" / "one.sources").read_text()

    def test_apt_of_another_system_is_told(self, tmp_path, monkeypatch):
        (tmp_path / "apt-get").write_text('#!/bin/sh\necho "x://mirror/ubuntu/|Ubuntu|Ubuntu"\n')
        (tmp_path / "apt-get").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with pytest.raises(Problem, match="does not serve Debian"):
            debian._private_apt(tmp_path / "apt", "sid")


class TestTheMachine:
    def test_a_full_disk_is_told_before_work_begins(self, tmp_path, monkeypatch):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(common, "DEV", tmp_path)
        monkeypatch.setattr(common.shutil, "disk_usage", lambda path: usage(10, 9, 1_000_000_000))
        with pytest.raises(Problem, match=r"needs 3 GB of disk, and .* has 1\.0 GB left"):
            common.need_disk(3, "The source of Odoo 19")

    @pytest.mark.parametrize("version", [(3, 9, 2), (3, 14, 0)])
    def test_a_python_that_odoo_does_not_run_on(self, monkeypatch, version):
        monkeypatch.setattr(sys, "version_info", version)
        with pytest.raises(Problem, match=r"Odoo 19 runs on Python 3\.10 to 3\.13"):
            common.check_python()

    def test_a_python_that_cannot_make_environments(self, tmp_path, monkeypatch):
        monkeypatch.setattr(python_env, "_has", lambda module: False)
        with pytest.raises(Problem, match=r"apt-get install python3\.\d+-venv"):
            python_env._pip(tmp_path / "venv")

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(Problem, match=r"is not free .* PORT="):
                server.check_port(taken.getsockname()[1])

    @pytest.mark.parametrize("port", ["http", "0", "70000"])
    def test_a_port_that_is_none(self, port):
        with pytest.raises(Problem, match="is no port number"):
            server.check_port(port)


class TestTheDatabaseOfTheUser:
    def test_every_part_of_the_url_is_used(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://joe:p%40ss@db.example:5433/whatever")
        assert postgres._own_environ() == {
            "PGHOST": "db.example", "PGPORT": "5433", "PGUSER": "joe", "PGPASSWORD": "p@ss", "PGDATABASE": "postgres",
        }  # fmt: skip

    def test_a_socket_folder_in_the_url(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://joe@/x?host=/run/postgresql")
        assert postgres._own_environ()["PGHOST"] == "/run/postgresql"

    def test_another_kind_of_database(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "mysql://joe@db/x")
        with pytest.raises(Problem, match="starts with mysql:"):
            postgres._own_environ()

    def test_none_named_means_the_private_one(self, monkeypatch):
        monkeypatch.delenv("DATABASE_URL", raising=False)
        monkeypatch.delenv("PGHOST", raising=False)
        assert postgres._own_environ() is None


class TestStopEndsOnlyWhatWasStarted:
    @pytest.fixture
    def sleeper(self):
        process = subprocess.Popen(["sleep", "60"])
        yield process
        process.kill()
        process.wait()

    def record(self, tmp_path, monkeypatch, text):
        monkeypatch.setattr(server, "RECORDS", tmp_path)
        (tmp_path / "demo.pid").write_text(text)

    def test_a_recorded_process_is_ended(self, tmp_path, monkeypatch, sleeper):
        began = server.began(sleeper.pid)
        self.record(tmp_path, monkeypatch, f'{{"pid": {sleeper.pid}, "began": "{began}", "port": 1}}')
        assert server.stop("demo")["pid"] == sleeper.pid
        assert sleeper.wait(timeout=5) < 0

    def test_a_pid_that_was_given_to_another_process_is_left_alone(self, tmp_path, monkeypatch, sleeper):
        self.record(tmp_path, monkeypatch, f'{{"pid": {sleeper.pid}, "began": "1", "port": 1}}')
        assert server.stop("demo") is None
        assert sleeper.poll() is None

    def test_a_broken_record_is_no_record(self, tmp_path, monkeypatch):
        self.record(tmp_path, monkeypatch, "")
        assert server.running("demo") is None
