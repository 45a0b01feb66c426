"""Every kind of connector as a person meets it: its form is filled in, and what Test says is read from the screen.

A wrong key, the right one, a place with nothing in it, a server that is gone. One Odoo and one browser for all.
"""

import re
from contextlib import ExitStack
from datetime import datetime, timezone

import pages
import pytest
from conftest import OUTPUT, open_page
from connector_table import KINDS, NOBODY, PICTURES, get_mapping
from playwright.sync_api import expect
from server import Server
from web import Session

SECONDS = 1000
MODEL = "cloud.connector"


class Desk:
    """A billing administrator at the screen, and a session that makes what is there before he comes."""

    def __init__(self, page, session):
        self.page = page
        self.session = session
        self.labels = dict(session.call(MODEL, "fields_get", ["kind"])["kind"]["selection"])
        self.open_list()

    def open_list(self):
        self.page.goto("/odoo/action-cloud_billing.cloud_connector_action")
        self.page.locator(".o_kanban_renderer, .o_view_nocontent").first.wait_for()

    def make_source(self, name):
        """The name of a source for a kind, read as it brings it."""
        vals = {"name": f"Usage of {name}", "reader": KINDS[name].reader, "default_currency": "EUR"}
        if KINDS[name].meaning:
            vals["sample_kind"] = KINDS[name].meaning
        if not vals["reader"]:
            made = self.session.call("cloud.usage.format", "create", {"name": name})
            definition = {"format_id": made, "definition": get_mapping(name)}
            self.session.call("cloud.usage.format.version", "create", definition)
            vals |= {"reader": "own_columns", "format_id": made}
        self.session.call("cloud.usage.source", "create", vals)
        return vals["name"]

    def begin(self, name):
        """A new connector of this kind, its settings drawn."""
        page = self.page
        pages.press(page, "New", page.locator(".o_control_panel"))
        expect(page.locator("[data-setting]")).to_have_count(0)
        pages.choose(page, "source_id", self.make_source(name))
        box = pages.field(page, "kind")
        box.locator("input, select").first.click()
        label = re.compile(rf"^\s*{re.escape(self.labels[name])}\s*$")
        page.locator(".o_select_menu_item").filter(has_text=label).first.click()
        page.locator("[data-setting]").first.wait_for()

    def open_more(self):
        """Unfold what is folded at first, and again once the form is saved."""
        more = self.page.locator("[data-group=more] legend button")
        if more.count() and more.get_attribute("aria-expanded") == "false":
            more.click()

    def fill(self, settings):
        self.open_more()
        for name, value in settings.items():
            entry = self.page.locator(f"[data-setting={name}]").locator("input, select, textarea").first
            if value is True:
                # A box that is drawn anew at the very moment would be taken for one that did not change.
                pages.settle(self.page)
                entry.check()
            elif entry.evaluate("entry => entry.tagName") == "SELECT":
                entry.select_option(value)
            else:
                entry.fill(value)
                entry.press("Tab")

    def keep_secret(self, name, word):
        """Type a secret and keep it; it is gone from the screen, and its fingerprint stands there."""
        self.open_more()
        box = self.page.locator(f"[data-setting={name}]")
        entry = box.locator("input, textarea").first
        before = box.locator("code").all_inner_texts()
        entry.fill(word)
        box.get_by_role("button", name="Keep It").click()
        expect(entry).to_have_value("", timeout=30 * SECONDS)
        expect(box.locator("code")).not_to_have_text(before or ["none"], timeout=30 * SECONDS)

    def allow_hosts(self):
        """Tick what is on this machine as within our own network, and allow all."""
        page = self.page
        # The form is loaded anew once a secret is kept.
        pages.settle(page)
        pages.open_tab(page, "Hosts")
        own = page.locator("div[name=host_ids] tr.o_data_row").filter(has_text="127.0.0.1")
        own.first.wait_for()
        for number in range(own.count()):
            own.nth(number).locator("td[name=is_inner]").click()
            own.nth(number).locator("td[name=is_inner] input").check()
        pages.save(page)
        pages.press(page, "Allow These Hosts")
        pages.agree(page)
        pages.settle(page)
        pages.open_tab(page, "Settings")

    def test(self, take=None):
        """Press Test; returns (colour, sentences, rows that are shown). take(dialog) makes a picture."""
        page = self.page
        pages.press_for_dialog(page, "Test", timeout=90 * SECONDS)
        panel = pages.front(page)
        alert = panel.locator(".alert")
        alert.wait_for()
        colour = re.search(r"alert-(\w+)", alert.get_attribute("class"))[1]
        told = " ".join(alert.inner_text().split()), panel.locator("div[name=preview_rows] tbody tr").count()
        if take:
            take(panel)
        pages.press_for_dialog(page, "Close")
        return colour, *told


