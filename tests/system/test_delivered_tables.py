"""Customers come from a REST service and as a CSV file over SFTP, up to the screen and who is a customer then.

A worker is killed behind the first taking: the delivery is there once.
"""

import json
import os

import pages
import pytest
from local_api import Api
from playwright.sync_api import expect
from servers.sftp import PASSWORD, USER, Sftp

TIME = 1_790_840_000
# Numbers whose check digits are right, as python-stdnum's own documentation gives them.
VAT_NL, VAT_BE, WRONG = "NL004495445B01", "BE0403019261", "NL123456790B90"
COLUMNS = {"external_key": "id", "name": "properties.name", "vat": "properties.vat", "email": "properties.email",
           "country": "properties.country"}  # fmt: skip
WORK = """
env["cloud.connector.fetcher"]._cron_fetch_usage()
env["cloud.sheet.delivery"]._cron_read_tables()
env.cr.commit()
print("WORKED")
"""
KILLED = """
import os
Fetcher = type(env["cloud.connector.fetcher"])
Fetcher._set_fetched = lambda *_args: os._exit(9)
env["cloud.connector.fetcher"]._cron_fetch_usage()
"""


class Crm:
    """A service with companies, whoever asks."""

    def __init__(self):
        self.companies = [
            record("101", "Acme BV", vat=VAT_NL, email="it@acme.example", country="Netherlands"),
            record("102", "Bolt SA", vat=VAT_BE, email="bills@bolt.example", country="BE"),
            record("103", "Corvo Lda", vat=WRONG, email="geral@corvo.example"),
            record("104", "Delta GmbH", email="post@delta.example", country="DE"),
        ]

    def __call__(self, asked):
        return {"companies": self.companies}


def record(key, name, **more):
    return {"id": key, "properties": {"name": name, **more}}


@pytest.fixture
def stage(server, login, script):
    """(session, function that makes a connector of customers, function that lets the schedule run)."""
    running = server()
    session = login(running)

    def work(code=WORK):
        return script(running.database, code).communicate(timeout=300)[0]

    return running, session, work


def connect(session, name, kind, options, columns=None, secret=None):
    """The id of a connector of customers that is in use; columns: {ours: theirs}, others are not read."""
    source = session.call("cloud.usage.source", "create", {"name": name, "reader": "csv"})
    connector = session.call(
        "cloud.connector", "create",
        {"source_id": source, "kind": kind, "options": options, "delivers": "cloud.sheet.customer"},
    )  # fmt: skip
    if secret:
        session.call("cloud.connector", "set_secret", [connector], "secret", secret)
    if columns is not None:
        lines = session.call("cloud.connector.column", "search_read", [["connector_id", "=", connector]], ["name"])
        for line in lines:
            session.call("cloud.connector.column", "write", [line["id"]], {"file_column": columns.get(line["name"])})
    hosts = session.call("cloud.connector.host", "search", [["connector_id", "=", connector]])
    session.call("cloud.connector.host", "write", hosts, {"is_inner": True})
    session.call("cloud.connector", "action_allow_hosts", [connector])
    session.call("cloud.connector", "action_turn_on", [connector])
    return connector


def tell_tables(session):
    fields = ["file_name", "state", "new_count", "changed_count", "same_count", "refused_count"]
    tables = session.call("cloud.sheet.delivery", "search_read", [], fields, order="id")
    return [[table[field] for field in fields] for table in tables]


def get_customers(session):
    """{external key: (name, e-mail, VAT number)}."""
    found = {}
    for key in session.call("cloud.external.key", "search_read", [["source_id", "!=", False]], ["key", "customer_id"]):
        [customer] = session.call("cloud.customer", "read", [key["customer_id"][0]], ["name", "partner_id"])
        [contact] = session.call("res.partner", "read", [customer["partner_id"][0]], ["email", "vat"])
        found[key["key"]] = (customer["name"], contact["email"], contact["vat"])
    return found


