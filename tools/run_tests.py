"""`make test`: every suite, then one summary of what ran, what failed and what did not run and why.

A suite that ran nothing, or a test file in it that ran nothing, is a failure. What could not run (no browser, no
samples, no Odoo) is told; REQUIRE_ALL=1 makes that a failure too.

Each suite runs in several processes at once, which take the next class or file when they are free (claimed_tests.py):
one process keeps one core busy. Those of Odoo's tests have a database of their own each, and keep what classes set up
alike (kept_set_ups.py).
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import instance
import python_env
import server
from common import DEV, ROOT, Problem, main, parallel, say

REPORTS = DEV / "output"
# A suite that hangs ends here; Python prints where it stood.
SECONDS = {"engine": 900, "odoo": 3000, "system": 3600}
# More processes than two gain little: the database works beside each of them.
PROCESSES = min(2, os.cpu_count() or 1)
# The system tests wait for servers, browsers and clocks: a third process works meanwhile.
SYSTEM_PROCESSES = PROCESSES + 1
# Begun first, so that no process is left with one of them at the end.
LONG_FILES = ("test_month_of_300.py", "test_install.py", "test_canary_secret.py", "test_sample_month.py")
PLUGINS = ROOT / "tools" / "plugins"
# Every suite reads the same folder, whatever its own idea of where it stands.
SAMPLES = Path(os.environ.get("CLOUD_BILLING_SAMPLES") or ROOT.parent / "shared" / "samples")


class Part(NamedTuple):
    """One pytest process of a suite: its command over some files, and what to clean up afterwards.

    Parts with the same files share them out among themselves.
    """

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
    making = threading.Thread(target=_make_databases, daemon=True)
    results = []
    for name in names:
        result = Result(name)
        start = time.monotonic()
        if name == "engine" and len(names) > 1:
            making.start()
        elif making.is_alive():
            making.join()
        try:
            parts = prepare[name]()
        except Problem as problem:
            result.not_run = str(problem)
            say(f"\n{problem}")
        else:
            say(f"==> Test: {name}")
            _run(parts, result, selected)
        result.seconds = time.monotonic() - start
        results.append(result)
    return _summary(results, require_all)


def _make_databases():
    """What the tests in Odoo begin with, made while the engine's tests run: most of this keeps one core busy.

    A problem is left to the suite that needs them, which meets it again and tells it.
    """
    with contextlib.suppress(Problem):
        odoo = _instance()
        odoo.staged_template()
        odoo.siblings_template()
        odoo.base_template(with_demo=True)


# ---- the suites, as lists of Part; a Problem says why one cannot run here ----


def _engine():
    """The tests without Odoo; those of connectors wait for servers that are slow on purpose."""
    python = python_env.ready("odoo") or python_env.ensure("engine")
    files = [file for folder in ("engine", "tools") for file in sorted((ROOT / "tests" / folder).glob("test_*.py"))]
    return [_plain_part(python, files) for _ in range(PROCESSES)]


def _odoo():
    """The add-on's tests; those of the add-ons beside it in further processes, where these are installed."""
    odoo = _instance()
    staged = odoo.staged_template()
    files = sorted((ROOT / instance.MODULE / "tests").glob("test_*.py"))
    parts = [_odoo_part(odoo, staged, f"odoo{number}", files) for number in range(1, PROCESSES + 1)]
    tested_ones = [path for path in instance.sibling_manifests() if (path.parent / "tests").is_dir()]
    siblings = [path for path in tested_ones if instance.installs_itself(path)]
    if siblings:
        parts.append(_odoo_part(odoo, odoo.siblings_template(), "siblings", _find_tests(siblings)))
    for path in tested_ones:
        if path not in siblings:
            name = path.parent.name
            parts.append(_odoo_part(odoo, odoo.chosen_template(name), name[-20:], _find_tests([path])))
    return parts


def _find_tests(manifests):
    return [file for manifest in manifests for file in sorted((manifest.parent / "tests").glob("test_*.py"))]


