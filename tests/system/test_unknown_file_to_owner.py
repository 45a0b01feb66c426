"""A file that nobody knows, with decimal commas, American dates and two headers, from the upload to its owner."""

import pages
import pytest
from test_import_browser import latest, open_wizard
from test_unmatched_queue import make_customer

SPRING = """Ticket;Client No;Client;Worked On;Article;Hours;Net EUR
D-1;C-17;Harbour Cafe;03/04/2026;Remote help;1.250,50;312,63
D-2;C-17;Harbour Cafe;03/17/2026;Remote help;2,25;450,00
D-3;C-20;Museum of Glass;03/05/2026;On site;0,75;90,00
"""
# The program was updated: two columns have other names, one is new.
SUMMER = """Ticket No;Customer Number;Client;Worked On;Article;Hours;Net EUR;Region
D-4;C-17;Harbour Cafe;06/04/2026;Remote help;1,00;100,00;north
D-5;C-20;Museum of Glass;06/05/2026;On site;3,50;420,00;south
"""


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator on a server with an empty company."""
    running = server()
    return browser(running), login(running)


def columns(page):
    """{column: (what it is, why)} as the table of columns shows it."""
    page.wait_for_selector(".modal .o_cloud_usage_columns :text('These are the columns of your file')")
    pages.settle(page)
    lines = page.locator(".modal .o_cloud_usage_columns .o_data_row").all()
    return {
        pages.cell(line, "name").inner_text(): tuple(
            pages.cell(line, name).inner_text().strip() for name in ("meaning", "proposal")
        )
        for line in lines
    }


def unmatched(session):
    return session.call("cloud.usage.stream", "search_count", [["unmatched_rows", ">", 0]])


def test_a_person_maps_it_gives_it_an_owner_and_meets_its_next_header(person, tmp_path, screenshot):
    page, session = person
    spring, summer = tmp_path / "spring.csv", tmp_path / "summer.csv"
    spring.write_text(SPRING)
    summer.write_text(SUMMER)
    open_wizard(page, spring)
    pages.fill(page, "source_name", "Help desk")
    pages.press(page, "Look at It")
    # All of it is proposed, with the reason: nothing is left to say but "yes".
    assert columns(page) == {
        "Ticket": ("Id of the row", "by its name"),
        "Client No": ("Account (whose usage it is)", "by its name"),
        "Client": ("Name of the account", "by its name"),
        "Worked On": ("Date or start", "it holds dates"),
        "Article": ("Service", "by its name"),
        "Hours": ("Quantity", "by its name"),
        "Net EUR": ("Billed cost", "by its name"),
    }
    assert pages.read(page, "date_format") == "Month first: 10/31/2026"
    shown = page.inner_text(".modal .o_cloud_map_preview")
    assert "1250.50 Hours" in shown and "312.63 EUR" in shown and "Harbour Cafe" in shown
    screenshot(page, "unknown_columns")
    pages.press(page, "Look at It")
    page.wait_for_selector(".modal .o_cloud_usage_preview")
    pages.settle(page)
    summary = page.inner_text(".modal .o_cloud_usage_preview >> nth=0")
    # 1,250.50 + 2.25 hours of remote help; 312.63 + 450.00 + 90.00 EUR, all in March.
    assert "1,252.75" in summary and "852.63" in summary and "March 2026" in summary
    screenshot(page, "unknown_look")
    pages.press_for_page(page, "Import")
    assert latest(session)["rows_accepted"] == 3

    pages.open_related(page, "Streams Without Owner")
    pages.settle(page)
    page.click("thead .o_list_record_selector input")
    pages.press_for_dialog(page, "Assign…")
    pages.settle(page)
    assert "Press Resell This on the source Help desk" in page.inner_text(".modal")
    assert page.locator(".o_datetime_picker").count() == 0
    screenshot(page, "unknown_assign")
    pages.press_for_dialog(page, "Cancel")
    make_customers(session)
    page.reload()
    page.wait_for_selector(".o_list_view")
    page.click("button[name=action_accept_exact]")
    page.wait_for_selector(".o_notification:has-text('Streams with an owner now: 2')")
    assert unmatched(session) == 0

    open_wizard(page, summer)
    pages.press(page, "Look at It")
    refusal = pages.read_refusal(page)
    assert "Client No" in refusal and "Ticket" in refusal and "press Change the Columns" in refusal
    pages.press(page, "Change the Columns")
    found = columns(page)
    assert found["Ticket No"] == ("Id of the row", "instead of Ticket")
    assert found["Customer Number"] == ("Account (whose usage it is)", "instead of Client No")
    assert found["Region"] == ("Kept as a tag", "")
    screenshot(page, "unknown_next_header")
    pages.press(page, "Look at It")
    page.wait_for_selector(".modal .o_cloud_usage_preview")
    pages.press_for_page(page, "Import")
    # The rules that were accepted give the new rows their owners, and former files are still read.
    assert (latest(session)["rows_accepted"], unmatched(session)) == (2, 0)
    [version] = session.call("cloud.usage.format", "search_read", [], ["version_id"])
    assert version["version_id"][1] == "Help desk, version 2"
    assert page.problems == []


def make_customers(session):
    """What the source is resold as, and its two customers, known by the numbers that the help desk uses."""
    [source] = session.call("cloud.usage.source", "search", [])
    wizard = session.call("cloud.usage.resale.wizard", "create", {"source_id": source})
    session.call("cloud.usage.resale.wizard", "action_confirm", wizard)
    [resale] = session.call("cloud.usage.source", "read", [source], ["resale_product_id", "resale_plan_id"])
    for code, name in (("C-17", "Harbour Cafe"), ("C-20", "Museum of Glass")):
        make_customer(session, code, name, resale["resale_product_id"][0], resale["resale_plan_id"][0])