def test_customers_of_a_service_and_of_a_file_wait_for_a_look_and_are_imported_once(
    stage, browser, screenshot, tmp_path
):
    (running, session, work), crm = stage, Crm()
    contact = session.call("res.partner", "create", {"name": "Bolt", "vat": VAT_BE, "email": "old@bolt.example"})
    known = session.call("cloud.customer", "create", {"partner_id": contact, "code": "B-1"})
    with Api(crm) as api:
        options = {"base_url": api.url, "path": "v1/companies", "row_path": "companies[*]"}
        connector = connect(session, "CRM", "rest", options, COLUMNS)
        assert "WORKED" not in work(KILLED)
        assert tell_tables(session) == [["v1-companies.jsonl", "waiting", 0, 0, 0, 0]]
        # The lease of who was killed runs out.
        released = 'env.cr.execute("UPDATE cloud_connector SET claim_until = NULL")\nenv.cr.commit()\n'
        assert "WORKED" in work(released + WORK)
        assert tell_tables(session) == [["v1-companies.jsonl", "refused", 2, 1, 0, 1]]

        page = browser(running)
        pages.open_menu(page, "Contracts", "Delivered Tables")
        pages.open_row(page, "v1-companies.jsonl")
        for words in (
            f"vat: {WRONG} is no VAT number of NL",
            "email: old@bolt.example → bills@bolt.example",
            "Acme BV",
        ):
            expect(page.locator("div[name=row_ids]")).to_contain_text(words)
        screenshot(page, "delivered_table")
        pages.press(page, "Import Without the Refused Rows")
        pages.agree(page)
        pages.expect_state(page, "Imported")
        assert get_customers(session) == {
            "101": ("Acme BV", "it@acme.example", VAT_NL),
            "102": ("Bolt SA", "bills@bolt.example", VAT_BE),
            "104": ("Delta GmbH", "post@delta.example", False),
        }
        keys = session.call("cloud.external.key", "search_read", [["key", "=", "102"]], ["customer_id"])
        assert keys[0]["customer_id"][0] == known

        crm.companies[2] = record("103", "Corvo Lda", email="geral@corvo.example")
        crm.companies[0]["properties"]["email"] = "new@acme.example"
        session.call("cloud.connector", "action_fetch", [connector])
        assert "WORKED" in work()
        assert tell_tables(session)[1:] == [["v1-companies.jsonl", "look", 1, 1, 2, 0]]
        page.goto(f"/odoo/cloud.connector/{connector}")
        pages.open_tab(page, "Activity")
        expect(page.locator("div[name=run_ids]")).to_contain_text(
            "Customers: 1 new, 1 changed, 2 unchanged, 0 refused. It waits for a look."
        )
        screenshot(page, "delivered_story")
        pages.open_tab(page, "Columns")
        screenshot(page, "delivered_columns")
        pages.open_menu(page, "Contracts", "Delivered Tables")
        expect(pages.rows(page)).to_have_count(1)
        pages.open_row(page, "v1-companies.jsonl")
        pages.press(page, "Import")
        pages.expect_state(page, "Imported")
        found = get_customers(session)
        assert (found["101"][1], found["103"][0]) == ("new@acme.example", "Corvo Lda")

        session.call("cloud.connector", "action_fetch", [connector])
        assert "WORKED" in work()
        assert len(tell_tables(session)) == 2

    with Sftp(tmp_path) as sftp:
        (tmp_path / "out").mkdir()
        file = tmp_path / "out" / "customers.csv"
        file.write_text(f"external_key;name;vat;order_reference\nF-1;Acme BV;{VAT_NL};PO 7\nF-2;Echo Ltd;;\n")
        os.utime(file, (TIME, TIME))
        options = {"host": "127.0.0.1", "port": str(sftp.port), "host_key": sftp.fingerprint, "login": USER,
                   "folder": "/out"}  # fmt: skip
        connect(session, "Files", "sftp", options, secret=PASSWORD)
        assert "WORKED" in work()
    assert tell_tables(session)[2:] == [["customers.csv", "look", 1, 1, 0, 0]]
    page.goto("/odoo")
    pages.open_menu(page, "Contracts", "Delivered Tables")
    pages.open_row(page, "customers.csv")
    expect(page.locator("div[name=row_ids]")).to_contain_text("order_reference: – → PO 7")
    pages.press(page, "Import")
    pages.expect_state(page, "Imported")
    # The number says that F-1 of the file is 101 of the service: one customer with two keys.
    found = get_customers(session)
    assert (found["F-1"], found["F-2"][0]) == (found["101"], "Echo Ltd")
    assert page.problems == []
    assert json.dumps(found).count("Acme BV") == 2
