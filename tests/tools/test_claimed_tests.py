"""Processes that share a suite run each test once, whoever is free, and keep a class and a file together."""

import os
import subprocess
import sys
from xml.etree import ElementTree

from run_tests import PLUGINS

# A group waits until the other process has one too: both take part, whichever comes first.
TESTS = """
import os, pathlib, time, unittest

MARKS = pathlib.Path(__file__).parent / "marks"

def meet():
    (MARKS / str(os.getpid())).touch()
    end = time.monotonic() + 60
    while len(list(MARKS.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.02)

def test_one():
    meet()

def test_two():
    pass

class TestAlone(unittest.TestCase):
    def test_three(self):
        meet()

    def test_four(self):
        pass
"""


def test_each_test_runs_once_in_one_of_the_processes(tmp_path):
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(TESTS)
    (tmp_path / "marks").mkdir()
    (tmp_path / "claims").mkdir()
    options = ["-q", "-p", "no:odoo", "-p", "no:cacheprovider", "-p", "claimed_tests", "--claims", "claims"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, "--rootdir=.", "-c", os.devnull, f"--junitxml={name}.xml", "."],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(PLUGINS)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    outputs = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], outputs
    shares = [_read(tmp_path / f"{name}.xml") for name in ("first", "second")]
    assert all(shares), "one process did nothing"
    assert sorted(shares[0] + shares[1]) == sorted(
        (file, name) for file in ("test_a", "test_b") for name in ("test_one", "test_two", "test_three", "test_four")
    )
    # What belongs together stayed together: the functions of a file, the methods of a class.
    for together in ({"test_one", "test_two"}, {"test_three", "test_four"}):
        for file in ("test_a", "test_b"):
            assert len([share for share in shares if {name for place, name in share if place == file} & together]) == 1


def _read(report):
    cases = ElementTree.parse(report).iter("testcase")
    return [(case.get("classname").split(".")[0], case.get("name")) for case in cases]
