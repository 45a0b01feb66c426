"""OpenCost: a window day by day, each answer as it came."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import UsageRow
from local_server import LocalServer, Reply
from reader_samples import read
from tree_documents import allocations

START = datetime(2026, 10, 5, tzinfo=timezone.utc)
CONNECTOR = get_connector("opencost")


def answer(asked):
    """A day's allocations; none on the sixth."""
    start, end = asked.query["window"][0].split(",")
    if start.startswith("2026-10-06"):
        return Reply(body=b'{"code":200,"data":[{}]}')
    return Reply(body=allocations({"window": {"start": start, "end": end}}))


def fetch(server, window, known=None, **others):
    found = CONNECTOR.fetch({"url": server.url, **others}, server.web(), window, known or {})
    return [(each, [(payload.name, b"".join(payload.chunks)) for payload in each.payloads]) for each in found]


class TestAWindow:
    def test_is_asked_for_day_by_day_and_days_without_usage_are_no_file(self):
        window = Window(START, START + timedelta(days=3, hours=5))
        with LocalServer(answer) as server:
            ((delivery, files),) = fetch(server, window)
            assert fetch(server, window, {delivery.name: delivery.version}) == []
            queries = [asked.query for asked in server.asked[:4]]
        assert (delivery.name, delivery.partition) == ("opencost/2026-10", "127.0.0.1/2026-10")
        assert [name for name, _data in files] == [f"opencost-2026-10-{day}.json" for day in ("05", "07", "08")]
        assert [query["window"][0] for query in queries] == [
            "2026-10-05T00:00:00Z,2026-10-06T00:00:00Z",
            "2026-10-06T00:00:00Z,2026-10-07T00:00:00Z",
            "2026-10-07T00:00:00Z,2026-10-08T00:00:00Z",
            "2026-10-08T00:00:00Z,2026-10-08T05:00:00Z",
        ]
        assert (queries[0]["aggregate"], queries[0]["includeIdle"]) == (["namespace"], ["false"])
        rows = [row for _name, data in files for row in read(data, "opencost", currency="USD")]
        assert len(rows) == 3 * 3
        assert all(isinstance(row, UsageRow) for row in rows)
        assert rows[-1].service_end == "2026-10-08 05:00:00"

    def test_what_is_asked_is_as_the_settings_say(self):
        with LocalServer(answer) as server:
            others = {"aggregate": "label:customer", "include_idle": "1", "path": "allocation/compute"}
            fetch(server, Window(START, START + timedelta(hours=1)), login="bearer", password=Secret("t"), **others)
            asked = server.asked[0]
        assert (asked.path, asked.query["aggregate"], asked.query["includeIdle"]) == (
            "/allocation/compute", ["label:customer"], ["true"],
        )  # fmt: skip
        assert asked.headers["Authorization"] == "Bearer t"

    def test_of_nothing_there_is_no_delivery(self):
        with LocalServer(answer) as server:
            assert fetch(server, Window(START + timedelta(days=1), START + timedelta(days=2))) == []


class TestTheTest:
    def test_says_how_many_it_saw_and_shows_them(self, samples):
        body = (samples / "opencost" / "allocation-example-output.json").read_bytes()
        with LocalServer([Reply(body=body)]) as server:
            seen = CONNECTOR.test({"url": server.url}, server.web(), START + timedelta(minutes=9))
        count = sum(len(window) for window in json.loads(body)["data"])
        assert (seen.facts[0].code, seen.facts[0].values) == (
            "records_seen", {"count": count, "start": "2026-10-04 00:00 UTC", "end": "2026-10-05 00:00 UTC"},
        )  # fmt: skip
        rows = read(b"".join(seen.sample.chunks), "opencost", currency="USD")
        assert rows == read(body, "opencost", currency="USD")


class TestWhatGoesWrong:
    def test_an_error_within_an_answer(self):
        body = {"code": 500, "message": "boom", "data": []}
        with LocalServer([Reply(body=body)]) as server, pytest.raises(ConnectorError) as caught:
            fetch(server, Window(START, START + timedelta(hours=1)))
        assert (caught.value.code, caught.value.values["said"]) == ("server_said", "boom")

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data":{}}', b"<html>"])
    def test_another_kind_of_answer(self, body):
        with LocalServer([Reply(body=body)]) as server, pytest.raises(ConnectorError, match="bad_answer"):
            fetch(server, Window(START, START + timedelta(hours=1)))
