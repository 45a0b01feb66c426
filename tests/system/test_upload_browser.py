"""A person sends a large file in a real browser: seen on its way, paused, resumed, after a reload and a lost network.

Odoo runs with the limits it has by default. `make test` sends 60 MB, `make torture` 300 MB; two gigabytes are sent by

    CLOUD_BILLING_UPLOAD_MEGABYTES=2048 make test SUITE=system K=a_large_bill_is_paused
"""

import hashlib
import os
import re

import make_focus
import pages
import pytest
from playwright.sync_api import expect
from torture_lab import IS_LONG

IMPORTS = "/odoo/action-cloud_billing.cloud_usage_import_action"
MEGABYTES = int(os.environ.get("CLOUD_BILLING_UPLOAD_MEGABYTES") or (300 if IS_LONG else 60))
# Rows of make_focus take about 560 bytes.
ROWS_OF_A_MEGABYTE = 1_800
MB = 1_000_000
SECONDS = 1000


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator on a server with an empty company."""
    running = server(None, "--max-cron-threads=1")
    return browser(running, path=IMPORTS), login(running)


@pytest.fixture(scope="module")
def large_file(tmp_path_factory):
    """(path, rows) of a provider's bill, the same bytes each time."""
    rows = MEGABYTES * ROWS_OF_A_MEGABYTE
    path = tmp_path_factory.mktemp("upload") / "nimbus-2026-10.csv"
    make_focus.main(["--rows", str(rows), "--out", str(path)])
    assert path.stat().st_size >= MEGABYTES * MB
    return path, rows


