"""Presets against replays of what their systems document: what is asked, and that the rows become usage."""

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors import CONNECTORS, ConnectorError, Secret, Window, get_connector, presets
from cloud_billing_engine.connectors.generic.collecting import check_query
from cloud_billing_engine.connectors.presets.preset import Preset
from cloud_billing_engine.readers import get_reader, read_mapping
from local_api import Api, Reply

START = datetime(2026, 10, 1, tzinfo=timezone.utc)
DAY = Window(START, START + timedelta(days=1))
ALL = {name: connector for name, connector in CONNECTORS.items() if isinstance(connector, Preset)}
GIVEN = {
    "autotask": {"login": "api@x", "secret": Secret("w0rd"), "integration_code": Secret("c0de")},
    "connectwise": {"company": "acme", "public_key": "pub", "secret": Secret("priv"), "client_id": "cid"},
    "salesforce": {"login": "key", "secret": Secret("s3cret")},
    "hubspot": {"secret": Secret("pat-1"), "account_property": "customer_number"},
    "servicenow": {"login": "meter", "secret": Secret("w0rd")},
    "topdesk": {"login": "meter", "secret": Secret("app-w0rd")},
}


def given(name, server="https://example.com", **more):
    return {"server": server, **GIVEN[name], **more}


def usage(name, api, **more):
    """The usage rows of a day, by the mapping that the preset proposes."""
    connector, options = get_connector(name), given(name, api.url, **more)
    assert connector.check(options) == []
    assert connector.hosts(options) == {api.host}
    _label, mapping = connector.get_mappings()[more.get("thing") or next(iter(connector.things))]
    rows = []
    for delivery in connector.fetch(options, api.web(), DAY, {}):
        for payload in delivery.payloads:
            options = {"mapping": mapping}
            rows += get_reader("own_columns").read(payload.chunks, file_name=payload.name, options=options)
    return rows


def told(row):
    return row.external_id, row.service_start, row.sub_account, row.service, row.quantity


def things():
    return [(name, thing) for name, connector in ALL.items() for thing in connector.things]


@pytest.mark.parametrize(("name", "thing"), things())
def test_every_preset_asks_something_whole_and_proposes_a_mapping_that_can_be_used(name, thing):
    connector, options = ALL[name], given(name, thing=thing)
    composed = connector.compose(
        {setting.name: options.get(setting.name, setting.default) for setting in connector.settings}
    )
    parts = [composed["path"], composed.get("params", {}), composed.get("body", {})]
    assert list(check_query(composed, parts, "params")) == []
    mapping = read_mapping(connector.get_mappings()[thing][1])
    assert {"id", "start", "account", "service", "quantity"} <= set(mapping.columns)


def test_every_preset_is_tried():
    assert set(GIVEN) == set(ALL)
    assert presets.__doc__


@pytest.mark.parametrize("name", GIVEN)
def test_settings_that_are_missing_are_told(name):
    assert {problem.code for problem in ALL[name].check({})} == {"setting_missing"}
    assert ALL[name].check(given(name)) == []


class TestAutotask:
    def test_asks_with_three_headers_and_goes_on_at_the_next_address_with_the_same_body(self):
        def answer(asked):
            headers = [asked.headers.get(name) for name in ("ApiIntegrationCode", "UserName", "Secret")]
            if headers != ["c0de", "api@x", "w0rd"]:
                return Reply(b"", 401)
            last = asked.path.endswith("/next")
            item = {"id": 2 if last else 1, "itemDate": "2026-10-01T00:00:00", "companyID": 77, "itemName": "Backup",
                    "billingItemType": 11, "quantity": 3.50}  # fmt: skip
            following = None if last else f"{api.url}/atservicesrest/v1.0/BillingItems/query/next"
            return {"items": [item], "pageDetails": {"count": 1, "nextPageUrl": following}}

        with Api(answer) as api:
            assert [told(row) for row in usage("autotask", api)] == [
                (name, "2026-10-01 00:00:00", "77", "Backup", "3.5") for name in ("1", "2")
            ]
            assert api.questions[0].path == "/atservicesrest/v1.0/BillingItems/query"
            assert api.questions[0].json == api.questions[1].json == {
                "filter": [
                    {"op": "gte", "field": "postedDate", "value": "2026-10-01T00:00:00Z"},
                    {"op": "lt", "field": "postedDate", "value": "2026-10-02T00:00:00Z"},
                ],
                "MaxRecords": 500,
            }  # fmt: skip


