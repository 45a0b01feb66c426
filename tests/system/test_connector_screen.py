"""A billing administrator connects a bucket on the screen: settings, a secret, hosts, and what a test says.

Amazon is moto, which verifies signatures and rights.
"""

import contextlib
import re

import pages
import pytest
from playwright.sync_api import expect
from servers.moto import Moto
from test_connectors_cloud import documented_policy, put_samples

SECONDS = 1000
WORK = """
env["cloud.connector.fetcher"]._cron_fetch_usage()
env["cloud.usage.importer"]._cron_import_usage()
print("WORKED")
"""


@pytest.fixture(scope="module")
def moto(samples):
    """Buckets `bills` and `empty`, and a key that may read them."""
    server = Moto()
    try:
        policies = [documented_policy("Amazon S3", bucket, "exports") for bucket in ("bills", "empty")]
        server.key = server.make_key("reader", *policies)
        server.lock()
        for bucket in ("bills", "empty"):
            server.make_bucket(bucket)
        put_samples(server, samples)
        yield server
    finally:
        server.stop()


@pytest.fixture
def person(server, login, browser, script):
    """(page, session, function that lets the schedule run) of an administrator with a source for Amazon's bills."""
    running = server()
    session = login(running)
    session.call("cloud.usage.source", "create", {"name": "Amazon, main account", "reader": "aws_cur"})
    return browser(running), session, lambda: work(script(running.database, WORK))


def work(process):
    """Let the scheduled actions run once, in a process of their own."""
    printed = process.communicate(timeout=300)[0]
    assert "WORKED" in printed, printed[-3000:]


def choose(page, field, label):
    """Choose a value of a selection or a many2one by its label."""
    box = page.locator(f"div[name={field}]")
    if box.locator("select").count():
        return box.locator("select").select_option(label=label)
    box.locator("input").fill(label)
    return page.locator(".o-autocomplete--dropdown-item, .o_select_menu_item").filter(has_text=label).first.click()


def setting(page, name):
    return page.locator(f"[data-setting={name}]").locator("input, select, textarea").first


def fill(page, **values):
    for name, value in values.items():
        setting(page, name).fill(value)
        setting(page, name).press("Tab")


def keep_secret(page, name, value):
    """Type a secret and keep it with Enter; it is gone from the screen and its fingerprint stands there."""
    setting(page, name).fill(value)
    setting(page, name).press("Enter")
    expect(setting(page, name)).to_have_value("", timeout=30 * SECONDS)
    expect(page.locator(f"[data-setting={name}] code")).to_have_count(1)


def allow_hosts(page, are_inner=True):
    page.get_by_role("tab", name="Hosts").click()
    if are_inner:
        page.locator("div[name=host_ids] td[name=is_inner]").first.click()
        page.locator("div[name=host_ids] td[name=is_inner] input").first.check()
        pages.save(page)
    pages.press(page, "Allow These Hosts")
    pages.agree(page)
    page.get_by_role("tab", name="Settings").click()


@contextlib.contextmanager
def answer_of_test(page):
    """Press Test and give the panel with what it says."""
    pages.press_for_dialog(page, "Test", timeout=120 * SECONDS)
    yield pages.front(page)
    pages.press_for_dialog(page, "Close")


@pytest.mark.samples
def test_a_bucket_is_connected_and_every_trouble_is_told_with_its_remedy(person, moto, screenshot):
    page, session, let_it_work = person
    access, secret = moto.key
    pages.open_menu(page, "Usage", "Connectors")
    pages.press_for_page(page, "New")
    choose(page, "source_id", "Amazon, main account")
    choose(page, "kind", "Amazon S3: data exports, cost and usage reports, files")
    page.locator("[data-setting=access_key]").wait_for()
    page.locator("[data-group=more] legend button").click()
    fill(page, access_key=access, bucket="empty", prefix="exports", endpoint="http://127.0.0.1:9")
    keep_secret(page, "secret_key", "not the secret")
    allow_hosts(page)

    with answer_of_test(page) as panel:
        expect(panel).to_contain_text("127.0.0.1 cannot be reached")
        expect(panel).to_contain_text("whether a firewall lets this server through")

    fill(page, endpoint=moto.url)
    pages.save(page)
    expect(page.locator(".alert-info")).to_contain_text("a billing administrator must look at its hosts")
    allow_hosts(page)
    with answer_of_test(page) as panel:
        expect(panel.locator(".alert-danger")).to_contain_text(re.compile("secret", re.IGNORECASE))

    keep_secret(page, "secret_key", secret)
    with answer_of_test(page) as panel:
        expect(panel.locator(".alert-success, .alert-warning")).to_contain_text("empty")

    fill(page, bucket="bills", prefix="exports/now")
    pages.save(page)
    expect(page.locator(".o_notification")).to_have_count(0, timeout=30 * SECONDS)
    page.locator(".o_form_view .oe_title").scroll_into_view_if_needed()
    screenshot(page, "connector_form")
    with answer_of_test(page) as panel:
        expect(panel.locator(".alert-success")).to_contain_text("The test went well")
        expect(panel.locator("div[name=preview_rows] tbody tr").first).to_be_visible()
        screenshot(page, "connector_test")

    assert secret not in page.content()
    [connector] = session.call("cloud.connector", "search", [])
    session.call("cloud.connector", "write", [connector], {"fetch_from": "2026-10-01"})
    pages.press(page, "Turn On")
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("In use")

    add_connector(session, "Amazon, second account", moto, endpoint="http://127.0.0.1:9")
    add_connector(session, "Amazon, third account", moto, secret="not the secret")
    let_it_work()
    pages.open_menu(page, "Usage", "Connectors")
    cards = {name: page.locator(".o_kanban_record").filter(has_text=name) for name in ("main", "second", "third")}
    expect(cards["main"].locator(".text-success")).to_have_count(1)
    expect(cards["main"]).to_contain_text("It asked for Thu 1 Oct 2026, 00:00 to")
    expect(cards["main"]).to_contain_text("One delivery was taken")
    expect(cards["second"].locator(".text-warning")).to_have_count(1)
    expect(cards["second"]).to_contain_text("It is tried again on")
    expect(cards["third"].locator(".text-danger")).to_have_count(1)
    expect(cards["third"]).to_contain_text("Type the secret in again")
    screenshot(page, "connector_activity")

    pages.open_menu(page, "Month", "This Month")
    expect(page.locator("[data-step=usage_in]")).to_contain_text("One source does not come in: see Usage, Connectors.")
    assert page.problems == []


def add_connector(session, name, moto, secret=None, **options):
    """Another connector to the bucket, in use; as a script would make it."""
    access, own_secret = moto.key
    source = session.call("cloud.usage.source", "create", {"name": name, "reader": "aws_cur"})
    places = {"bucket": "bills", "prefix": "exports/now", "endpoint": moto.url, **options}
    connector = session.call(
        "cloud.connector",
        "create",
        {
            "source_id": source,
            "kind": "s3",
            "options": {"access_key": access, **places},
        },
    )
    session.call("cloud.connector", "set_secret", [connector], "secret_key", secret or own_secret)
    [hosts] = session.call("cloud.connector", "read", [connector], ["host_ids"])
    session.call("cloud.connector.host", "write", hosts["host_ids"], {"is_inner": True})
    session.call("cloud.connector", "action_allow_hosts", [connector])
    session.call("cloud.connector", "action_turn_on", [connector])
