"""Another Odoo by JSON-2: records of a window in pages by id, as events with the ids that they have there."""

from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.connectors.providers import odoo
from local_server import LocalServer, Reply
from reader_samples import read

START = datetime(2026, 10, 5, tzinfo=timezone.utc)
WINDOW = Window(START, START + timedelta(days=1))
CONNECTOR = get_connector("odoo")


def line(number, **others):
    """A line of a timesheet as Odoo answers it."""
    return {
        "id": number,
        "date": "2026-10-05",
        "partner_id": [7, "Acme"],
        "project_id": [3, "Support"],
        "unit_amount": 1.25,
        "product_uom_id": [4, "Hours"],
        "employee_id": [9, "Mara Maker"],
        "name": "Firewall, second try",
        **others,
    }


def serve(*records):
    """What the domain asks for of these: those behind the last id, a page of them."""

    def answer(asked):
        if asked.headers["Authorization"] != "bearer k-1":
            return Reply(401, {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"})
        last = next(value for field, operator, value in asked.json["domain"] if (field, operator) == ("id", ">"))
        found = sorted((one for one in records if one["id"] > last), key=lambda one: one["id"])
        return Reply(body=found[: asked.json["limit"]])

    return LocalServer(answer)


def options(server, **others):
    return {"url": server.url, "api_key": Secret("k-1"), "kind": "timesheets", **others}


def fetch(server, known=None, **others):
    found = CONNECTOR.fetch(options(server, **others), server.web(), WINDOW, known or {})
    return [(one, b"".join(payload.chunks)) for one in found for payload in one.payloads]


def test_hours_become_events_that_the_reader_of_events_takes():
    with serve(line(11), line(12, unit_amount=0.5, partner_id=[8, "Bolt"])) as server:
        ((delivery, content),) = fetch(server)
        asked = server.asked[0]
    assert asked.path == "/json/2/account.analytic.line/search_read"
    assert ["write_date", ">=", "2026-10-05 00:00:00"] in asked.json["domain"]
    assert ["write_date", "<", "2026-10-06 00:00:00"] in asked.json["domain"]
    rows = read(content, "csv")
    assert [(row.sub_account, row.sub_account_name, row.service, str(row.quantity), row.unit) for row in rows] == [
        ("7", "Acme", "Support", "1.25", "Hours"),
        ("8", "Bolt", "Support", "0.5", "Hours"),
    ]
    assert delivery.name == "odoo/timesheets/2026-10-05T00:00/2026-10-06T00:00"
    # A day of a date without an hour is that whole day.
    assert str(rows[0].service_end) == "2026-10-06 00:00:00"


def test_pages_go_by_id_and_none_is_missed(monkeypatch):
    monkeypatch.setattr(odoo, "PAGE", 2)
    with serve(*(line(number) for number in (2, 3, 5, 8, 13))) as server:
        ((_delivery, content),) = fetch(server)
    assert len(read(content, "csv")) == 5


def test_a_window_that_was_taken_or_is_empty_brings_nothing():
    with serve(line(11)) as server:
        ((delivery, _content),) = fetch(server)
        assert fetch(server, {delivery.name: delivery.version}) == []
    with serve() as server:
        assert fetch(server) == []


def test_a_won_lead_counts_one():
    lead = {"id": 4, "date_closed": "2026-10-05 09:30:00", "partner_id": [7, "Acme"], "team_id": [1, "Europe"]}
    with serve(lead) as server:
        ((_delivery, content),) = fetch(server, kind="leads")
    (row,) = read(content, "csv")
    assert (str(row.service_start), str(row.quantity), row.unit) == ("2026-10-05 09:30:00", "1", "Leads")


def test_what_it_saw_and_a_key_that_is_wrong():
    with serve(line(11)) as server:
        seen = CONNECTOR.test(options(server), server.web(), START)
        assert (seen.facts[0].code, seen.facts[0].values["count"]) == ("records_seen", 1)
        with pytest.raises(ConnectorError) as caught:
            CONNECTOR.test(options(server, api_key=Secret("k-2")), server.web(), START)
        assert caught.value.code == "login_refused"


def test_an_answer_that_is_no_list_is_none():
    with LocalServer([Reply(body={"error": "what"})]) as server, pytest.raises(ConnectorError, match=r"^bad_answer"):
        fetch(server)


@pytest.mark.parametrize("ids", [(11, 12), (12, 11), (11, 11), ("11",), (True,)], ids=str)
def test_records_that_come_again_or_in_another_order_are_no_list_without_end(ids):
    # A server, or what stands in front of it, that does not look at the condition "behind the last id".
    with LocalServer(lambda asked: Reply(body=[line(number) for number in ids])) as server:
        with pytest.raises(ConnectorError) as caught:
            fetch(server)
        assert (caught.value.code, len(server.asked) <= 2) == ("bad_answer", True)
