"""`make torture`: the long profile of what `make test` plays shortly.

    make torture                 the engine's properties, then processes killed at 60 places, raced by eight, poisoned
    make torture SUITE=engine    every property of tests/engine with 2,000 examples, a file per core at a time; then
                                 10,000 hostile files
    make torture SUITE=system    the long profile of tests/system/test_torture*.py and test_upload_browser.py alone
    make torture K="percentage"  a pytest -k expression

A property that failed, or that stopped before 2,000 examples without having tried all there are, fails the run. What
hypothesis found is printed as it prints it: the example can be tried again with the same command.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import python_env
import run_tests
from common import ROOT, main, say

EXAMPLES = 2000
FOLDER = ROOT / "tests" / "engine"
HOSTILE = FOLDER / "test_reader_hostile_files.py"
# A file that hangs ends here.
SECONDS = 3600
SUITES = "engine system"
_TEST = re.compile(r"^(?P<test>tests/engine/\S+::.+):$")
_COUNTS = re.compile(r"- (?P<passing>\d+) passing.*?, (?P<failing>\d+) failing")
_STOPPED = re.compile(r"- Stopped because (?P<why>.+)$")


class Property(NamedTuple):
    """What became of one property. is_done: it tried all examples it was asked for, or all that there are."""

    name: str
    passing: int
    failing: int
    is_done: bool


def torture(suites, selected):
    """Run the long profile of these suites; returns the exit code. selected: a pytest -k expression, or None."""
    code = torture_engine(selected) if "engine" in suites else 0
    return max(code, torture_system(selected)) if "system" in suites else code


def torture_system(selected):
    """Real processes: killed at many places, many at once, a crowd with a poisoned customer, large files."""
    os.environ["CLOUD_BILLING_TORTURE"] = "long"
    run_tests.SECONDS["system"] = 2 * SECONDS
    long = "(torture or upload_browser)"
    return run_tests.run_tests(["system"], False, f"{long} and ({selected})" if selected else long)


def torture_engine(selected):
    """Run the properties and print the counts; returns the exit code."""
    python = python_env.ready("odoo") or python_env.ensure("engine")
    files = [path for path in sorted(FOLDER.glob("test_*.py")) if "@given" in path.read_text(encoding="utf-8")]
    tried, is_fine = [], True
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, (code, output) in zip(files, pool.map(lambda path: _run(python, path, selected), files), strict=True):
            properties = read_statistics(output)
            tried += properties
            for one in properties:
                say(f"{one.passing + one.failing:6} {get_verdict(one):7} {one.name}")
            # 5: the expression chose nothing in this file.
            if code not in (0, 5):
                is_fine = False
                say(f"{path.name} ended with exit code {code}:\n{_without_statistics(output)}")
    if not selected:
        code, output = _run(python, HOSTILE, None, marker="not hypothesis")
        is_fine = is_fine and not code
        say(output)
    return summarise(tried, is_fine)


def _run(python, path, selected, marker="hypothesis"):
    """(exit code, output) of one file's properties, or of what else is marked so."""
    command = [
        python,
        "-m",
        "pytest",
        "-p",
        "no:odoo",
        "-p",
        "no:cacheprovider",
        "-q",
        "--tb=short",
        "-m",
        marker,
    ]
    command += ["--hypothesis-show-statistics", *(["-k", selected] if selected else []), path.relative_to(ROOT)]
    environ = {**os.environ, "HYPOTHESIS_PROFILE": "torture", "CLOUD_BILLING_TORTURE": "long"}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT, env=environ, timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as expired:
        return 1, f"{expired.stdout or ''}\nTook longer than {SECONDS} s and was stopped."
    return done.returncode, done.stdout


def read_statistics(output):
    """The Property of each test that hypothesis told about. A phase of its own (reuse, generate, shrink) counts too."""
    properties, name = [], None
    for line in output.splitlines():
        if found := _TEST.match(line):
            name, passing, failing = found["test"].partition("::")[2], 0, 0
        elif name and (found := _COUNTS.search(line)):
            passing, failing = passing + int(found["passing"]), failing + int(found["failing"])
        elif name and (found := _STOPPED.search(line)):
            is_done = passing >= EXAMPLES or "nothing left to do" in found["why"]
            properties.append(Property(name, passing, failing, is_done and not failing))
            name = None
    return properties


def get_verdict(one):
    if one.failing:
        return "failed"
    return "passed" if one.is_done else "too few"


def summarise(tried, is_fine):
    """Print the totals alone on the last line; returns the exit code."""
    bad = [one for one in tried if not one.is_done]
    for one in bad:
        say(f"{get_verdict(one):8} {one.name}: {one.passing} of {EXAMPLES} examples passed")
    if not tried:
        say("No property was chosen.")
    examples = sum(one.passing + one.failing for one in tried)
    say(f"{len(tried)} properties, {examples} examples, {len(bad)} failed")
    return 0 if tried and is_fine and not bad else 1


def _without_statistics(output):
    return output.partition("= Hypothesis Statistics =")[0]


if __name__ == "__main__":
    given = dict(part.split("=", 1) for part in sys.argv[1:] if not part.endswith("="))
    main(lambda: torture(given.get("SUITE", SUITES).split(), given.get("K")))
