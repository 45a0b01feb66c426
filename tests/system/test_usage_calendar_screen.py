"""A person looks at what has arrived of a source, walks through it with the keyboard, and signs what is missing."""

import csv
from datetime import date, timedelta

import pages
import pytest
from playwright.sync_api import expect
from test_import_browser import DEMO, import_it, look, open_wizard


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator on a server with an empty company."""
    running = server()
    return browser(running), login(running)


@pytest.fixture
def month():
    """The first day of the month that has ended last."""
    return (date.today().replace(day=1) - timedelta(days=1)).replace(day=1)


@pytest.fixture
def bill(tmp_path, month):
    """A FOCUS file of that month: one account without the 10th and the 11th, another with the same row twice."""
    with DEMO.open(newline="") as demo:
        reader = csv.DictReader(demo)
        columns, row = reader.fieldnames, next(line for line in reader if line["ChargeCategory"] == "Usage")
    after = (month + timedelta(days=31)).replace(day=1)
    row |= {"BillingPeriodStart": f"{month}T00:00:00Z", "BillingPeriodEnd": f"{after}T00:00:00Z", "BilledCost": "12.50"}
    days = [month + timedelta(days=n) for n in range((after - month).days)]
    rows = []
    for account in ("acct-north", "acct-south"):
        for day in days:
            if account == "acct-north" and day.day in (10, 11):
                continue
            one = {
                **row,
                "BillingAccountId": account,
                "ChargePeriodStart": f"{day}T00:00:00Z",
                "ChargePeriodEnd": f"{day}T01:00:00Z",
            }
            rows += [one] * (2 if account == "acct-south" and day.day == 5 else 1)
    path = tmp_path / "bill.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def states(page, state):
    return page.locator(f"button.o_cloud_day[data-state={state}]")


def test_what_is_missing_is_seen_opened_and_signed(person, bill, month, screenshot):
    page, session = person
    open_wizard(page, bill)
    page.fill(".modal div[name=source_name] input", "Nimbus")
    look(page)
    import_it(page)
    [source] = session.call("cloud.usage.source", "search", [])
    session.call("cloud.usage.source", "write", [source], {"cadence": "daily"})

    pages.open_menu(page, "Usage", "Completeness")
    page.wait_for_selector(".o_cloud_days")
    page.keyboard.press("Alt+p")
    page.wait_for_selector(f".o_cloud_usage_calendar_title:has-text('{month:%B %Y}')")
    expect(states(page, "missing")).to_have_count(2)
    expect(states(page, "duplicate")).to_have_count(1)
    expect(page.locator("[data-seal=open]")).to_have_count(2)

    # From the first day of the first account to the 5th of the second, and into its rows.
    page.click("[data-cell='0-0']")
    for key in ["ArrowDown"] + ["ArrowRight"] * 4:
        page.keyboard.press(key)
    page.wait_for_selector("[aria-selected=true][data-state=duplicate]")
    assert "Rows that equal another one" in page.inner_text(".o_cloud_day_card")
    with pages.another_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector(".o_data_row")
    expect(page.locator(".o_data_row")).to_have_count(2)
    # Back on the day that was left.
    page.click(".o_back_button, .breadcrumb-item a")
    page.wait_for_selector(".o_cloud_usage_calendar [aria-selected=true][data-state=duplicate]")
    page.click("[data-cell='0-9']")
    page.wait_for_selector(".o_cloud_day_card :text('Days that are missing or lack hours: 10, 11.')")
    screenshot(page, "usage_calendar")
    pages.press_for_dialog(page, "Sign…", within=page.locator(".o_cloud_day_card"))
    page.wait_for_selector(f".modal div[name=month]:has-text('{month:%B %Y}')")
    pages.fill(page, "reason", "Its machines were off on both days")
    screenshot(page, "usage_sign")
    pages.press_for_dialog(page, "Sign")
    page.wait_for_selector("[data-seal=sealed]")
    # Nothing speaks against the other account: there is nothing to sign, and nobody need wait for the hour.
    page.click("[data-cell='1-9']")
    page.wait_for_selector(".o_cloud_day_card :text('Nothing speaks against it')")
    assert page.locator(".o_cloud_day_card button:has-text('Sign')").count() == 0
    pages.press(page, "Close Now", within=page.locator(".o_cloud_day_card"))
    page.wait_for_function("document.querySelectorAll('[data-seal=sealed]').length === 2")
    seals = session.call("cloud.usage.seal", "search_read", [], ["provider_account", "kind"])
    found = {(seal["provider_account"], seal["kind"]) for seal in seals}
    assert found == {("acct-north", "signed"), ("acct-south", "automatic")}
    assert page.problems == []


def test_rows_that_a_check_holds_are_released(person, bill, screenshot):
    page, session = person
    open_wizard(page, bill)
    page.fill(".modal div[name=source_name] input", "Nimbus")
    look(page)
    import_it(page)
    [source] = session.call("cloud.usage.source", "search", [])
    vals = {"source_id": source, "kind": "range", "measure": "cost_billed", "highest": "100"}
    session.call("cloud.usage.check", "create", vals)
    dear = bill.with_name("dear.csv")
    dear.write_text(bill.read_text().replace("12.50", "1250.00", 3))
    open_wizard(page, dear)
    look(page)
    import_it(page)
    assert session.call("cloud.usage.exception", "search_count", [["state", "=", "held"]]) == 3

    pages.open_menu(page, "Usage", "Held and Waived Rows")
    page.click(".o_group_header")
    page.wait_for_selector(".o_data_row")
    assert "is above 100" in page.inner_text(".o_list_view")
    screenshot(page, "usage_held")
    page.click("thead .o_list_record_selector input")
    pages.press_for_dialog(page, "Release…")
    pages.fill(page, "reason", "A large machine, ordered")
    pages.press_for_dialog(page, "Release")
    pages.settle(page)
    assert session.call("cloud.usage.exception", "search_count", [["state", "=", "held"]]) == 0
    assert page.problems == []


def test_a_typed_total_stands_beside_what_arrived(person, bill, month, screenshot):
    page, session = person
    open_wizard(page, bill)
    page.fill(".modal div[name=source_name] input", "Nimbus")
    look(page)
    import_it(page)
    [source] = session.call("cloud.usage.source", "search", [])
    totals = bill.with_name("totals.csv")
    days = (month + timedelta(days=31)).replace(day=1) - month
    totals.write_text(
        f"month,account,rows\n{month:%Y-%m},acct-north,{days.days - 2}\n{month:%Y-%m},acct-south,{days.days + 5}\n"
    )
    pages.open_menu(page, "Usage", "Control Totals")
    pages.press_for_dialog(page, "Add Totals")
    page.set_input_files(".modal input[type=file]", totals)
    page.wait_for_selector(".modal .o_data_row")
    screenshot(page, "usage_control_add")
    with pages.another_page(page):
        pages.press(page, "Add")
    page.wait_for_selector(".o_data_row")
    screenshot(page, "usage_controls")
    fields = ["provider_account", "state"]
    found = session.call("cloud.usage.control", "search_read", [["source_id", "=", source]], fields)
    assert {one["provider_account"]: one["state"] for one in found} == {"acct-north": "match", "acct-south": "differs"}
    assert page.problems == []
