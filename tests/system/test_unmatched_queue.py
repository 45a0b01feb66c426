"""A person empties the queue of usage without an owner by bulk actions, in a real browser, and sees where usage is."""

import base64
from pathlib import Path

import pages
import pytest
from pages import settle
from playwright.sync_api import expect

DEMO = Path(__file__).resolve().parents[2] / "cloud_billing/demo/focus_demo.csv"
QUEUE = "/odoo/action-cloud_billing.cloud_usage_stream_action_unmatched"
# Sub-account: name. The first two are known by their code, the third by its name alone.
KNOWN = {"NEC-1001": "Bluebird Bakery", "NEC-1002": "Cedar Architects", "": "Fernhill School"}


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator of a company with usage, a resale product and three customers."""
    running = server()
    session = login(running)
    import_demo(session)
    [source] = session.call("cloud.usage.source", "search", [])
    wizard = session.call("cloud.usage.resale.wizard", "create", {"source_id": source})
    session.call("cloud.usage.resale.wizard", "action_confirm", wizard)
    [resale] = session.call("cloud.usage.source", "read", [source], ["resale_product_id", "resale_plan_id"])
    for code, name in KNOWN.items():
        make_customer(session, code, name, resale["resale_product_id"][0], resale["resale_plan_id"][0])
    return browser(running, path=QUEUE), session


def import_demo(session):
    attachment = session.call(
        "ir.attachment",
        "create",
        {"name": DEMO.name, "datas": base64.b64encode(DEMO.read_bytes()).decode(), "mimetype": "text/csv"},
    )
    values = {"source_name": "Nimbus", "reader": "focus", "file_ids": [[6, 0, [attachment]]]}
    wizard = session.call("cloud.usage.import.wizard", "create", values)
    session.call("cloud.usage.import.wizard", "action_look", wizard)
    session.call("cloud.usage.import.wizard", "action_import", wizard)


def make_customer(session, code, name, product, plan):
    partner = session.call("res.partner", "create", {"name": name, "is_company": True})
    currency = session.call("cloud.price.plan", "read", [plan], ["currency_id"])[0]["currency_id"][0]
    customer = session.call(
        "cloud.customer",
        "create",
        {"partner_id": partner, "code": code or False, "currency_id": currency, "plan_id": plan, "tz": "UTC"},
    )
    values = {"customer_id": customer, "plan_id": plan, "date_start": "2026-01-01"}
    session.call("cloud.subscription", "create", {**values, "line_ids": [[0, 0, {"product_id": product}]]})


def waiting(session):
    return session.call("cloud.usage.stream", "search_count", [["unmatched_rows", ">", 0]])


def told(page, words):
    """Wait for a notification, and until the list is there anew."""
    page.wait_for_selector(f".o_notification:has-text('{words}')")
    page.click(".o_notification_close")
    page.wait_for_selector(".o_list_view")


def select(page, group):
    """Open a group of the list and select what is in it."""
    page.wait_for_selector(".o_group_header")
    settle(page)
    page.click(f".o_group_header:has-text('{group}')")
    page.wait_for_selector(".o_data_row")
    page.click("thead .o_list_record_selector input")


def test_the_queue_is_emptied_by_bulk_actions(person, screenshot):
    page, session = person
    settle(page)
    page.click("button[name=action_suggest]")
    settle(page)
    select(page, "Bluebird Bakery")
    page.wait_for_selector(".o_data_row:has-text('Code of the customer: NEC-1001')")
    screenshot(page, "unmatched_suggestions")
    before = waiting(session)

    page.goto(QUEUE)
    page.wait_for_selector(".o_group_header")
    page.click("button[name=action_accept_exact]")
    told(page, "with an owner now")
    assert waiting(session) < before
    rules = session.call("cloud.usage.match.rule", "search_read", [], ["sub_account", "owner_text"])
    assert {rule["sub_account"] for rule in rules} == {"NEC-1001", "NEC-1002"}

    page.goto(QUEUE)
    select(page, "Fernhill School")
    page.click("button[name=action_accept_suggestions]")
    told(page, "with an owner now")

    page.goto(QUEUE)
    select(page, "platform team")
    page.click("button[name=action_assign_internal]")
    page.fill(".modal div[name=cost_centre_name] input", "Platform team")
    page.check(".modal div[name=is_remembered] input")
    page.click(".modal button[name=action_confirm]")
    told(page, "with an owner now")

    page.goto(QUEUE)
    page.wait_for_selector(".o_group_header")
    settle(page)
    # Without groups all that is left stands in one list.
    page.click(".o_searchview_facet:has-text('Sub-account') .o_facet_remove")
    page.wait_for_selector(".o_data_row")
    page.click("thead .o_list_record_selector input")
    page.click("button[name=action_ask_waive]")
    page.fill(".modal div[name=reason] input", "Test accounts, agreed with sales")
    page.click(".modal button[name=action_confirm]")
    told(page, "Rows that are waived")
    page.goto(QUEUE)
    page.wait_for_selector(":text('Everything has an owner')")
    assert waiting(session) == 0
    assert page.problems == []


def test_a_spreadsheet_is_looked_at_and_imported_and_the_overview_says_where_usage_is(person, screenshot, tmp_path):
    page, _session = person
    table = tmp_path / "owners.csv"
    table.write_text("sub_account,customer\nNEC-1001,NEC-1001\nNEC-1002,Nobody\nNEC-1003,Fernhill School\n")
    page.goto("/odoo/action-cloud_billing.cloud_usage_match_rule_action")
    page.click(".o_menu_sections :text-is('Usage')")
    page.click(".o-dropdown--menu :text-is('Mapping From a Spreadsheet')")
    page.set_input_files(".modal input[type=file]", table)
    page.click(".modal button[name=action_look]")
    page.wait_for_selector(".modal :text('No customer has the code, key or name Nobody')")
    screenshot(page, "mapping_look")
    table.write_text("sub_account,customer\nNEC-1001,NEC-1001\nNEC-1003,Fernhill School\n")
    page.set_input_files(".modal input[type=file]", table)
    page.click(".modal button[name=action_look]")
    page.wait_for_selector(".modal :text('2 new, 0 changed')")
    page.click(".modal button[name=action_import]")
    page.wait_for_selector(".o_notification:has-text('Rows that are imported: 2')")

    page.goto("/odoo/action-cloud_billing.cloud_usage_match_rule_action")
    page.wait_for_selector(".o_data_row:has-text('Fernhill School')")
    screenshot(page, "mapping_table")
    page.click("thead .o_list_record_selector input")
    page.click("button[name=action_match_again]")
    page.wait_for_selector(".modal :text('0 streams change')")
    page.click(".modal .btn-close")
    page.click(".o_menu_sections :text-is('Usage')")
    page.click(".o-dropdown--menu :text-is('Where Usage Is')")
    page.wait_for_selector(".o_data_row:has-text('Without owner')")
    screenshot(page, "usage_states")
    page.click(".o_data_row:has-text('Without owner')")
    page.wait_for_selector("button[name=action_accept_exact]")
    assert page.problems == []


def test_what_a_meter_leaves_out_is_a_queue(person, screenshot):
    page, session = person
    session.call("cloud.usage.stream", "action_accept_exact", [])
    left_out = [["effective_policy", "=", "bill"], ["mapping_ids", "!=", False], ["row_count", ">", 0]]
    streams = session.call("cloud.usage.stream", "search_read", left_out, ["service"], order="cost_billed desc")
    [product] = session.call("cloud.usage.source", "search_read", [], ["resale_product_id"])
    product = session.call("product.product", "read", [product["resale_product_id"][0]], ["cloud_meter_id"])[0]
    # What costs most is what the meter leaves out.
    condition = {"dimension": "service", "operator": "is_not", "value_list": streams[0]["service"]}
    meter = product["cloud_meter_id"][0]
    session.call("cloud.meter", "write", [meter], {"filter_ids": [[0, 0, condition]]})
    expected = sum(stream["service"] == streams[0]["service"] for stream in streams)

    pages.open_menu(page, "Usage", "Left Out by Their Meter")
    pages.rows(page).first.wait_for()
    expect(pages.rows(page)).to_have_count(expected)
    assert streams[0]["service"] in pages.rows(page).first.inner_text()
    pages.mark_all(page)
    screenshot(page, "usage_left_out")
    page.click("button[name=action_ask_waive]")
    page.fill(".modal div[name=reason] input", "Part of another service")
    page.click(".modal button[name=action_confirm]")
    page.wait_for_selector(":text('Every meter counts what its customers use')")
    assert session.call("cloud.usage.stream", "search_count", [["uncounted_rows", ">", 0]]) == 0
    assert page.problems == []


def test_many_rules_of_the_mapping_table_are_changed_at_once(person, screenshot):
    page, session = person
    customers = {one["name"]: one["id"] for one in session.call("cloud.customer", "search_read", [], ["name"])}
    session.call(
        "cloud.usage.match.rule",
        "create",
        [
            {"sub_account": account, "customer_id": customers["Bluebird Bakery"], "date_start": "2026-01-01"}
            for account in ("NEC-2001", "NEC-2002", "NEC-2003")
        ],
    )
    page.goto("/odoo/action-cloud_billing.cloud_usage_match_rule_action")
    page.wait_for_selector(".o_data_row:has-text('NEC-2003')")
    pages.show_column(page, "Customer")
    for account in ("NEC-2001", "NEC-2003"):
        pages.mark(pages.row(page, account))
    change(page, "NEC-2001", "customer_id", "Cedar Architects", "li:has-text('Cedar Architects')")
    change(page, "NEC-2003", "date_end", "12/31/2026")
    screenshot(page, "mapping_many_changed")
    rules = session.call(
        "cloud.usage.match.rule", "search_read", [["sub_account", "like", "NEC-200"]],
        ["sub_account", "customer_id", "date_end"], order="sub_account",
    )  # fmt: skip
    found = [(rule["sub_account"], rule["customer_id"][1], rule["date_end"]) for rule in rules]
    assert found == [
        ("NEC-2001", "Cedar Architects", "2026-12-31"),
        ("NEC-2002", "Bluebird Bakery", False),
        ("NEC-2003", "Cedar Architects", "2026-12-31"),
    ]
    assert page.problems == []


def change(page, account, name, value, option=None):
    """Change a cell of a marked row: what is asked then says how many rows it is for."""
    cell = pages.row(page, account).locator(f"td[name={name}]")
    cell.click()
    box = cell.locator("input")
    box.fill(value)
    if option:
        page.click(f".o-autocomplete--dropdown-menu {option}")
    else:
        box.press("Enter")
    page.wait_for_selector(".modal :text('2')")
    agreed = page.locator(".modal button:has-text('Update'), .modal button:has-text('Confirm')")
    agreed.first.click()
    page.wait_for_selector(".modal", state="detached")
    settle(page)
