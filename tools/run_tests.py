"""`make test`: every suite, then one summary of what ran, what failed and what did not run and why.

A suite that ran nothing, or a test file in it that ran nothing, is a failure. What could not run (no browser, no
samples, no Odoo) is told; REQUIRE_ALL=1 makes that a failure too.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import instance
import python_env
from common import DEV, ROOT, Problem, main, say

REPORTS = DEV / "output"
# A suite that hangs ends here; Python prints where it stood.
SECONDS = {"engine": 300, "odoo": 900, "system": 1200}
# Every suite reads the same folder, whatever its own idea of where it stands.
SAMPLES = Path(os.environ.get("CLOUD_BILLING_SAMPLES") or ROOT.parent / "shared" / "samples")


class Suite(NamedTuple):
    """How to run one suite: a pytest command over some folders, and what to clean up afterwards."""

    command: list
    folders: list
    environ: dict
    clean_up: Callable = lambda: None


@dataclass
class Result:
    """What one suite did. `skipped` and `failures` name tests; `problem` is why the suite as a whole fell."""

    suite: str
    passed: int = 0
    failures: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    problem: str = ""
    not_run: str = ""
    seconds: float = 0

    @property
    def failed(self):
        return len(self.failures) or int(bool(self.problem))


def run_tests(names, require_all, selected=None):
    """Run the suites and print the summary; returns the exit code. selected: a pytest -k expression."""
    prepare = {"engine": _engine, "odoo": _odoo, "system": _system}
    results = []
    for name in names:
        result = Result(name)
        start = time.monotonic()
        try:
            suite = prepare[name]()
        except Problem as problem:
            result.not_run = str(problem)
            say(f"\n{problem}")
        else:
            say(f"==> Test: {name}")
            _run(suite, result, selected)
        result.seconds = time.monotonic() - start
        results.append(result)
    return _summary(results, require_all)


# ---- the suites; a Problem says why one cannot run here ----


def _engine():
    python = python_env.ready("odoo") or python_env.ensure("engine")
    return Suite([python, "-m", "pytest", "-p", "no:odoo"], ["tests/engine", "tests/tools"], dict(os.environ))


def _odoo():
    odoo = _instance()
    database = odoo.temporary_name("odoo")
    odoo.clone(odoo.tested_template(), database)
    config = odoo.write_config(DEV / "run" / f"{database}.conf", db_name=database, log_level="error")

    def clean_up():
        odoo.drop(database)
        config.unlink()

    addons = [path.parent for path in sorted(ROOT.glob("*/__manifest__.py"))]
    folders = [f"{addon.name}/tests" for addon in addons if (addon / "tests").is_dir()]
    environ = {**odoo.environ, "ODOO_RC": str(config)}
    return Suite([odoo.python, "-m", "pytest", "--odoo-http"], folders, environ, clean_up)


def _system():
    odoo = _instance()
    return Suite([odoo.python, "-m", "pytest", "-p", "no:odoo"], ["tests/system"], dict(os.environ))


def _instance():
    odoo = instance.ensure()
    odoo.drop_leftovers()
    return odoo


def _run(suite, result, selected):
    """Run one suite's pytest to its end and read its report into `result`."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{result.suite}.xml"
    report.unlink(missing_ok=True)
    seconds = SECONDS[result.suite]
    options = ["-q", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}", "-o", "junit_family=xunit1"]
    options += ["-o", "junit_logging=no", "-o", f"faulthandler_timeout={seconds - 60}"]
    options += ["-k", selected] if selected else []
    command = [str(part) for part in [*suite.command, *options, *suite.folders]]
    environ = {**suite.environ, "CLOUD_BILLING_SAMPLES": str(SAMPLES)}
    # A session of its own: when it hangs, the servers and browsers it started end with it.
    process = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True)
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        result.problem = f"took longer than {seconds} s and was stopped"
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise
    finally:
        suite.clean_up()
    read_report(result, report)
    result.problem = result.problem or _get_problem(suite, result, report, code, selected)


def _get_problem(suite, result, report, code, selected):
    """What is wrong with a suite beyond its failed tests; empty when nothing is."""
    if code not in (0, 1):
        return f"pytest ended with exit code {code}"
    if not result.passed + len(result.failures) + len(result.skipped):
        return "it ran nothing"
    silent = [] if selected else silent_files(suite.folders, report)
    return f"these files ran nothing: {', '.join(silent)}" if silent else ""


def read_report(result, report):
    """Count the test cases of a JUnit report into `result`; a test that failed and also fell in teardown is one."""
    for case in _cases(report):
        name = f"{case.get('file') or case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failures.append(name)
        elif skipped is not None:
            result.skipped.append(f"{name}: {skipped.get('message') or 'no reason given'}")
        else:
            result.passed += 1


def silent_files(folders, report):
    """Test files in the folders of which the report has no test case."""
    told = {case.get("file") for case in _cases(report)}
    present = [path for folder in folders for path in sorted((ROOT / folder).rglob("test_*.py"))]
    return [name for name in (path.relative_to(ROOT).as_posix() for path in present) if name not in told]


def _cases(report):
    """The test cases of the report that our own pytest wrote; none when it fell before."""
    return list(ElementTree.parse(report).iter("testcase")) if report.is_file() else []  # nosec B314


def _summary(results, require_all):
    """Print what happened, the totals alone on the last line; returns the exit code."""
    say(f"\n{'suite':8} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for result in results:
        say(f"{result.suite:8} {result.passed:7} {result.failed:7} {len(result.skipped):8} {result.seconds:8.0f}")
    incomplete = False
    for result in results:
        lines = [f"failed   {name}" for name in result.failures]
        lines += [f"failed   {result.suite}: {result.problem}"] if result.problem else []
        lines += [f"skipped  {name}" for name in result.skipped]
        lines += [f"not run  {result.suite}: {result.not_run}"] if result.not_run else []
        incomplete = incomplete or bool(result.skipped or result.not_run)
        for line in lines:
            say(line)
    if require_all and incomplete:
        say("failed   REQUIRE_ALL is set, and not everything ran")
    failed = sum(result.failed for result in results)
    say(f"{sum(r.passed for r in results)} passed, {failed} failed, {sum(len(r.skipped) for r in results)} skipped")
    return 1 if failed or (require_all and incomplete) else 0


if __name__ == "__main__":
    given = dict(part.split("=", 1) for part in sys.argv[1:] if not part.endswith("="))
    chosen = given.get("SUITE", "engine odoo system").split()
    main(lambda: run_tests(chosen, os.environ.get("REQUIRE_ALL") == "1", given.get("K")))
