"""The Prometheus connector against Debian's Prometheus: days of the past, its own limit of 11,000 points, a login.

Two customers, a sample a minute for three days. The counter of acme grows by 3 a minute and begins anew after a day and
a half; that of beta grows by 1 a minute and is away from hour 20 to hour 30. Both have a level: 2 and 5 machines.
"""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
import requests
from cloud_billing_engine.connectors import ConnectorError, Policy, Secret, Window, get_connector
from cloud_billing_engine.connectors.web import Web
from cloud_billing_engine.readers import Limits, UsageRow, get_reader
from servers.prometheus import PASSWORD, USER, Prometheus

START = datetime(2025, 10, 1, tzinfo=timezone.utc)
MINUTES = 3 * 24 * 60
WINDOW = Window(START, START + timedelta(minutes=MINUTES))
RESET = MINUTES // 2
AWAY = range(20 * 60 + 1, 30 * 60)
CONNECTOR = get_connector("prometheus")


def write_series():
    """The two counters and levels as OpenMetrics, from the start to the end and a minute beyond."""
    start = int(START.timestamp())
    requests_total, machines = [], []
    for minute in range(MINUTES + 1):
        moment = start + 60 * minute
        grown = 3 * (minute if minute < RESET else minute - RESET)
        requests_total.append(f'requests_total{{customer="acme"}} {grown} {moment}')
        machines.append(f'machines{{customer="acme"}} 2 {moment}')
        if minute not in AWAY:
            requests_total.append(f'requests_total{{customer="beta"}} {minute} {moment}')
        machines.append(f'machines{{customer="beta"}} 5 {moment}')
    parts = ["# TYPE requests counter", *requests_total, "# TYPE machines gauge", *machines, "# EOF"]
    return "\n".join(parts) + "\n"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    server = Prometheus(tmp_path_factory.mktemp("prometheus"), write_series())
    yield server
    server.stop()


def options(server, **others):
    return {"url": server.url, "login": "basic", "user": USER, "password": Secret(PASSWORD), "step": "3600", **others}


def open_web(server):
    hosts = frozenset(CONNECTOR.hosts(options(server)))
    return Web(Policy(hosts, hosts, attempts=2), secrets=[Secret(PASSWORD)])


def fetch(server, kind, query, window=WINDOW, **others):
    """Rows of a fetch: {customer: [(start, quantity)]}."""
    given = options(server, query=query, sample_kind=kind, **others)
    rows = {}
    for delivery in CONNECTOR.fetch(given, open_web(server), window, {}):
        for payload in delivery.payloads:
            for row in get_reader("prometheus").read(
                payload.chunks, file_name=payload.name, limits=Limits(), options={"sample_kind": kind}
            ):
                assert isinstance(row, UsageRow), row
                rows.setdefault(row.sub_account, []).append((row.service_start, Decimal(row.quantity)))
    return rows


def total(rows):
    return {customer: sum(quantity for _start, quantity in found) for customer, found in rows.items()}


class TestThreeDays:
    def test_of_a_counter_come_to_its_growth_over_a_reset_and_a_gap(self, prometheus):
        # acme: 3 a minute for 4320 minutes, less the 3 of the minute in which it began anew at nothing.
        # beta: 1 a minute; what it grew by while it was away is there when it is back.
        rows = fetch(prometheus, "counter", "requests_total", step="60")
        assert total(rows) == {"acme": 3 * MINUTES - 3, "beta": MINUTES}

    def test_of_a_query_of_increases_by_the_hour_have_72_rows_each(self, prometheus):
        # Of acme 180 an hour, but in the hour of the reset: its difference would be wrong, and the query makes it 0.
        query = "clamp_min(sum by (customer) (requests_total - requests_total offset 1h), 0)"
        acme = dict(fetch(prometheus, "increase", query)["acme"])
        assert len(acme) == 72
        assert (min(acme), max(acme)) == ("2025-10-01 00:00:00", "2025-10-03 23:00:00")
        assert {start: used for start, used in acme.items() if used != 180} == {"2025-10-02 11:00:00": 0}

    def test_of_a_level_count_every_hour_once(self, prometheus):
        rows = fetch(prometheus, "gauge", "machines")
        assert total(rows) == {"acme": 2 * 72, "beta": 5 * 72}
        assert all(len(found) == len(dict(found)) == 72 for found in rows.values())

    def test_are_more_points_than_the_server_gives_and_come_all_the_same(self, prometheus):
        # 15 seconds: 17,280 steps. Asked at once, the server refuses.
        question = {"query": "machines", "start": int(START.timestamp()), "step": 15}
        question["end"] = int(WINDOW.end.timestamp())
        refused = requests.get(
            f"{prometheus.url}/api/v1/query_range", params=question, auth=(USER, PASSWORD), timeout=30
        )
        assert (refused.status_code, refused.json()["errorType"]) == (400, "bad_data")
        rows = fetch(prometheus, "gauge", "machines", step="15")
        assert [len(rows[customer]) for customer in ("acme", "beta")] == [17_280, 17_280]
        # 2 machines for 72 hours; a row is of 15 seconds, and its level hours have as many digits as that needs.
        assert {customer: round(sums, 20) for customer, sums in total(rows).items()} == {"acme": 144, "beta": 360}
        rows = fetch(prometheus, "counter", "requests_total", step="15")
        assert total(rows) == {"acme": 3 * MINUTES - 3, "beta": MINUTES}


class TestTheTest:
    def test_says_what_it_saw(self, prometheus):
        given = options(prometheus, query="requests_total", sample_kind="counter")
        seen = CONNECTOR.test(given, open_web(prometheus), WINDOW.end + timedelta(hours=1))
        assert (seen.facts[0].code, seen.facts[0].values["count"]) == ("series_seen", 2)
        assert seen.sample

    def test_says_that_there_is_nothing(self, prometheus):
        given = options(prometheus, query="nothing_of_that_name")
        seen = CONNECTOR.test(given, open_web(prometheus), WINDOW.end)
        assert (seen.facts[0].values["count"], seen.sample) == (0, None)

    @pytest.mark.parametrize(
        ("others", "code", "said"),
        [
            ({"password": Secret("wrong")}, "login_refused", "Unauthorized"),
            ({"query": "sum by ("}, "request_refused", "parse error"),
            ({"url_path": "/other"}, "not_found", "404"),
        ],
    )
    def test_says_what_is_wrong(self, prometheus, others, code, said):
        given = options(prometheus, **{"query": "machines", **others})
        given["url"] += given.pop("url_path", "")
        with pytest.raises(ConnectorError) as caught:
            CONNECTOR.test(given, open_web(prometheus), WINDOW.end)
        assert caught.value.code == code
        assert said in caught.value.values["said"]
        assert PASSWORD not in str(caught.value)
