"""A person imports a provider's bill in a real browser: upload, look, import, and the same file once more."""

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

BILL = "focus/focus_1.0_sample_1000.csv"
# The sum of the column BilledCost of that file.
BILLED = Decimal("20.52022672899")
IMPORTS = "/odoo/action-cloud_billing.cloud_usage_import_action"
DEMO = Path(__file__).resolve().parents[2] / "cloud_billing/demo/focus_demo.csv"


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator on a server with an empty company."""
    running = server()
    return browser(running, path=IMPORTS), login(running)


def open_wizard(page, file):
    """Press Import Usage and choose a file."""
    page.goto(IMPORTS)
    page.click("button:has-text('Import Usage')")
    page.set_input_files(".modal input[type=file]", file)
    page.wait_for_selector(".modal .o_attachment")


def look(page):
    page.click(".modal button[name=action_look]")
    page.wait_for_selector(".modal .o_cloud_usage_preview")


def import_it(page):
    page.click(".modal button[name=action_import]")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_form_view .o_arrow_button_current")


def latest(session):
    """The newest import: its state and counts."""
    fields = ["state", "rows_read", "rows_accepted", "rows_known", "rows_quarantined", "rows_rejected", "cost_billed"]
    return session.call("cloud.usage.import", "search_read", [], fields, limit=1, order="id desc")[0]


def rows_in_use(session):
    return session.call("cloud.usage.record", "search_count", [["is_live", "=", True]])


def test_a_real_bill_comes_in_once(person, samples, screenshot):
    page, session = person
    open_wizard(page, samples / BILL)
    # The reader is proposed and stands on the screen; the name is the person's to give.
    page.wait_for_selector(".modal :text('The column names are those of: FOCUS')")
    page.fill(".modal div[name=source_name] input", "Three clouds")
    look(page)
    shown = page.inner_text(".modal .o_cloud_usage_preview")
    assert str(BILLED) in shown
    assert "1,000" in shown
    screenshot(page, "import_wizard_of_demo")
    assert session.call("cloud.usage.source", "search_count", []) == 0, "looking has kept something"
    page.click(".modal .nav-link:has-text('Charge Kinds')")
    screenshot(page, "import_wizard_kinds")
    import_it(page)
    first = latest(session)
    assert (first["state"], first["rows_read"]) == ("imported", 1000)
    assert first["rows_accepted"] + first["rows_rejected"] == 1000
    assert Decimal(first["cost_billed"]) == BILLED
    rows = rows_in_use(session)
    assert rows == first["rows_accepted"]

    open_wizard(page, samples / BILL)
    look(page)
    assert "were delivered before: importing them changes nothing" in page.inner_text(".modal .alert-success")
    import_it(page)
    again = latest(session)
    assert (again["state"], again["rows_known"], again["rows_accepted"]) == ("known", first["rows_accepted"], 0)
    assert rows_in_use(session) == rows
    assert page.problems == []


def test_a_wrong_file_is_refused_with_a_sentence_and_the_person_goes_on(person, tmp_path):
    page, session = person
    wrong = tmp_path / "holidays.csv"
    wrong.write_text("name,from,to\nAnna,2026-10-01,2026-10-09\n")
    open_wizard(page, wrong)
    page.wait_for_selector(".modal :text('The column names are not known')")
    page.fill(".modal div[name=source_name] input", "Nimbus")
    page.click(".modal div[name=reader] input")
    page.click(".o_select_menu_item:has-text('FOCUS')")
    page.click(".modal button[name=action_look]")
    page.wait_for_selector(".modal :text('holidays.csv, row 1: this is another kind of file')")
    assert session.call("cloud.usage.import", "search_count", []) == 0
    page.click(".o_error_dialog button:has-text('Close'), .modal:has-text('another kind of file') footer button")
    page.click(".modal .o_usage_file_remove")
    page.set_input_files(".modal input[type=file]", DEMO)
    page.wait_for_selector(".modal .o_attachment")
    look(page)
    import_it(page)
    assert latest(session)["rows_accepted"] == 300
    assert page.problems == []


def test_an_archive_of_several_files_is_one_delivery(person, tmp_path, screenshot):
    page, session = person
    header, *rows = DEMO.read_text().splitlines(keepends=True)
    archive = tmp_path / "bill.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", "What the columns mean")
        packed.writestr("bill-manifest.json", "{}")
        for number, first in enumerate(range(0, len(rows), 100), 1):
            packed.writestr(f"part-{number}.csv", header + "".join(rows[first : first + 100]))
    open_wizard(page, archive)
    page.wait_for_selector(".modal :text('The column names are those of: FOCUS')")
    page.fill(".modal div[name=source_name] input", "Nimbus")
    look(page)
    shown = page.inner_text(".modal .o_cloud_usage_preview")
    assert "bill.zip/part-1.csv\t100" in shown and "bill.zip/part-3.csv" in shown
    assert "Passed over, because it is no data: bill.zip/README.txt, bill.zip/bill-manifest.json" in shown
    page.locator(".modal :text('Passed over')").scroll_into_view_if_needed()
    screenshot(page, "archive_look")
    import_it(page)
    assert latest(session)["rows_accepted"] == len(rows)
    page.click(".nav-link:text-is('Files')")
    page.wait_for_selector(".o_data_row:has-text('bill.zip/part-2.csv')")
    screenshot(page, "archive_files")
    assert page.problems == []


def test_sub_accounts_become_customers_and_a_team_gets_its_own_costs(person, screenshot):
    page, session = person
    open_wizard(page, DEMO)
    page.fill(".modal div[name=source_name] input", "Nimbus")
    look(page)
    import_it(page)
    [source] = session.call("cloud.usage.source", "search", [])
    wizard = session.call("cloud.usage.resale.wizard", "create", {"source_id": source})
    session.call("cloud.usage.resale.wizard", "action_confirm", wizard)

    page.goto("/odoo/action-cloud_billing.cloud_usage_stream_action_unmatched")
    page.wait_for_selector(".o_group_header")
    screenshot(page, "unmatched_of_demo")
    assign(page, "platform team", "A cost centre of our own", cost_centre_name="Platform team")
    assign(page, "Juniper Travel", "One customer per sub-account")
    customers = session.call(
        "cloud.customer", "search_read", [["code", "=", "NEC-1005"]], ["name", "subscription_count"]
    )
    assert [(one["name"], one["subscription_count"]) for one in customers] == [("Juniper Travel", 1)]

    page.goto("/odoo/action-cloud_billing.cloud_usage_cost_report_action")
    page.wait_for_selector(".o_pivot th:has-text('Platform team')")
    screenshot(page, "cost_centres")
    assert page.problems == []


def assign(page, group, target, **typed):
    """Open a group of the unmatched list, select its streams and give them an owner."""
    page.click(f".o_group_header:has-text('{group}')")
    page.wait_for_selector(".o_data_row")
    page.click("thead .o_list_record_selector input")
    page.click("button[name=action_assign]")
    page.click(f".modal label:has-text('{target}')")
    for name, value in typed.items():
        page.fill(f".modal div[name={name}] input", value)
    page.click(".modal button[name=action_confirm]")
    page.wait_for_selector(".o_notification:has-text('with an owner now')")
    page.wait_for_selector(".modal", state="detached")
    page.goto("/odoo/action-cloud_billing.cloud_usage_stream_action_unmatched")
    page.wait_for_selector(".o_group_header")
