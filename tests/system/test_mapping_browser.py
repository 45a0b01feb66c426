"""A person meets a file whose columns nobody knows, says what they are and imports it: in a browser, by the clock."""

import logging
import time
from decimal import Decimal

import pages
import pytest

IMPORTS = "/odoo/action-cloud_billing.cloud_usage_import_action"
# Names that say little, dates that can be read in two ways, numbers that can too.
UNKNOWN = """Line;Day;Dept;What;Amt;EUR
L-1;03/04/2026;Bakery;Storage;1.250;12,40
L-2;05/04/2026;Bakery;Storage;2.500;24,80
L-3;06/04/2026;Florist;Backup;300;0,60
L-4;07/04/2026;Florist;Backup;x;0,60
"""
# The time that a person may need, reading included; the test itself only presses keys.
TWO_MINUTES = 120


def show_whole(page, screenshot, name):
    """A picture of a dialog that is higher than the window."""
    size = page.viewport_size
    page.set_viewport_size({**size, "height": 1180})
    screenshot(page, name)
    page.set_viewport_size(size)


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator on a server with an empty company."""
    running = server()
    return browser(running, path=IMPORTS), login(running)


def say(page, column, meaning):
    """Choose in the table of columns what one of them is."""
    line = pages.row(page, column)
    pages.cell(line, "meaning").click()
    pages.select(page, "meaning", meaning, line)


def test_a_mapping_of_an_unknown_file_is_made_in_less_than_two_minutes(person, tmp_path, screenshot):
    page, session = person
    file = tmp_path / "departments.csv"
    file.write_text(UNKNOWN)
    begun = time.monotonic()
    page.click("button:has-text('Import Usage')")
    page.set_input_files(".modal input[type=file]", file)
    page.wait_for_selector(".modal :text('you are asked what each column is')")
    pages.fill(page, "source_name", "Departments")
    screenshot(page, "mapping_unknown")
    pages.press(page, "Look at It")
    page.wait_for_selector(".modal .o_cloud_usage_columns :text('These are the columns of your file')")
    pages.settle(page)
    screenshot(page, "mapping_proposed")

    for column, meaning in (
        ("Line", "Id of the row"),
        ("Day", "Date or start"),
        ("Dept", "Account (whose usage it is)"),
        ("What", "Service"),
        ("Amt", "Quantity"),
        ("EUR", "Billed cost"),
    ):
        say(page, column, meaning)
    pages.select(page, "date_format", "Day first: 31.10.2026, 31/10/2026")
    pages.select(page, "map_decimal", "Comma: 1234,56")
    pages.select(page, "thousands", "Point: 1.234")
    pages.open_tab(page, "For Rows That Do Not Say")
    pages.fill(page, "constant_unit", "MB")
    pages.fill(page, "constant_currency", "EUR")
    pages.open_tab(page, "What Comes of It")
    shown = page.inner_text(".modal .o_cloud_map_preview")
    # 3 April, 1,250 MB, 12.40 EUR; the fourth row says why it cannot be read.
    assert "2026-04-03 00:00:00" in shown
    assert "1250" in shown
    assert "12.40 EUR" in shown
    assert '"x" is not a number as the format says' in shown
    pages.fill(page, "format_name", "Department export")
    show_whole(page, screenshot, "mapping_columns")
    pages.press(page, "Look at It")
    page.wait_for_selector(".modal .o_cloud_usage_preview")
    pages.press_for_page(page, "Import")
    seconds = time.monotonic() - begun
    logging.getLogger(__name__).info("An unknown file is mapped and imported in %.1f s of pressing keys.", seconds)
    assert seconds < TWO_MINUTES

    [done] = session.call(
        "cloud.usage.import", "search_read", [], ["state", "rows_accepted", "rows_rejected", "cost_billed"]
    )
    assert (done["state"], done["rows_accepted"], done["rows_rejected"]) == ("imported", 3, 1)
    # 12.40 + 24.80 + 0.60
    assert Decimal(done["cost_billed"]) == Decimal("37.80")
    assert "Department export, version 1" in pages.read(page, "format_version_id")
    read_again(page, session, screenshot)
    page.goto("/odoo/action-cloud_billing.cloud_usage_format_action")
    with pages.another_page(page):
        pages.cell(pages.row(page, "Department export"), "name").click()
    pages.field(page, "summary").wait_for()
    screenshot(page, "usage_format")
    assert page.problems == []


def read_again(page, session, screenshot):
    """With a newer version of the format the import offers to be read again, and shows what would come of it."""
    [version] = session.call("cloud.usage.format.version", "search_read", [], ["format_id", "definition"])
    definition = {**version["definition"], "constants": {**version["definition"]["constants"], "region": "north"}}
    values = {"format_id": version["format_id"][0], "definition": definition, "note": "Everything is in the north."}
    session.call("cloud.usage.format.version", "create", [values])
    page.reload()
    pages.press_for_dialog(page, "Read Again")
    pages.field(page, "outcome_text").wait_for()
    # The three rows that are there have a region now: their content is another one.
    assert "4 rows are read: 0 come in, 1 are there already, 3 wait" in page.inner_text(".modal")
    screenshot(page, "usage_read_again")
    pages.press(page, "Cancel")
