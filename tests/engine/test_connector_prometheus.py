"""Prometheus: a month in pieces comes to what one look at all of it would, whatever a value means.

The server here computes what a real one answers for a few series, and refuses what a real one refuses.
tests/system/test_prometheus_server.py asks a real one.
"""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import UsageRow
from local_server import LocalServer, Reply
from reader_samples import read

START = datetime(2026, 10, 1, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
LATER = START + timedelta(days=60)
CONNECTOR = get_connector("prometheus")


class Server:
    """Answers range queries about series: {customer: function of (seconds since START) -> text or None}."""

    def __init__(self, **series):
        self.series = series
        self.questions = []

    def __call__(self, asked):
        form = dict(pair.split("=") for pair in asked.body.decode().split("&"))
        start, end, step = (int(form[name]) for name in ("start", "end", "step"))
        self.questions.append((start, end, step))
        if (end - start) // step > 11_000:
            error = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution"
            return Reply(400, {"status": "error", "errorType": "bad_data", "error": error})
        result = []
        for customer, value_at in self.series.items():
            moments = range(start, end + 1, step)
            values = [[moment, value_at(moment - int(START.timestamp()))] for moment in moments]
            values = [value for value in values if value[1] is not None]
            if values:
                result.append({"metric": {"customer": customer}, "values": values})
        return Reply(body={"status": "success", "data": {"resultType": "matrix", "result": result}})


def options(server, **others):
    return {"url": server.url, "query": "x", "sample_kind": "increase", **others}


def fetch(server, window, now=LATER, known=None, **others):
    web = server.web(now=lambda: now)
    found = list(CONNECTOR.fetch(options(server, **others), web, window, known or {}))
    return [(each, [(payload.name, b"".join(payload.chunks)) for payload in each.payloads]) for each in found]


def read_rows(deliveries, kind):
    """Rows of all files: (customer, start, end, quantity)."""
    rows = [
        row
        for _each, files in deliveries
        for _name, data in files
        for row in read(data, "prometheus", sample_kind=kind)
    ]
    assert all(isinstance(row, UsageRow) for row in rows), rows
    return [(row.sub_account, row.service_start, row.service_end, Decimal(row.quantity)) for row in rows]


def hours(count):
    return Window(START, START + count * HOUR)


class TestPiecesTile:
    """Three days and five hours of hourly values, two series, one of which is away for a while."""

    COUNT = 77

    def is_away(self, second):
        return 30 * 3600 <= second <= 50 * 3600

    def test_an_increase_has_one_row_an_hour(self):
        # The increase of the hour that ends at a moment is that hour's number: 1 + 2 + ... + 77 = 3003.
        server = Server(a=lambda s: str(s // 3600), b=lambda s: None if self.is_away(s) else "1.5")
        with LocalServer(server) as local:
            found = read_rows(fetch(local, hours(self.COUNT)), "increase")
        a = [row for row in found if row[0] == "a"]
        assert sum(row[3] for row in a) == 3003
        assert [row[1] for row in a] == [str(START + n * HOUR)[:19] for n in range(self.COUNT)]
        assert all(row[2] == str(START + n * HOUR)[:19] for n, row in enumerate(a, 1))
        # 77 hours less the 21 moments from 30 to 50.
        assert sum(row[3] for row in found if row[0] == "b") == Decimal("1.5") * 56

    def test_a_counter_comes_to_its_growth_also_over_a_gap(self):
        server = Server(a=lambda s: None if self.is_away(s) else str(s // 60))
        with LocalServer(server) as local:
            found = read_rows(fetch(local, hours(self.COUNT), sample_kind="counter"), "counter")
        assert sum(row[3] for row in found) == 77 * 60

    def test_a_level_counts_for_every_hour_once(self):
        server = Server(a=lambda s: "2")
        with LocalServer(server) as local:
            found = read_rows(fetch(local, hours(self.COUNT), sample_kind="gauge"), "gauge")
        assert [row[1] for row in found] == [str(START + n * HOUR)[:19] for n in range(self.COUNT)]
        assert sum(row[3] for row in found) == 2 * 77

    @pytest.mark.parametrize("kind", ["increase", "gauge", "counter"])
    def test_a_series_that_is_away_most_of_the_time_has_the_step_that_was_asked_for(self, kind):
        server = Server(a=lambda s: "4" if s in (3 * 3600, 6 * 3600) else None)
        with LocalServer(server) as local:
            found = read_rows(fetch(local, Window(START, START + 6 * HOUR), sample_kind=kind), kind)
        # At three and six: increases of the hours before, a level of the hour after three, a counter that did not grow.
        expected = {
            "increase": [("02", "03", "4"), ("05", "06", "4")],
            "gauge": [("03", "04", "4")],
            "counter": [("03", "06", "0")],
        }
        assert [(row[1][11:13], row[2][11:13], str(row[3])) for row in found] == expected[kind]


class TestQuestions:
    def test_none_asks_for_more_than_a_server_gives(self):
        server = Server(a=lambda s: "1")
        with LocalServer(server) as local:
            for kind in ("increase", "gauge", "counter"):
                found = read_rows(fetch(local, hours(10), sample_kind=kind, step="1"), kind)
                assert len(found) == 36_000
        assert all((end - start) // step < 11_000 for start, end, step in server.questions)
        assert len(server.questions) == 3 * 4

    def test_what_is_not_old_enough_is_left_for_the_next_time(self):
        server = Server(a=lambda s: "1")
        with LocalServer(server) as local:
            now = START + 5 * HOUR + timedelta(minutes=9)
            found = read_rows(fetch(local, hours(5), now=now), "increase")
            assert len(found) == 4
            found = read_rows(fetch(local, hours(5), now=now + timedelta(minutes=1)), "increase")
            assert len(found) == 5

    def test_a_login_is_sent(self):
        with LocalServer(Server(a=lambda s: "1")) as local:
            fetch(local, hours(1), login="bearer", password=Secret("t-1"))
            fetch(local, hours(1), login="basic", user="me", password=Secret("pw"))
            assert [asked.headers.get("Authorization") for asked in local.asked] == ["Bearer t-1", "Basic bWU6cHc="]
            assert {asked.path for asked in local.asked} == {"/api/v1/query_range"}


class TestDeliveries:
    def test_a_month_is_one_by_its_name_and_is_left_out_while_it_is_the_same(self):
        with LocalServer(Server(a=lambda s: "1")) as local:
            ((first, files),) = fetch(local, hours(30))
            assert (first.name, first.partition) == ("prometheus/2026-10", "127.0.0.1/2026-10")
            assert [name for name, _data in files] == [
                "prometheus-2026-10-01T000000.json",
                "prometheus-2026-10-02T000000.json",
            ]
            known = {first.name: first.version}
            assert fetch(local, hours(30), known=known) == []
            ((second, _files),) = fetch(local, hours(31), known=known)
            assert second.version != first.version

    def test_of_nothing_there_is_none(self):
        with LocalServer(Server()) as local:
            assert fetch(local, hours(30)) == []
        # One look at a counter is no use yet; a file without rows would be refused.
        with LocalServer(Server(a=lambda s: "4" if s == 3600 else None)) as local:
            assert fetch(local, hours(3), sample_kind="counter") == []
        with LocalServer(Server(a=lambda s: "1")) as local:
            assert fetch(local, hours(30), now=START) == []

    def test_a_month_of_another_zone_is_called_by_its_own_name(self):
        with LocalServer(Server(a=lambda s: "1")) as local:
            for offset in (-12, 14):
                window = Window(START - offset * HOUR, START + 2 * HOUR - offset * HOUR)
                assert fetch(local, window)[0][0].name == "prometheus/2026-10"


class TestWhatGoesWrong:
    @pytest.mark.parametrize(
        "body",
        [b"[]", b"{}", b'{"status":"success","data":{"resultType":"vector","result":[]}}',
         b'{"status":"success","data":{"resultType":"matrix","result":{}}}',
         b'{"status":"success","data":{"resultType":"matrix","result":[1]}}',
         b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{}}]}}'],
    )  # fmt: skip
    def test_another_kind_of_answer(self, body):
        with LocalServer([Reply(body=body)]) as local, pytest.raises(ConnectorError, match="bad_answer"):
            fetch(local, hours(2))

    def test_a_part_of_the_servers_behind_it_did_not_answer(self):
        body = {"status": "success", "warnings": ["store x: timeout"], "data": {"resultType": "matrix", "result": []}}
        with LocalServer([Reply(body=body)]) as local, pytest.raises(ConnectorError) as caught:
            fetch(local, hours(2))
        assert (caught.value.code, caught.value.is_transient) == ("server_said", True)
        assert caught.value.values["said"] == "store x: timeout"

    def test_a_query_that_is_none(self, samples):
        body = (samples / "prometheus" / "query_range_error_11000_points.json").read_bytes()
        with LocalServer([Reply(400, body)]) as local, pytest.raises(ConnectorError) as caught:
            fetch(local, hours(2))
        assert (caught.value.code, caught.value.is_transient) == ("request_refused", False)
        assert "11,000 points" in caught.value.values["said"]

    def test_settings_say_what_they_lack(self):
        found = CONNECTOR.check({"url": "prometheus:9090", "login": "basic", "step": "0"})
        assert {(problem.setting, problem.code) for problem in found} == {
            ("url", "not_an_address"),
            ("query", "setting_missing"),
            ("user", "setting_missing"),
            ("password", "setting_missing"),
            ("step", "not_in_range"),
        }
        assert CONNECTOR.hosts({"url": "http://Prometheus.lan:9090/x"}) == {"prometheus.lan:9090"}


class TestTheTest:
    def test_says_how_many_series_and_shows_a_piece(self, samples):
        body = (samples / "prometheus" / "query_range_live_2.42.json").read_bytes()
        with LocalServer([Reply(body=body)]) as local:
            seen = CONNECTOR.test(options(local), local.web(), START + 30 * HOUR)
        assert (seen.facts[0].code, seen.facts[0].values["count"], seen.facts[0].values["samples"]) == (
            "series_seen", 2, 10,
        )  # fmt: skip
        sample = b"".join(seen.sample.chunks)
        assert json.loads(sample)["step"] == 3600
        assert read(sample, "prometheus", sample_kind="increase")

    def test_says_that_there_is_nothing(self):
        with LocalServer(Server()) as local:
            seen = CONNECTOR.test(options(local), local.web(), START + 30 * HOUR)
        assert (seen.facts[0].code, seen.sample) == ("no_series_seen", None)
