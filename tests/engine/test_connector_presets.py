"""Presets against replays of what their systems document: what is asked, and that the rows become usage."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from cloud_billing_engine.connectors import CONNECTORS, ConnectorError, Secret, Window, get_connector, presets
from cloud_billing_engine.connectors.base import TABLE_KINDS
from cloud_billing_engine.connectors.generic.collecting import check_query
from cloud_billing_engine.connectors.presets.preset import Preset
from cloud_billing_engine.readers import get_reader, read_mapping
from local_api import Api, Reply
from preset_servers import SERVERS, START, HubSpot, Proxmox, Whmcs

DAY = Window(START, START + timedelta(days=1))
ALL = {name: connector for name, connector in CONNECTORS.items() if isinstance(connector, Preset)}


def given(name, server="https://example.com", **more):
    secrets = {secret: Secret(word) for secret, word in SERVERS[name].secrets.items()}
    return {"server": server, **SERVERS[name].settings, **secrets, **more}


def deliveries(name, api, known=None, window=DAY, now=DAY.end, **more):
    return list(get_connector(name).fetch(given(name, api.url, **more), api.web(now=lambda: now), window, known or {}))


def usage(name, api, **more):
    """The usage rows of a day, by the mapping that the preset proposes."""
    connector, options = get_connector(name), given(name, api.url)
    assert connector.check(options) == []
    assert connector.hosts(options) == {api.host}
    _label, mapping = connector.get_mappings()[next(iter(connector.things))]
    rows = []
    for delivery in deliveries(name, api, **more):
        for payload in delivery.payloads:
            options = {"mapping": mapping}
            rows += get_reader("own_columns").read(payload.chunks, file_name=payload.name, options=options)
    return rows


def told(row):
    return row.external_id or "", row.service_start, row.sub_account, row.service, Decimal(row.quantity)


def things():
    return [(name, thing) for name, connector in ALL.items() for thing in connector.get_mappings()]


def tables():
    return [(name, thing) for name, connector in ALL.items() for thing in connector.get_tables()]


def check_composed(connector, options):
    composed = connector.compose(
        {setting.name: options.get(setting.name, setting.default) for setting in connector.settings}
    )
    parts = [composed["path"], composed.get("params", {}), composed.get("body", {})]
    assert list(check_query(composed, parts, "params")) == []


@pytest.mark.parametrize(("name", "thing"), tables())
def test_a_table_of_customers_asks_for_what_it_proposes(name, thing):
    connector = ALL[name]
    check_composed(connector, given(name, thing=thing))
    kind, columns = connector.get_tables()[thing]
    assert kind in TABLE_KINDS
    assert {"external_key", "name"} <= set(columns)
    assert len(set(columns.values())) == len(columns)
    asked = connector.things[thing].fields
    if asked:
        # What is not asked for does not come: the id comes by itself, and what a setting names.
        proposed = {column.removeprefix("properties.") for column in columns.values()}
        assert proposed - set(asked) <= {"id", "customer_number"}


@pytest.mark.parametrize(("name", "thing"), things())
def test_every_preset_asks_something_whole_and_proposes_a_mapping_that_can_be_used(name, thing):
    connector, options = ALL[name], given(name, thing=thing)
    check_composed(connector, options)
    mapping = read_mapping(connector.get_mappings()[thing][1])
    said = {*mapping.columns, *mapping.constants}
    assert {"account", "service", "quantity"} <= said
    assert {"id", "start"} <= said or mapping.shape == "snapshot"


def test_every_preset_is_tried():
    assert set(SERVERS) == set(ALL)
    assert presets.__doc__


@pytest.mark.parametrize("name", SERVERS)
def test_what_a_system_has_of_a_day_becomes_usage(name):
    server = SERVERS[name]()
    with Api(server) as api:
        found = sorted(told(row) for row in usage(name, api))
    assert found == sorted((*row, Decimal(quantity)) for *row, quantity in server.usage)


@pytest.mark.parametrize("name", SERVERS)
def test_a_test_shows_what_is_there(name):
    with Api(SERVERS[name]()) as api:
        seen = get_connector(name).test(given(name, api.url), api.web(now=lambda: DAY.end), DAY.end)
    assert seen.facts[0].code in ("rows_seen", "state_seen")
    assert b"".join(seen.sample.chunks)


@pytest.mark.parametrize("name", SERVERS)
def test_settings_that_are_missing_are_told(name):
    assert {problem.code for problem in ALL[name].check({})} == {"setting_missing"}
    assert ALL[name].check(given(name)) == []


@pytest.mark.parametrize("name", SERVERS)
def test_a_wrong_key_is_told_and_not_shown(name):
    with Api(lambda asked: Reply(json.dumps([dict(asked.headers), str(asked.body)]).encode(), 401)) as api:
        options = given(name, api.url)
        web = api.web(secrets=[each for each in options.values() if isinstance(each, Secret)], now=lambda: DAY.end)
        with pytest.raises(ConnectorError) as caught:
            list(ALL[name].fetch(options, web, DAY, {}))
        assert caught.value.code == "login_refused"
        for word in SERVERS[name].secrets.values():
            assert word not in f"{caught.value} {caught.value.values}"


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("cpanel_disk", {"metadata": {"result": 0, "reason": "Access denied"}}, "Access denied"),
        ("cpanel_traffic", {"data": {}, "metadata": {"result": 0, "reason": "Unknown app"}}, "Unknown app"),
        ("whmcs", {"result": "error", "message": "Invalid Permissions, not s3cret"}, "Invalid Permissions, not ***"),
    ],
)
def test_a_refusal_with_a_status_that_says_all_is_well_is_one(name, answer, said):
    with Api(lambda asked: answer) as api:
        options = given(name, api.url)
        web = api.web(secrets=[each for each in options.values() if isinstance(each, Secret)])
        with pytest.raises(ConnectorError) as caught:
            get_connector(name).test(options, web, DAY.end)
    assert (caught.value.code, caught.value.values["said"]) == ("system_refused", said)


def test_of_nothing_a_system_may_say_something_else_than_a_list():
    answer = {"result": "success", "totalresults": 0, "startnumber": 0, "numreturned": 0, "products": ""}
    with Api(lambda asked: answer) as api:
        assert deliveries("whmcs", api) == []


class TestWhatIsAsked:
    def test_autotask_goes_on_at_the_next_address_with_the_same_body(self):
        with Api(SERVERS["autotask"]()) as api:
            usage("autotask", api)
            assert api.questions[0].path == "/atservicesrest/v1.0/BillingItems/query"
            assert api.questions[0].json == api.questions[1].json == {
                "filter": [
                    {"op": "gte", "field": "postedDate", "value": "2026-10-01T00:00:00Z"},
                    {"op": "lt", "field": "postedDate", "value": "2026-10-02T00:00:00Z"},
                ],
                "MaxRecords": 500,
            }  # fmt: skip

    def test_connectwise_by_the_last_change_page_by_page(self):
        with Api(SERVERS["connectwise"]()) as api:
            [row] = usage("connectwise", api)
            assert (row.service_end, row.unit) == ("2026-10-01 10:00:00", "hour")
            assert api.questions[0].query == {
                "conditions": "lastUpdated>=[2026-10-01T00:00:00Z] and lastUpdated<[2026-10-02T00:00:00Z]",
                "orderBy": "id", "page": "1", "pageSize": "1000",
            }  # fmt: skip

    def test_salesforce_in_soql(self):
        with Api(SERVERS["salesforce"]()) as api:
            usage("salesforce", api)
            query = api.questions[1].query["q"]
        assert query.startswith("SELECT Id, Quantity, UnitPrice, Product2.Name,")
        assert query.endswith(
            "FROM OpportunityLineItem WHERE Opportunity.IsWon = TRUE AND SystemModstamp >= 2026-10-01T00:00:00Z"
            " AND SystemModstamp < 2026-10-02T00:00:00Z ORDER BY SystemModstamp, Id"
        )

    def test_hubspot_more_than_a_search_gives_comes_whole_and_once(self):
        server = HubSpot(23_456)
        with Api(server) as api:
            rows = usage("hubspot", api)
        assert [row.external_id for row in rows] == [str(n) for n in range(23_456)]
        assert len(server.searches) == 3

    def test_servicenow_the_table_and_nothing_of_other_times(self):
        with Api(SERVERS["servicenow"]()) as api:
            usage("servicenow", api)
            assert api.questions[0].query["sysparm_query"] == (
                "sys_updated_on>=2026-10-01 00:00:00^sys_updated_on<2026-10-02 00:00:00"
                "^ORDERBYsys_updated_on^ORDERBYsys_id"
            )

    def test_topdesk_for_what_was_closed(self):
        with Api(SERVERS["topdesk"]()) as api:
            usage("topdesk", api)
            assert api.questions[0].query == {
                "query": "closedDate=ge=2026-10-01T00:00:00Z;closedDate=lt=2026-10-02T00:00:00Z",
                "sort": "closedDate:asc", "start": "0", "page_size": "1000",
            }  # fmt: skip

    def test_cpanel_for_the_month_that_begins_at_midnight_of_another_zone(self):
        # October of Amsterdam begins at 22:00 UTC on 30 September.
        window = Window(START - timedelta(hours=2), START + timedelta(hours=5))
        with Api(SERVERS["cpanel_traffic"]()) as api:
            [row, _gone] = usage("cpanel_traffic", api, window=window)
            assert api.questions[0].query == {"api.version": "1", "month": "10", "year": "2026"}
            [first] = deliveries("cpanel_traffic", api, window=window)
            # The same month comes by the same name, and not again where nothing changed.
            later = window._replace(end=window.end + timedelta(hours=1))
            assert deliveries("cpanel_traffic", api, {first.name: first.version}, later) == []
        assert (row.billing_month, row.unit, row.service_end) == ("2026-10-01", "GiB", "2026-11-01 00:00:00")
        assert first.name == "showbw_2026-10.jsonl"


class TestHowThingsStandNow:
    def hours(self, found):
        return [delivery.name for delivery in found]

    def test_counts_for_the_hours_since_the_last_look_and_for_a_day_at_most(self):
        now = DAY.end + timedelta(minutes=10)
        week = Window(START - timedelta(days=6), now)
        with Api(Proxmox()) as api:
            names = self.hours(deliveries("proxmox", api, window=week, now=now))
            # 24 hours: the one before began more than a day before it is counted.
            assert (names[0], names[-1], len(names)) == ("proxmox/2026-10-01T00", "proxmox/2026-10-01T23", 24)
            known = dict.fromkeys(names, "1")
            now += timedelta(minutes=55)
            assert self.hours(deliveries("proxmox", api, known, week._replace(end=now), now)) == [
                "proxmox/2026-10-02T00"
            ]

    def test_is_not_asked_where_nothing_is_over(self):
        with Api(Proxmox()) as api:
            window = Window(START, START + timedelta(minutes=59))
            assert deliveries("proxmox", api, window=window, now=window.end) == []
            assert api.questions == []

    def test_of_a_past_that_nobody_looked_at_nothing_is_made_up(self):
        with Api(Proxmox()) as api:
            assert deliveries("proxmox", api, now=DAY.end + timedelta(days=30)) == []
            assert api.questions == []

    def test_whose_a_machine_is_can_be_said_by_its_tags(self):
        server = Proxmox()
        server.resources = [{**server.resources[0], "tags": "bolt"}]
        with Api(server) as api:
            found = deliveries("proxmox", api, account="tags")
        [line, *_more] = [json.loads(line) for line in b"".join(found[0].payloads[0].chunks).splitlines()]
        assert line["account"] == "bolt"

    def test_nothing_is_kept_of_what_is_not_named(self):
        with Api(Whmcs()) as api:
            seen = get_connector("whmcs").test(given("whmcs", api.url), api.web(), DAY.end)
            content = b"".join(seen.sample.chunks)
            for delivery in deliveries("whmcs", api):
                content += b"".join(delivery.payloads[0].chunks)
        assert b"a.example.com" in content
        assert b"of-the-service" not in content

    def test_clients_of_whmcs_are_one_list_that_replaces_itself(self):
        with Api(Whmcs()) as api:
            [delivery] = deliveries("whmcs", api, thing="clients")
            again = deliveries("whmcs", api, thing="clients", known={delivery.name: delivery.version})
            seen = get_connector("whmcs").test(given("whmcs", api.url, thing="clients"), api.web(), DAY.end)
        assert again == []
        lines = [json.loads(line) for line in b"".join(delivery.payloads[0].chunks).splitlines()]
        assert lines == [
            {"id": "7", "name": "Acme BV", "email": "it@acme.example"},
            {"id": "8", "name": "Ann Other", "email": ""},
        ]
        assert seen.facts[0].values == {"rows": 2, "columns": "id, name, email"}

    def test_what_is_no_number_is_left_to_the_reader(self):
        server = Proxmox()
        server.resources = [{**server.resources[0], "maxcpu": "four", "maxmem": None}]
        with Api(server) as api:
            found = deliveries("proxmox", api)
        lines = [json.loads(line) for line in b"".join(found[0].payloads[0].chunks).splitlines()]
        assert [(line["metric"], line["quantity"]) for line in lines] == [
            ("allocated.cpu", "four"), ("allocated.disk", "32"),
        ]  # fmt: skip