class Network:
    """The way from the browser to the server, as slow as told, in megabytes a second."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def set(self, megabytes=None, *, is_there=True):
        limit = megabytes * MB if megabytes else -1
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": limit}
        self.session.send("Network.emulateNetworkConditions", {"offline": not is_there, **conditions})


def open_wizard(page):
    page.goto(IMPORTS)
    page.click("button:has-text('Import Usage')")
    page.wait_for_selector(".modal .o_cloud_usage_files")


def percent(page):
    return int(page.locator(".o_usage_upload [role=progressbar]").get_attribute("aria-valuenow"))


def wait_for_percent(page, least):
    page.wait_for_function(
        "(least) => Number(document.querySelector('.o_usage_upload [role=progressbar]')?.ariaValueNow) >= least",
        arg=least,
        timeout=60 * SECONDS,
    )


def has_arrived(page):
    page.wait_for_selector(".modal .o_attachment", timeout=(120 + MEGABYTES // 4) * SECONDS)


def status(page):
    return page.locator(".o_usage_upload_status")


def kept_checksum(session):
    [file] = session.call("cloud.usage.file", "search_read", [], ["sha256", "size"])
    return file["sha256"], int(file["size"])


def test_a_large_bill_is_paused_resumed_and_imported(person, large_file, screenshot):
    page, session = person
    path, rows = large_file
    open_wizard(page)
    network = Network(page)
    network.set(MEGABYTES / 6)
    page.set_input_files(".modal input[type=file]", path)
    wait_for_percent(page, 20)
    expect(status(page)).to_have_text(re.compile(r"left$"), timeout=20 * SECONDS)
    screenshot(page, "upload_under_way")
    # Nobody looks at half a delivery.
    assert page.locator(".modal button[name=action_look]").count() == 0
    pages.press(page, "Pause")
    expect(status(page)).to_have_text("Paused")
    paused_at = percent(page)
    page.wait_for_timeout(500)
    assert percent(page) == paused_at < 100

    # Another day: the page is loaded anew, and the same file goes on where it was.
    network.set()
    open_wizard(page)
    unfinished = page.locator(".o_usage_upload_unfinished")
    expect(unfinished).to_contain_text("Choose the same file again to go on")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/usage_upload/" in request.url else None)
    page.set_input_files(".modal input[type=file]", path)
    has_arrived(page)
    assert unfinished.count() == 0
    parts = -(-path.stat().st_size // (8 * 1024 * 1024))
    assert 0 < len(sent) < parts, "parts that were there were sent again"

    page.fill(".modal div[name=source_name] input", "Nimbus")
    page.click(".modal button[name=action_look]")
    page.wait_for_selector(".modal .o_cloud_usage_preview", timeout=60 * SECONDS)
    page.click(".modal button[name=action_import]")
    page.wait_for_selector(".modal", state="detached")
    read_in_the_background(page, session, rows, screenshot)
    with open(path, "rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    assert kept_checksum(session) == (checksum, path.stat().st_size)
    assert page.problems == []


def read_in_the_background(page, session, rows, screenshot):
    """Watch an import on its form, pause it half-way and let it go on."""
    bar = page.locator(".o_cloud_import_progress [role=progressbar]")
    bar.wait_for(timeout=60 * SECONDS)
    # Asked beside the page, which looks every two seconds only.
    while not session.call("cloud.usage.import", "search_count", [["rows_read", ">", 0]]):
        page.wait_for_timeout(50)
    pages.press(page, "Pause")
    sentence = page.locator(".o_cloud_import_sentence")
    expect(sentence).to_have_text(re.compile("^Paused. Later deliveries"), timeout=30 * SECONDS)
    [paused] = session.call("cloud.usage.import", "search_read", [], ["state", "rows_read", "rows_accepted"])
    assert paused["state"] == "staging" and 0 < paused["rows_read"] < rows
    assert int(bar.get_attribute("aria-valuenow")) < 100
    screenshot(page, "import_paused")
    pages.press(page, "Resume")
    # A megabyte is 1,800 rows, of which an idle machine takes 30,000 a second.
    pages.expect_state(page, "Imported", timeout=4 * MEGABYTES * SECONDS)
    [ended] = session.call("cloud.usage.import", "search_read", [], ["state", "rows_read", "rows_accepted"])
    assert (ended["state"], ended["rows_read"], ended["rows_accepted"]) == ("imported", rows, rows)


def test_a_lost_network_only_delays(person, large_file):
    page, session = person
    path, _rows = large_file
    open_wizard(page)
    network = Network(page)
    network.set(MEGABYTES / 4)
    page.set_input_files(".modal input[type=file]", path)
    wait_for_percent(page, 15)
    network.set(is_there=False)
    expect(status(page)).to_have_text("No connection: tried again soon", timeout=20 * SECONDS)
    network.set()
    has_arrived(page)
    [upload] = session.call("cloud.usage.upload", "search_read", [], ["size", "is_finished"])
    assert (int(upload["size"]), upload["is_finished"]) == (path.stat().st_size, True)


def test_a_file_that_is_removed_leaves_nothing_behind(person, large_file):
    page, session = person
    path, _rows = large_file
    open_wizard(page)
    Network(page).set(MEGABYTES / 6)
    page.set_input_files(".modal input[type=file]", path)
    wait_for_percent(page, 15)
    page.get_by_label(f"Remove {path.name}").click()
    page.wait_for_selector(".o_usage_upload", state="detached")
    pages.settle(page)
    assert session.call("cloud.usage.upload", "search_count", []) == 0


def test_checksums_are_right_without_the_help_of_a_browser_over_http(person):
    page, _session = person
    contents = [bytes(range(256)) * count + b"x" * rest for count, rest in ((0, 0), (0, 3), (0, 55), (0, 56), (1, 64))]
    found = page.evaluate(
        """(contents) => {
            const { sha256Slowly } = odoo.loader.modules.get("@cloud_billing/usage_files/sha256");
            const hex = (digest) => [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
            return contents.map((content) => hex(sha256Slowly(Uint8Array.from(content).buffer)));
        }""",
        [list(content) for content in contents],
    )
    assert found == [hashlib.sha256(content).hexdigest() for content in contents]
