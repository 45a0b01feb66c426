"""The CloudKitty connector against CloudKitty 25 itself, over InfluxDB: pages, conditions, whose usage who sees.

Two days of two projects, an hour a frame: a machine of P-own for 0.25 an hour, 1.2 GiB of P-other for 0.04.
"""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from cloud_billing_engine.connectors import ConnectorError, Policy, Secret, Window, get_connector
from cloud_billing_engine.connectors.web import Web
from cloud_billing_engine.readers import Limits, UsageRow, get_reader
from servers.openstack import PROJECT, CloudKitty

CONNECTOR = get_connector("cloudkitty")
START = datetime(2026, 10, 1, tzinfo=timezone.utc)
HOURS = 48
OTHER = "99998888777766665555444433332222"
WINDOW = Window(START, START + timedelta(days=31))
USERS = {
    "billing": ("sesame-of-the-tests", ("admin",)),
    "reader": ("sesame-of-the-tests", ("reader",)),
    "nobody": ("sesame-of-the-tests", ()),
}


def make_frame(hour, start=START):
    """What was used in one hour."""
    begin = start + timedelta(hours=hour)

    def point(project, unit, quantity, price, **ids):
        return {"vol": {"unit": unit, "qty": quantity}, "rating": {"price": price},
                "groupby": {"project_id": project, **ids}, "metadata": {"name": "web"}}  # fmt: skip

    return {
        "period": {"begin": begin.isoformat(), "end": (begin + timedelta(hours=1)).isoformat()},
        "usage": {
            "instance": [point(PROJECT, "instance", 1, 0.25, id="i-1")],
            "volume.size": [point(OTHER, "GiB", 1.2, 0.04, id="v-1")],
        },
    }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    server = CloudKitty(tmp_path_factory.mktemp("cloudkitty"), **USERS)
    try:
        server.add([make_frame(hour) for hour in range(HOURS)])
        yield server
    finally:
        server.stop()


def options(cloud, **others):
    given = {"url": cloud.url, "keystone": cloud.keystone.url, "user": "billing", "project": "billing", **others}
    return {**given, "password": Secret(others.get("password", "sesame-of-the-tests"))}


def open_web(cloud):
    hosts = frozenset({cloud.host, cloud.keystone.host})
    return Web(Policy(hosts, hosts, attempts=1))


def fetch(cloud, window=WINDOW, **others):
    """{project: (rows, quantity, cost)} of what comes."""
    found = {}
    with open_web(cloud) as web:
        for delivery in CONNECTOR.fetch(options(cloud, **others), web, window, {}):
            for payload in delivery.payloads:
                reader = get_reader("cloudkitty").read(
                    payload.chunks, file_name=payload.name, limits=Limits(), options={"currency": "EUR"}
                )
                for row in reader:
                    assert isinstance(row, UsageRow), row
                    rows, quantity, cost = found.get(row.sub_account, (0, 0, 0))
                    found[row.sub_account] = (
                        rows + 1, quantity + Decimal(row.quantity), cost + Decimal(row.cost_billed),
                    )  # fmt: skip
    return found


# 48 hours of one machine at 0.25, and of 1.2 GiB at 0.04.
OWN = {PROJECT: (48, Decimal(48), Decimal("12.00"))}
ALL = {**OWN, OTHER: (48, Decimal("57.6"), Decimal("1.92"))}


@pytest.mark.parametrize("page", ["7", "96", "1000"])
def test_every_point_comes_once_whatever_the_pages(cloud, page):
    assert fetch(cloud, page=page) == ALL


def test_conditions_narrow_it_down(cloud):
    assert fetch(cloud, filters=f'{{"project_id": "{PROJECT}"}}') == OWN
    assert fetch(cloud, filters='{"type": "instance"}') == OWN


def test_a_time_without_usage_is_none(cloud):
    later = Window(START + timedelta(days=40), START + timedelta(days=41))
    assert fetch(cloud, later) == {}
    with open_web(cloud) as web:
        seen = CONNECTOR.test(options(cloud), web, later.end)
        assert ([fact.code for fact in seen.facts], seen.sample) == (["no_records_seen"], None)
        seen = CONNECTOR.test(options(cloud), web, START + timedelta(days=1))
        assert (seen.facts[0].code, seen.facts[0].values["count"], bool(seen.sample)) == ("records_seen", 48, True)


def test_who_is_no_administrator_sees_the_project_alone(cloud):
    assert fetch(cloud, user="reader") == OWN


@pytest.mark.parametrize(("user", "password"), [("billing", "wrong"), ("stranger", "wrong")])
def test_a_wrong_login_is_told(cloud, user, password):
    with pytest.raises(ConnectorError) as caught:
        fetch(cloud, user=user, password=password)
    assert (caught.value.code, caught.value.values["status"]) == ("login_refused", 401)


def test_points_that_are_rated_meanwhile_are_read_again_later(cloud):
    with open_web(cloud) as web:
        pages = CONNECTOR._get_pages(options(cloud, page="10"), web, WINDOW)
        next(pages)
        late = make_frame(HOURS)
        cloud.add([late])
        with pytest.raises(ConnectorError) as caught:
            list(pages)
    assert (caught.value.code, caught.value.is_transient) == ("points_changed", True)