class TestConnectWise:
    def test_asks_by_the_last_change_page_by_page(self):
        login = "Basic " + base64.b64encode(b"acme+pub:priv").decode()

        def answer(asked):
            if (asked.headers.get("Authorization"), asked.headers.get("clientId")) != (login, "cid"):
                return Reply(b"", 401)
            entry = {"id": 5, "timeStart": "2026-10-01T08:00:00Z", "timeEnd": "2026-10-01T10:00:00Z",
                     "company": {"id": 1, "identifier": "Globex", "name": "Globex Inc"}, "workType": {"name": "Remote"},
                     "workRole": {"name": "Engineer"}, "chargeToId": 9, "actualHours": 2.0}  # fmt: skip
            return [entry] if asked.query["page"] == "1" else []

        with Api(answer) as api:
            [row] = usage("connectwise", api)
            assert told(row) == ("5", "2026-10-01 08:00:00", "Globex", "Remote", "2.0")
            assert (row.service_end, row.unit) == ("2026-10-01 10:00:00", "hour")
            assert api.questions[0].query == {
                "conditions": "lastUpdated>=[2026-10-01T00:00:00Z] and lastUpdated<[2026-10-02T00:00:00Z]",
                "orderBy": "id", "page": "1", "pageSize": "1000",
            }  # fmt: skip


class TestSalesforce:
    def test_asks_in_soql_and_follows_the_address_of_the_next_records(self):
        def answer(asked):
            if asked.path == "/services/oauth2/token":
                known = (asked.form["client_id"], asked.form["client_secret"]) == ("key", "s3cret")
                return {"access_token": "t1"} if known else Reply(b"", 400)
            if asked.headers.get("Authorization") != "Bearer t1":
                return Reply(b"", 401)
            last = asked.path.endswith("-2000")
            record = {
                "attributes": {"type": "OpportunityLineItem", "url": "/x"}, "Id": "00k2" if last else "00k1",
                "Quantity": 5.0, "UnitPrice": 10.0, "SystemModstamp": "2026-10-01T01:00:00.000+0000",
                "Product2": {"attributes": {}, "Name": "Seat", "ProductCode": "S1"},
                "Opportunity": {
                    "Id": "006", "CloseDate": "2026-10-01", "AccountId": "001A", "Account": {"Name": "Globex"},
                },
            }  # fmt: skip
            more = {} if last else {"nextRecordsUrl": "/services/data/v62.0/query/01g-2000"}
            return {"totalSize": 2, "done": last, "records": [record], **more}

        with Api(answer) as api:
            rows = usage("salesforce", api)
            assert [told(row) for row in rows] == [
                (name, "2026-10-01 00:00:00", "001A", "Seat", "5.0") for name in ("00k1", "00k2")
            ]
            query = api.questions[1].query["q"]
        assert query.startswith("SELECT Id, Quantity, UnitPrice, Product2.Name,")
        assert query.endswith(
            "FROM OpportunityLineItem WHERE Opportunity.IsWon = TRUE AND SystemModstamp >= 2026-10-01T00:00:00Z"
            " AND SystemModstamp < 2026-10-02T00:00:00Z ORDER BY SystemModstamp, Id"
        )


