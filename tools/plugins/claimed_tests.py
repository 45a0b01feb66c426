"""A pytest plugin for processes that share a suite: who is free takes the next class, or file of functions.

--claims FOLDER: where the processes leave a mark for what one of them took. Each collects everything, in the same
order, and reports what it ran itself. Shares cut beforehand leave one process waiting for minutes.
"""

import hashlib
import os
from itertools import groupby
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--claims", type=Path, help="the folder in which processes mark what they took")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    folder = session.config.getoption("--claims")
    if folder is None or session.testsfailed or session.config.option.collectonly:
        return None
    items = _claim(session.items, folder)
    item = next(items, None)
    while item is not None:
        # The next one is known beforehand: pytest then keeps what both need.
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def _claim(items, folder):
    """The tests that nobody else runs; a group is taken when its first test is asked for."""
    for name, group in groupby(items, _name_group):
        mark = folder / hashlib.sha256(name.encode()).hexdigest()
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            continue
        yield from group


def _name_group(item):
    return item.nodeid.rpartition("::")[0] if getattr(item, "cls", None) else item.nodeid.partition("::")[0]
