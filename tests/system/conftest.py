"""Real processes for the system tests: a database of their own each, Odoo servers on loopback, scripts, a browser."""

import copy
import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
# The local servers of the engine's tests.
sys.path.append(str(ROOT / "tests" / "engine"))

import instance
import pages
from bill_runs import Billing
from common import DEV
from engine_alone import load_engine
from server import Server
from warm_odoo import WarmOdoo
from web import Session

# Under its stand-alone name, for tests of the engine that need a real server beside it.
load_engine()

OUTPUT = DEV / "output" / "screenshots"
# The shell first: the whole browser draws windows that nobody sees, at half as much work again.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = {"width": 1400, "height": 900}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember on the test whether it failed: the browser then shows where it stood."""
    report = yield
    if report.when == "call":
        item.has_failed = report.failed
    return report


@pytest.fixture(scope="session")
def odoo_env():
    """The Odoo of this checkout: `python`, `source`, `pg` (PostgreSQL), `command()`, `run()`, `environ`."""
    return instance.ensure()


@pytest.fixture(scope="session")
def tested_template(odoo_env):
    """A database with the add-on of this checkout installed, to clone; nobody connects to it."""
    return odoo_env.tested_template()


@pytest.fixture(scope="session")
def warm_env(odoo_env, tested_template, tmp_path_factory):
    """An `odoo_env` whose processes start fast, see warm_odoo.py. Not for other add-ons' code than this checkout's."""
    warm = WarmOdoo(odoo_env, tmp_path_factory.mktemp("warm"), tested_template)
    warm_env = copy.copy(odoo_env)
    warm_env.launcher = warm.launcher
    yield warm_env
    warm.stop()


@pytest.fixture
def database(request, odoo_env):
    """database(template=None) -> name: a clone in half a second, dropped after the test."""
    made = []

    def make(template=None):
        name = odoo_env.temporary_name(f"{len(made)}_{request.node.name}")
        odoo_env.clone(template or request.getfixturevalue("tested_template"), name)
        made.append(name)
        return name

    yield make
    for name in made:
        odoo_env.drop(name)


@pytest.fixture
def server(odoo_env, warm_env, database):
    """server(name=None, *options) -> a real Odoo: url, log, stop(), kill(). No scheduled actions without options."""
    started = []

    def start(name=None, *options):
        # One with workers starts itself anew, and has children that tests look for.
        odoo = odoo_env if any(option.startswith("--workers") for option in options) else warm_env
        one = Server(odoo, name or database())
        started.append(one)
        return one.start(*(options or ("--max-cron-threads=0",)))

    yield start
    for one in started:
        if one.odoo is odoo_env:
            one.stop()
        elif one.process.poll() is None:
            # Its database goes away too: there is nothing to finish.
            one.kill()


@pytest.fixture
def login():
    """login(server, login="admin", password="admin") -> Session, to call methods as that person over HTTP."""
    return lambda server, login="admin", password="admin": Session(server.url).login(server.database, login, password)


@pytest.fixture
def script(warm_env):
    """script(database, code) -> Popen of an Odoo shell that runs `code` with `env` (superuser); communicate() ends it.

    Nothing is committed unless the code says env.cr.commit(). Several may run at once: that is what they are for.
    """
    started = []

    def start(database, code):
        process = subprocess.Popen(
            warm_env.command("shell", "--no-http", "--log-level=warn", database=database),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=warm_env.environ,
            cwd=DEV,
            text=True,
        )
        started.append(process)
        process.stdin.write(code)
        process.stdin.close()
        # communicate() would write once more to the closed pipe.
        process.stdin = None
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def tell(script):
    """tell(database, code, timeout=200) -> what `code` prints behind the word TOLD, read as JSON; see `script`."""

    def run(database, code, timeout=200):
        printed = script(database, code).communicate(timeout=timeout)[0]
        line = next((line for line in printed.splitlines() if "TOLD " in line), None)
        assert line, printed
        return json.loads(line.partition("TOLD ")[2])

    return run


@pytest.fixture
def billing(odoo_env, database, script):
    """billing(template=None) -> Billing in a database of its own: bill runs to be killed and raced."""
    return lambda template=None: Billing(odoo_env, database(template), script)


@pytest.fixture(scope="session")
def chromium():
    """A real headless browser, Debian's; Playwright is told where it is and downloads none."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        pytest.skip("no browser: install Debian's package chromium, or set CHROMIUM to one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses root, and needs a kernel feature that containers often lack.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


def open_page(chromium, keep, server, login="admin", password="admin", path="/odoo", code=None):
    """A page of a person who has logged in, see `browser`; keep: is given the context, to close it."""
    context = chromium.new_context(
        viewport=PAGE, locale="en-US", timezone_id="UTC", base_url=server.url, reduced_motion="reduce"
    )
    # The first page of a database with further add-ons waits for its bundles.
    context.set_default_navigation_timeout(pages.LONG)
    keep(context)
    context.add_init_script(pages.COUNT_CALLS)
    page = context.new_page()
    page.problems = []
    page.password = password
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "response",
        lambda answer: page.problems.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
    )
    if code:
        _fill_login(page, login, password, code)
    else:
        # What the form would do: three pages less to draw.
        session = Session(server.url).login(server.database, login, password)
        context.add_cookies([{"name": "session_id", "value": session.cookie, "url": server.url}])
    if not code or path != "/odoo":
        page.goto(path)
        page.wait_for_selector(".o_main_navbar", timeout=pages.LONG)
    return page


def _fill_login(page, login, password, code):
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.fill("input[name=totp_token]", code())
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


@pytest.fixture
def browser(request, chromium):
    """browser(server, login="admin", password="admin", path="/odoo", code=None) -> a Playwright page of a person.

    The person has logged in; code: a function that returns what the person's authenticator shows, where there is one.

    page.problems lists what the page's scripts threw and the requests that failed with 5xx, so far. Of a test that
    fails a picture of each page stays beside the screenshots.
    """
    contexts = []
    yield functools.partial(open_page, chromium, contexts.append)
    for number, context in enumerate(contexts, 1):
        if getattr(request.node, "has_failed", False):
            for page in context.pages:
                page.screenshot(path=OUTPUT / f"failed_{request.node.name}_{number}.png")
        context.close()


@pytest.fixture
def screenshot():
    """screenshot(page, name, folder="docs/img") -> Path of the picture.

    SCREENSHOTS=1 puts it into the project too, where a page of it shows a picture of this name.
    folder: docs/img or cloud_billing/static/description.
    """

    def take(page, name, folder="docs/img", **options):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        path = OUTPUT / f"{name}.png"
        page.screenshot(path=path, **options)
        if os.environ.get("SCREENSHOTS") == "1" and _is_shown(path.name):
            (ROOT / folder).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, ROOT / folder / path.name)
        return path

    return take


def _is_shown(name):
    """Whether the README, a page of docs/ or the add-on's description shows a picture of this name."""
    pages = [ROOT / "README.rst", *(ROOT / "docs").glob("*.md"), *(ROOT / "cloud_billing/static").glob("*/index.html")]
    return any(f"/{name}" in page.read_text(encoding="utf-8") for page in pages)