def _odoo_part(odoo, template, name, files):
    database = odoo.temporary_name(name)
    odoo.clone(template, database)
    config = odoo.write_config(
        DEV / "run" / f"{database}.conf", db_name=database, log_level="error", http_port=server.free_port()
    )

    def clean_up():
        odoo.drop(database)
        config.unlink()

    folders = [path.relative_to(ROOT).as_posix() for path in files]
    environ = {**odoo.environ, "ODOO_RC": str(config)}
    return Part([odoo.python, "-m", "pytest", "--odoo-http", "-p", "kept_set_ups"], folders, environ, clean_up)


def _system():
    """The tests with real processes in several too: each waits long for the processes that it starts."""
    odoo = _instance()
    # One of them builds the database that all clone; the others would only wait for it.
    odoo.tested_template()
    files = sorted((ROOT / "tests" / "system").glob("test_*.py"), key=lambda file: (file.name not in LONG_FILES, file))
    return [_plain_part(odoo.python, files) for _ in range(SYSTEM_PROCESSES)]


def _plain_part(python, files):
    folders = [path.relative_to(ROOT).as_posix() for path in files]
    return Part([python, "-m", "pytest", "-p", "no:odoo"], folders, dict(os.environ))


def _instance():
    odoo = instance.ensure()
    odoo.drop_leftovers()
    return odoo


def _run(parts, result, selected):
    """Run the pytest processes of a suite to their end, at the same time, and read their reports into `result`."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    seconds = SECONDS[result.suite]
    shares = [Result(result.suite) for _part in parts]
    reports = [REPORTS / f"{result.suite}{number or ''}.xml" for number in range(len(parts))]
    try:
        with tempfile.TemporaryDirectory(dir=REPORTS) as claims:
            codes = parallel(
                *(
                    partial(_run_part, *each, seconds, selected, claims)
                    for each in zip(parts, shares, reports, strict=True)
                )
            )
    finally:
        for part in parts:
            part.clean_up()
    for share, report in zip(shares, reports, strict=True):
        read_report(share, report)
        result.passed += share.passed
        result.failures += share.failures
        result.skipped += share.skipped
    problems = [
        share.problem or _get_problem(code, selected, len(parts) > 1) for share, code in zip(shares, codes, strict=True)
    ]
    silent = [] if selected else silent_files(sorted({folder for part in parts for folder in part.folders}), reports)
    problems.append(f"these files ran nothing: {', '.join(silent)}" if silent else "")
    ran = result.passed + len(result.failures) + len(result.skipped)
    result.problem = "; ".join(filter(None, problems)) or ("" if ran else "it ran nothing")


def _run_part(part, result, report, seconds, selected, claims):
    """Run one pytest; returns its exit code. A problem of its own is noted in `result`."""
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}", "-o", "junit_family=xunit1"]
    options += ["-o", "junit_logging=no", "-o", f"faulthandler_timeout={seconds - 60}"]
    options += ["-p", "claimed_tests", f"--claims={claims}"]
    options += ["-k", selected] if selected else []
    command = [str(word) for word in [*part.command, *options, *part.folders]]
    places = os.pathsep.join(filter(None, [part.environ.get("PYTHONPATH"), str(PLUGINS)]))
    environ = {**part.environ, "CLOUD_BILLING_SAMPLES": str(SAMPLES), "PYTHONPATH": places}
    # A session of its own: when it hangs, the servers and browsers it started end with it.
    process = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True)
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        result.problem = f"took longer than {seconds} s and was stopped"
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise


def _get_problem(code, selected, is_share=False):
    """What a process of a suite says by its exit code beyond its failed tests; empty when nothing.

    is_share: others run too, so with a selection this one may have nothing to run.
    """
    # 5: pytest selected no test.
    if code in (0, 1) or (is_share and selected and code == 5):
        return ""
    return f"pytest ended with exit code {code}"


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


def silent_files(folders, reports):
    """Test files in the folders, or among these files, of which no report has a test case."""
    told = {case.get("file") for report in reports for case in _cases(report)}
    places = [ROOT / folder for folder in folders]
    present = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("test_*.py")))]
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
