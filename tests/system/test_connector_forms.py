"""The form of every connector in a browser: its settings are drawn when it is chosen, and Test says what is missing."""

import pages
from cloud_billing_engine.connectors import CONNECTORS
from playwright.sync_api import expect
from test_connector_rest_screen import MAPPING


def make_sources(session):
    """{reader: id} of a source for each reader that a connector asks for."""
    made = session.call("cloud.usage.format", "create", {"name": "Rows"})
    session.call("cloud.usage.format.version", "create", {"format_id": made, "definition": MAPPING})
    readers = {engine.readers[0] if engine.readers else "csv" for engine in CONNECTORS.values()} | {"csv"}
    return {
        reader: session.call(
            "cloud.usage.source", "create",
            {"name": f"Source {reader}", "reader": reader, **({"format_id": made} if reader == "own_columns" else {})},
        )
        for reader in sorted(readers)
    }  # fmt: skip


def find_drawn(page):
    return page.locator("[data-setting]").evaluate_all("all => all.map((each) => each.dataset.setting)")


def find_expected(form):
    """Names of the settings that are drawn of a new connector, by those of the form's widget."""
    defaults = {setting["name"]: setting["default"] for setting in form}
    return {one["name"] for one in form if not one["when"] or defaults.get(one["when"][0]) in one["when"][1]}


def open_more(page):
    more = page.locator("[data-group=more] legend button")
    if more.count() and more.get_attribute("aria-expanded") == "false":
        more.click()


def test_choosing_any_connector_draws_its_settings(server, login, browser):
    running = server()
    session = login(running)
    kinds = dict(session.call("cloud.connector", "fields_get", ["kind"])["kind"]["selection"])
    page = browser(running, path="/odoo/action-cloud_billing.cloud_connector_action/new")
    box = page.locator("div[name=kind]")
    box.wait_for()
    for kind, label in sorted(kinds.items(), key=lambda one: one[1]):
        box.locator("input, select").first.click()
        page.locator(".o_select_menu_item").filter(has_text=label).first.click()
        # Of connectors that are made of Odoo's own records the engine knows nothing.
        first = CONNECTORS[kind].settings[0].name if kind in CONNECTORS else "user"
        expect(page.locator(f"[data-setting={first}]").first).to_be_visible()
        assert page.problems == [], (kind, page.problems)


def test_every_form_opens_and_test_says_what_is_missing(server, login, browser):
    running = server()
    session = login(running)
    sources = make_sources(session)
    kinds = dict(session.call("cloud.connector", "fields_get", ["kind"])["kind"]["selection"])
    assert set(CONNECTORS) <= set(kinds)
    page = browser(running)
    for kind in sorted(kinds):
        readers = CONNECTORS[kind].readers if kind in CONNECTORS else ()
        vals = {"name": f"One of {kind}", "kind": kind, "source_id": sources[readers[0] if readers else "csv"]}
        connector = session.call("cloud.connector", "create", vals)
        [read] = session.call("cloud.connector", "read", [connector], ["settings_form"])
        page.goto(f"/odoo/cloud.connector/{connector}")
        page.locator("[data-setting]").first.wait_for()
        open_more(page)
        assert set(find_drawn(page)) == find_expected(read["settings_form"]), kind
        pages.press_for_dialog(page, "Test")
        told = pages.front(page).inner_text()
        missing = [one for one in read["settings_form"] if one["is_required"] and not one["default"]]
        assert all(one["label"] in told for one in missing if one["kind"] != "flag"), (kind, told)
        assert page.problems == [], (kind, page.problems)


def test_records_of_this_odoo_are_chosen_and_their_fields_proposed(server, login, browser, screenshot):
    running = server()
    session = login(running)
    source = session.call("cloud.usage.source", "create", {"name": "Hours of our people", "reader": "csv"})
    connector = session.call("cloud.connector", "create", {"kind": "this_odoo", "source_id": source})
    page = browser(running, path=f"/odoo/cloud.connector/{connector}")
    choose = page.locator("[data-setting=model] select")
    choose.select_option("account.analytic.line")
    expect(page.locator("[data-setting=date] select")).to_have_value("date")
    expect(page.locator("[data-setting=quantity] select")).to_have_value("unit_amount")
    pages.save(page)
    screenshot(page, "connector_this_odoo")
    pages.press_for_dialog(page, "Test")
    expect(pages.front(page)).to_contain_text("There are no records from")
    pages.press_for_dialog(page, "Close")
    # What is chosen anew has proposals of its own.
    choose.select_option("account.move")
    expect(page.locator("[data-setting=date] select")).to_have_value("")
    assert page.problems == []