class HubSpot:
    """Searches as HubSpot documents them: no more than 10,000 results of a search, 200 a page."""

    def __init__(self, count):
        self.items = [
            {"id": str(n), "properties": {
                # Three changes in each millisecond: a search ends within one.
                "hs_lastmodifieddate": f"2026-10-01T00:00:{n // 3000:02d}.{n // 3 % 1000:03d}Z",
                "createdate": "2026-10-01", "name": "Seat", "hs_sku": "S", "quantity": "1",
                "customer_number": f"c{n % 7}",
            }}
            for n in range(count)
        ]  # fmt: skip
        self.searches = []

    def __call__(self, asked):
        body = asked.json
        if asked.headers.get("Authorization") != "Bearer pat-1":
            return Reply(b"", 401)
        start, end = (each["value"] for each in body["filterGroups"][0]["filters"])
        assert body["sorts"] == [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
        found = [item for item in self.items if int(start) <= self.time(item) < int(end)]
        at = int(body.get("after", 0))
        if at + body["limit"] > 10_000:
            return Reply(b"", 400)
        if start not in self.searches:
            self.searches.append(start)
        more = {"paging": {"next": {"after": str(at + 200)}}} if at + 200 < len(found) else {}
        return {"total": len(found), "results": found[at : at + 200], **more}

    @staticmethod
    def time(item):
        text = item["properties"]["hs_lastmodifieddate"]
        return int(START.timestamp()) * 1000 + int(text[17:19]) * 1000 + int(text[20:23])


class TestHubSpot:
    def test_more_than_a_search_gives_comes_whole_and_once(self):
        server = HubSpot(23_456)
        with Api(server) as api:
            rows = usage("hubspot", api)
        assert [row.external_id for row in rows] == [str(n) for n in range(23_456)]
        assert told(rows[8]) == ("8", "2026-10-01 00:00:00", "c1", "Seat", "1")
        assert len(server.searches) == 3


class TestServiceNow:
    def test_asks_the_table_follows_the_header_and_takes_nothing_of_other_times(self):
        login = "Basic " + base64.b64encode(b"meter:w0rd").decode()

        def card(name, updated):
            return {"sys_id": name, "week_starts_on": "2026-09-28", "task": "t1", "task.company": "c1",
                    "category": "task_work", "total": "7.5", "sys_updated_on": updated}  # fmt: skip

        def answer(asked):
            if asked.headers.get("Authorization") != login:
                return Reply(b"", 401)
            if asked.query.get("sysparm_offset"):
                return {"result": [card("b", "2026-10-01 23:59:59"), card("old", "2026-09-01 00:00:00")]}
            link = f'<{api.url}/api/now/table/time_card?sysparm_offset=1>;rel="next",<{api.url}/x>;rel="last"'
            return Reply({"result": [card("a", "2026-10-01 00:00:00")]}, headers={"Link": link})

        with Api(answer) as api:
            assert [told(row) for row in usage("servicenow", api)] == [
                (name, "2026-09-28 00:00:00", "c1", "task_work", "7.5") for name in ("a", "b")
            ]
            assert api.questions[0].query["sysparm_query"] == (
                "sys_updated_on>=2026-10-01 00:00:00^sys_updated_on<2026-10-02 00:00:00"
                "^ORDERBYsys_updated_on^ORDERBYsys_id"
            )


class TestTopdesk:
    def test_asks_for_what_was_closed_and_takes_partial_answers(self):
        login = "Basic " + base64.b64encode(b"meter:app-w0rd").decode()
        incidents = [
            {"id": f"i{n}", "number": f"I {n}", "closedDate": f"2026-10-01T0{n}:00:00.000+0000", "timeSpent": 15 * n,
             "callerBranch": {"id": "br", "name": "Head office"}, "category": {"name": "Network"},
             "subcategory": {"name": "VPN"}}
            for n in range(1, 4)
        ]  # fmt: skip

        def answer(asked):
            if asked.headers.get("Authorization") != login:
                return Reply(b"", 401)
            found = incidents[int(asked.query["start"]) :][:2]
            return Reply(found, 206 if len(found) == 2 else 200) if found else Reply(b"", 204)

        with Api(answer) as api:
            assert [told(row) for row in usage("topdesk", api)] == [
                (f"i{n}", f"2026-10-01 0{n}:00:00", "br", "Network", str(15 * n)) for n in range(1, 4)
            ]
            assert api.questions[0].query == {
                "query": "closedDate=ge=2026-10-01T00:00:00Z;closedDate=lt=2026-10-02T00:00:00Z",
                "sort": "closedDate:asc", "start": "0", "page_size": "1000",
            }  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_a_wrong_key_is_told_and_not_shown(name):
    with Api(lambda asked: Reply(json.dumps(dict(asked.headers)).encode(), 401)) as api:
        options = given(name, api.url)
        web = api.web(secrets=[each for each in options.values() if isinstance(each, Secret)])
        with pytest.raises(ConnectorError) as caught:
            list(ALL[name].fetch(options, web, DAY, {}))
        assert caught.value.code == "login_refused"
        for word in ("w0rd", "c0de", "priv", "s3cret", "pat-1"):
            assert word not in f"{caught.value} {caught.value.values}"
