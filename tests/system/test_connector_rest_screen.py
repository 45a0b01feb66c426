"""A REST connector in a browser: which settings are shown, and what a test says of what can be in the way."""

import json

import pages
from local_api import Api, Reply
from playwright.sync_api import expect

ROWS = [
    {"id": f"e{n}", "at": f"2026-11-25T{n:02d}:00:00Z", "customer": {"key": f"c{n % 3}"}, "meter": "calls", "value": n}
    for n in range(7)
]
MAPPING = {
    "columns": {
        "id": ["id"], "start": ["at"], "account": ["customer.key"], "service": ["meter"], "quantity": ["value"],
    },
    "period": "instant",
}  # fmt: skip
OPTIONS = {"path": "v1/events", "row_path": "events[*]", "params": json.dumps({"from": "{start}", "to": "{end}"})}


class Switchboard:
    """Has rows for one token, and an error for any other."""

    rows = ROWS

    def __call__(self, asked):
        is_known = asked.headers.get("Authorization") == "Bearer right-token"
        return {"events": self.rows} if is_known else Reply(b'{"error":"token unknown"}', 401)


def make_connector(session, url):
    """The id of a REST connector of a new source."""
    made = session.call("cloud.usage.format", "create", {"name": "Calls"})
    session.call("cloud.usage.format.version", "create", {"format_id": made, "definition": MAPPING})
    source = {"name": "Calls", "reader": "own_columns", "format_id": made}
    return session.call(
        "cloud.connector", "create",
        {"source_id": session.call("cloud.usage.source", "create", source), "kind": "rest",
         "options": {"base_url": url, **OPTIONS}},
    )  # fmt: skip


def choose(page, setting, value):
    page.locator(f"[data-setting={setting}] select").select_option(value)


def keep_secret(page, word):
    page.locator("[data-setting=secret] input").fill(word)
    page.locator("[data-setting=secret] input").press("Enter")
    expect(page.locator(".o_notification", has_text="is kept, encrypted").last).to_be_visible(timeout=30_000)
    page.locator(".o_notification_close").last.click()


def try_it(page, told):
    """Press Test, and wait until its dialog says this."""
    pages.press_for_dialog(page, "Test")
    expect(page.locator(".modal").last).to_contain_text(told, timeout=60_000)


def close(page):
    pages.press_for_dialog(page, "Close", page.locator(".modal").last)


def test_a_rest_connector_is_set_up_and_says_what_it_saw(server, login, browser, screenshot):
    running, switchboard = server(), Switchboard()
    session = login(running)
    with Api(switchboard) as api:
        connector = make_connector(session, api.url)
        host = session.call("cloud.connector.host", "search", [["connector_id", "=", connector]])
        session.call("cloud.connector.host", "write", host, {"is_inner": True})
        page = browser(running, path=f"/odoo/cloud.connector/{connector}")
        shown = page.locator("[data-group=access] [data-setting]")
        expect(shown).to_have_count(2)
        choose(page, "auth", "oauth2")
        expect(page.locator("[data-setting=token_url]")).to_be_visible()
        choose(page, "auth", "bearer")
        expect(page.locator("[data-setting=token_url]")).to_have_count(0)
        expect(shown).to_have_count(3)
        pages.save(page)
        pages.press(page, "Allow These Hosts")
        pages.agree(page)

        keep_secret(page, "wrong-token")
        try_it(page, "127.0.0.1 refuses the key (401). It is wrong, has expired, or lacks the right to read this")
        assert "wrong-token" not in page.content()
        close(page)
        keep_secret(page, "right-token")
        try_it(page, "The test went well. Rows on the first page: 7. Columns: id, at, customer.key, meter, value.")
        screenshot(page, "connector_rest")
        close(page)
        switchboard.rows = []
        try_it(page, "It answers, but look: There are no rows of the last day.")
        close(page)
    try_it(page, "127.0.0.1 cannot be reached: nobody answers there.")
    assert page.problems == []