@pytest.fixture(scope="module")
def desk(odoo_env, tested_template, chromium):
    with ExitStack() as stack:
        database = odoo_env.temporary_name("connectors_on_screen")
        odoo_env.clone(tested_template, database)
        stack.callback(odoo_env.drop, database)
        running = Server(odoo_env, database).start("--max-cron-threads=0")
        stack.callback(running.stop)
        session = Session(running.url).login(database, "admin", "admin")
        page = open_page(chromium, lambda context: stack.callback(context.close), running)
        yield Desk(page, session)


@pytest.fixture(autouse=True)
def picture(request, desk):
    """Of a test that fails, as of every browser test; the next one begins anew."""
    yield
    if getattr(request.node, "has_failed", False):
        desk.page.screenshot(path=OUTPUT / f"failed_{request.node.name}.png")
        desk.page.problems.clear()
        desk.open_list()


def say(text, places):
    """A text with what stands in for the {names} of places; other braces are a connector's own."""
    for name, value in places.items() if isinstance(text, str) else ():
        text = text.replace(f"{{{name}}}", value)
    return text


def say_all(texts, places):
    return {name: say(text, places) for name, text in texts.items()}


def test_every_kind_is_in_the_table(desk):
    assert set(KINDS) == set(desk.labels)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_is_in_the_way_and_what_is_there_is_read_from_the_screen(name, desk, tmp_path, screenshot):
    kind = KINDS[name]

    def read_test(which):
        take = None
        if (name, which) in PICTURES:

            def take(dialog):
                pages.close_notes(desk.page)
                screenshot(desk.page, f"connector_{name}_{which}", clip=dialog.bounding_box())

        return desk.test(take)

    with ExitStack() as stack:
        system = kind.start(stack, tmp_path, desk.session)
        places = system.places
        secrets = say_all(kind.secrets, places)
        first, asked = kind.first or ({}, "")
        desk.begin(name)
        desk.fill({**say_all(kind.fill, places), **first})
        for each in secrets:
            desk.keep_secret(each, kind.wrong.get(each, "wrong"))
        if not secrets:
            pages.save(desk.page)
        if not kind.alone:
            desk.allow_hosts()
        if asked:
            colour, told, _rows = read_test("first")
            assert (colour, say(asked, places) in told) == ("warning", True), told
            desk.fill({each: say(kind.fill[each], places) for each in first})

        usual = {each: desk.page.locator(f"[data-setting={each}] select").input_value() for each in kind.refuse}
        desk.fill(say_all(kind.refuse, places))
        colour, told, _rows = read_test("refused")
        assert (colour, kind.refused in told) == ("danger", True), told
        desk.fill(usual)

        for each, word in secrets.items():
            desk.keep_secret(each, word)
        colour, told, rows = read_test("saw")
        assert (colour, bool(rows)) == ("success", kind.rows), told
        assert told.startswith("The test went well.")
        # The suite may run past midnight.
        today = {"today": f"{datetime.now(timezone.utc):%Y-%m-%d}"}
        assert say(kind.saw, {**places, **today}) in told

        system.empty()
        desk.fill(kind.clear)
        colour, told, rows = read_test("nothing")
        assert (colour, kind.nothing in told, rows) == ("success" if kind.is_clear_green else "warning", True, 0), told
    if not kind.alone:
        colour, told, _rows = read_test("gone")
        assert (colour, told) == ("danger", NOBODY)
    content = desk.page.content()
    assert [word for word in secrets.values() if len(word) > 5 and word in content] == []
    assert desk.page.problems == []
