"""What every tool shares: where things lie, how a step is announced, how a problem is told.

Standard library only: these tools run before there is an environment to import anything from.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Everything the tools make lies under this one folder; several checkouts may share it.
DEV = Path(os.environ.get("CLOUD_BILLING_DEV") or ROOT / ".dev").expanduser().resolve()
LOGS = DEV / "log"
OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)

_print_lock = threading.Lock()


class Problem(Exception):
    """Something a person has to settle. The text says what is missing and what to do next."""


def say(text):
    """One line of progress, complete even when two steps run side by side."""
    with _print_lock:
        print(text, flush=True)


@contextlib.contextmanager
def step(what):
    """Announce a step and, at its end, how long it took; `result.append(text)` adds what came out of it."""
    say(f"==> {what}")
    start = time.monotonic()
    result = []
    yield result
    detail = f": {', '.join(result)}" if result else ""
    say(f"    done in {time.monotonic() - start:.1f} s{detail}")


@contextlib.contextmanager
def exclusive(name):
    """Hold a lock in DEV, so that two checkouts or two terminals never build the same thing at once."""
    DEV.mkdir(parents=True, exist_ok=True)
    with open(DEV / f"{name}.lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"    waiting for another run to finish with {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(command, what, log=None, **options):
    """Run a command to its end and return what it printed. A failure becomes a Problem that quotes its last lines.

    log: a path that keeps the whole output.
    """
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **options,
    )
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout)
    if done.returncode:
        tail = "\n".join("    | " + line for line in done.stdout.strip().splitlines()[-15:])
        where = f"\nThe whole output is in {log}." if log else ""
        raise Problem(f"{what} failed (exit {done.returncode}).\n{tail}{where}")
    return done.stdout


def need_disk(gigabytes, what):
    """Refuse before the disk fills up, not in the middle of a half-written tree."""
    DEV.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(DEV).free / 1e9
    if free < gigabytes:
        raise Problem(
            f"{what} needs {gigabytes} GB of disk, and {DEV} has {free:.1f} GB left. Free some space, or set"
            " CLOUD_BILLING_DEV to a folder on a larger disk."
        )


def parallel(*functions):
    """Call the functions side by side and return their results in order; the first failure is raised."""
    results = [None] * len(functions)
    errors = []

    def call(index, function):
        try:
            results[index] = function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=call, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def check_python():
    """Refuse a Python that Odoo 19 does not run on."""
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        raise Problem(
            f"This is Python {sys.version.split()[0]}; Odoo 19 runs on Python 3.10 to 3.13. Name another one:"
            " make PYTHON=python3.12 ..."
        )


def main(function):
    """Run a tool; a Problem is printed as a sentence, without a traceback."""
    try:
        check_python()
        sys.exit(function() or 0)
    except Problem as problem:
        say(f"\n{problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("\nStopped.")
        sys.exit(130)
