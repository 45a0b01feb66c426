"""VMware Cloud Director, as its descriptions say it answers: no installation of it can be had for a test."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import UsageRow
from local_server import LocalServer, Reply
from reader_samples import read

START = datetime(2026, 10, 5, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
CONNECTOR = get_connector("vcloud")


def machine(number, **changes):
    return {
        "_type": "QueryResultVMRecordType",
        "href": f"https://vcloud.example.com/api/vApp/vm-{number}",
        "name": f"web-{number}",
        "containerName": "shop",
        "vdc": "https://vcloud.example.com/api/vdc/vdc-1",
        "org": "https://vcloud.example.com/api/org/org-1",
        "status": "POWERED_ON",
        "numberOfCpus": 2,
        "memoryMB": 1536,
        "totalStorageAllocatedMb": 20480,
        **changes,
    }


class Cells:
    """The cells of an installation: sessions, the query service in pages, metrics of every machine."""

    def __init__(self, *machines):
        self.machines = list(machines)
        self.series = []

    def __call__(self, asked):
        if asked.path.startswith(("/oauth/", "/cloudapi/")):
            if "refresh_token=token-1" not in asked.body.decode() and "Authorization" not in asked.headers:
                return Reply(400, {"error": "invalid_grant"})
            return Reply(body={"access_token": "bearer-1"}, headers={"X-VMWARE-VCLOUD-ACCESS-TOKEN": "bearer-1"})
        if asked.headers.get("Authorization") != "Bearer bearer-1":
            return Reply(401)
        if asked.path.endswith("/metrics/historic"):
            return Reply(body={"metricSeries": self.series})
        page, size = int(asked.query["page"][0]), int(asked.query["pageSize"][0])
        found = self.machines[(page - 1) * size : page * size]
        return Reply(body={"total": len(self.machines), "page": page, "pageSize": size, "record": found})


def options(server, **others):
    return {"url": server.url, "org": "shop", "password": Secret("token-1"), **others}


def fetch(server, window, now=None, known=None, **others):
    web = server.web(now=lambda: now or window.end + HOUR)
    found = CONNECTOR.fetch(options(server, **others), web, window, known or {})
    return {each.name: b"".join(b for payload in each.payloads for b in payload.chunks) for each in found}


def read_lines(data):
    """(resource, service, quantity, unit, start) of the rows that the proposed format reads."""
    rows = read(data, "own_columns", file_name="x.jsonl", mapping=CONNECTOR.get_mappings()["machines"][1])
    assert all(isinstance(row, UsageRow) for row in rows), rows
    return [(row.resource, row.service, row.quantity, row.unit, row.service_start) for row in rows]


class TestWhatMachinesWereGiven:
    def test_counts_for_each_hour_since_the_last_look(self):
        with LocalServer(Cells(machine(1), machine(2, memoryMB=0, totalStorageAllocatedMb=None))) as server:
            found = fetch(server, Window(START, START + 3 * HOUR))
            asked = [each for each in server.asked if each.path == "/api/query"]
        assert list(found) == ["vcloud/2026-10-05T00", "vcloud/2026-10-05T01", "vcloud/2026-10-05T02"]
        # 1536 MB are 1.5 GB; 20480 MB are 20 GB; the second machine has neither.
        assert read_lines(found["vcloud/2026-10-05T01"]) == [
            ("vm-1", "allocated.cpu", "2", "vCPU hours", "2026-10-05 01:00:00"),
            ("vm-1", "allocated.memory", "1.5", "GB hours", "2026-10-05 01:00:00"),
            ("vm-1", "allocated.storage", "20", "GB hours", "2026-10-05 01:00:00"),
            ("vm-2", "allocated.cpu", "2", "vCPU hours", "2026-10-05 01:00:00"),
        ]
        # One look is the state of all three hours.
        assert [each.query["type"] for each in asked] == [["vm"]]
        assert asked[0].query["filter"] == ["(isVAppTemplate==false)"]

    def test_hours_that_were_taken_are_not_taken_again_and_young_ones_wait(self):
        with LocalServer(Cells(machine(1))) as server:
            window = Window(START, START + 3 * HOUR)
            found = fetch(
                server, window, now=START + 3 * HOUR + timedelta(minutes=29), known={"vcloud/2026-10-05T00": "1"}
            )
            assert list(found) == ["vcloud/2026-10-05T01"]
            assert fetch(server, window, known=dict.fromkeys((f"vcloud/2026-10-05T0{n}" for n in range(3)), "1")) == {}

    def test_a_state_is_not_told_of_days_long_past(self):
        with LocalServer(Cells(machine(1))) as server:
            now = START + timedelta(days=2)
            found = fetch(server, Window(START, now), now=now)
        assert min(found) == "vcloud/2026-10-05T23"

    def test_a_machine_counts_from_the_hour_in_which_it_was_made(self):
        with LocalServer(Cells(machine(1, dateCreated="2026-10-05T03:30:00+02:00"))) as server:
            found = fetch(server, Window(START, START + 3 * HOUR))
        assert list(found) == ["vcloud/2026-10-05T01", "vcloud/2026-10-05T02"]

    def test_all_pages_of_machines_are_read_and_each_machine_once(self):
        machines = [machine(n) for n in range(300)]
        machines[200] = machines[3]
        with LocalServer(Cells(*machines)) as server:
            rows = read_lines(fetch(server, Window(START, START + HOUR))["vcloud/2026-10-05T00"])
            assert len([each for each in server.asked if each.path == "/api/query"]) == 3
        assert len(rows) == 299 * 3


class TestMetrics:
    SERIES = [
        {"name": "disk.used.latest", "unit": "KILOBYTES", "expectedInterval": 300000,
         "sample": [{"timestamp": "2026-10-05T00:00:00.000Z", "value": 10.5},
                    {"timestamp": "2026-10-05T00:05:00.000Z", "value": 1.5},
                    {"timestamp": "2026-10-05T01:00:00.000Z", "value": 99}]},
        {"name": "disk.read.average", "unit": "KILOBYTES_PER_SECOND", "expectedInterval": 20000,
         "sample": [{"timestamp": "2026-10-05T00:00:00Z", "value": 3}]},
        {"name": "cpu.usage.average", "unit": "PERCENT", "expectedInterval": 300000, "sample": []},
    ]  # fmt: skip

    def test_a_level_counts_for_the_time_it_held_and_a_rate_for_its_seconds(self):
        cells = Cells(machine(1))
        cells.series = self.SERIES
        with LocalServer(cells) as server:
            found = fetch(server, Window(START, START + HOUR), is_allocated="0", metrics="disk.*, cpu.usage.average")
            asked = server.asked[-1]
        # 12 KB for 300 seconds are 1 KB hour; 3 KB a second for 20 seconds are 60 KB.
        assert read_lines(found["vcloud/2026-10-05T00"]) == [
            ("vm-1", "disk.used.latest", "1", "kilobytes hours", "2026-10-05 00:00:00"),
            ("vm-1", "disk.read.average", "60", "kilobytes", "2026-10-05 00:00:00"),
        ]
        assert asked.path == "/api/vApp/vm-1/metrics/historic"
        assert asked.json == {
            "metricPattern": ["disk.*", "cpu.usage.average"],
            "absoluteStartTime": {"time": "2026-10-05T00:00:00Z"},
            "absoluteEndTime": {"time": "2026-10-05T01:00:00Z"},
        }

    @pytest.mark.parametrize(
        "series",
        [{}, [1], [{}], [{"name": "x", "expectedInterval": 0}],
         [{"name": "x", "expectedInterval": 1, "sample": [{"value": "1"}]}]],
    )  # fmt: skip
    def test_another_kind_of_answer(self, series):
        cells = Cells(machine(1))
        cells.series = series
        with LocalServer(cells) as server:
            if series == {}:
                assert fetch(server, Window(START, START + HOUR), is_allocated="0", metrics="x") == {}
                return
            with pytest.raises(ConnectorError, match="bad_answer"):
                fetch(server, Window(START, START + HOUR), metrics="x")


class TestLogins:
    @pytest.mark.parametrize(
        ("others", "path"),
        [
            ({}, "/oauth/tenant/shop/token"),
            ({"org": "System"}, "/oauth/provider/token"),
            ({"login": "password", "user": "me"}, "/cloudapi/1.0.0/sessions"),
            ({"login": "password", "user": "me", "org": "System"}, "/cloudapi/1.0.0/sessions/provider"),
        ],
    )
    def test_of_a_tenant_and_of_the_provider(self, others, path):
        with LocalServer(Cells(machine(1))) as server:
            assert fetch(server, Window(START, START + HOUR), **others)
            asked = server.asked
        assert asked[0].path == path
        assert asked[0].headers["Accept"].startswith("application/json")
        assert asked[1].query["type"] == ["adminVM" if others.get("org") else "vm"]
        assert asked[1].headers["Accept"] == "application/*+json;version=37.0"

    def test_a_token_that_is_refused_or_none(self):
        with LocalServer(Cells()) as server, pytest.raises(ConnectorError, match="login_refused"):
            fetch(server, Window(START, START + HOUR), password=Secret("other"))
        with LocalServer([Reply(body={})]) as server, pytest.raises(ConnectorError, match="bad_answer"):
            fetch(server, Window(START, START + HOUR))

    def test_settings_say_what_they_lack(self):
        found = CONNECTOR.check({"url": "https://v.example.com", "login": "password", "is_allocated": "0"})
        assert {(problem.setting, problem.code) for problem in found} == {
            ("org", "setting_missing"),
            ("user", "setting_missing"),
            ("password", "setting_missing"),
            ("metrics", "nothing_chosen"),
        }


class TestTheTest:
    def test_says_how_many_machines_it_saw_and_shows_an_hour(self):
        with LocalServer(Cells(machine(1), machine(2))) as server:
            seen = CONNECTOR.test(options(server), server.web(), START + timedelta(hours=5, minutes=31))
        assert (seen.facts[0].code, seen.facts[0].values["count"]) == ("machines_seen", 2)
        rows = read_lines(b"".join(seen.sample.chunks))
        assert {row[4] for row in rows} == {"2026-10-05 04:00:00"}
        assert sum(Decimal(row[2]) for row in rows if row[1] == "allocated.cpu") == 4
