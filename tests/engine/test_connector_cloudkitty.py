"""CloudKitty: pages of data points behind a token of Keystone, complete or not at all."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import UsageRow
from local_server import LocalServer, Reply
from reader_samples import read
from tree_documents import PERIOD, POINT

START = datetime(2026, 10, 1, tzinfo=timezone.utc)
WINDOW = Window(START, START + timedelta(days=10))
CONNECTOR = get_connector("cloudkitty")


class Cloud:
    """Keystone and CloudKitty on one port, as they answer: points are counted, frames are cut anywhere."""

    def __init__(self, points):
        self.points = [{**POINT, "groupby": {"project_id": "P-1", "id": f"vol-{n}"}} for n in range(points)]
        self.logins = []

    def __call__(self, asked):
        if asked.path == "/v3/auth/tokens":
            self.logins.append(asked.json)
            return Reply(201, {"token": {}}, {"X-Subject-Token": "TOKEN-1"})
        if asked.headers.get("X-Auth-Token") != "TOKEN-1":
            return Reply(401, b"Authentication required")
        offset, limit = int(asked.query["offset"][0]), int(asked.query["limit"][0])
        if not self.points:
            return Reply(404, {"message": "No resource found for provided filters."})
        found = self.points[offset : offset + limit]
        usage = {"volume.size": found} if found else {}
        frames = [{"period": PERIOD, "usage": usage}] if found else []
        return Reply(body={"total": len(self.points), "dataframes": frames})


def options(server, **others):
    return {
        "url": server.url,
        "keystone": f"{server.url}/v3",
        "user": "billing",
        "password": Secret("sesame"),
        "project": "admin",
        **others,
    }


def fetch(server, known=None, **others):
    found = CONNECTOR.fetch(options(server, **others), server.web(), WINDOW, known or {})
    return [(each, [(payload.name, b"".join(payload.chunks)) for payload in each.payloads]) for each in found]


class TestPages:
    def test_all_points_come_once_with_one_login(self):
        cloud = Cloud(25)
        with LocalServer(cloud) as server:
            ((delivery, files),) = fetch(server, page="10")
            assert fetch(server, {delivery.name: delivery.version}, page="10") == []
            asked = server.asked[1]
        assert [name for name, _data in files] == [f"cloudkitty-0000{n}.json" for n in (1, 2, 3)]
        rows = [row for _name, data in files for row in read(data, "cloudkitty", currency="EUR")]
        assert all(isinstance(row, UsageRow) for row in rows)
        assert sorted(row.resource for row in rows) == sorted(f"vol-{n}" for n in range(25))
        assert (asked.path, asked.query["begin"], asked.query["end"]) == (
            "/v2/dataframes", ["2026-10-01T00:00:00Z"], ["2026-10-11T00:00:00Z"],
        )  # fmt: skip
        assert (delivery.name, delivery.partition) == ("cloudkitty/2026-10", "127.0.0.1/2026-10")
        assert len(cloud.logins) == 2

    def test_a_page_that_is_full_is_not_asked_beyond_its_total(self):
        with LocalServer(Cloud(20)) as server:
            fetch(server, page="10")
            assert [asked.query["offset"] for asked in server.asked[1:]] == [["0"], ["10"]]

    def test_of_nothing_there_is_no_delivery(self):
        # CloudKitty 25.0.0 answers 404 to a time without points. Older ones answer an empty list.
        with LocalServer(Cloud(0)) as server:
            assert fetch(server) == []
            seen = CONNECTOR.test(options(server), server.web(), START)
        assert (seen.facts[0].values["count"], seen.sample) == (0, None)
        with LocalServer([Reply(body={"total": 0, "dataframes": []})]) as server:
            assert fetch(server, login="none") == []

    def test_of_another_address_there_is_an_error(self):
        with LocalServer([Reply(404, b"<h1>Not Found</h1>")]) as server, pytest.raises(ConnectorError) as caught:
            fetch(server, login="none")
        assert (caught.value.code, caught.value.values["said"]) == ("not_found", "<h1>Not Found</h1>")

    def test_conditions_are_sent(self):
        with LocalServer(Cloud(1)) as server:
            fetch(server, filters='{"project_id": "P-1", "type": "instance"}')
            assert server.asked[1].query["filters"] == ["project_id:P-1", "type:instance"]

    def test_a_scope_that_is_rated_anew_meanwhile_is_read_again_later(self):
        cloud = Cloud(25)

        def answer(asked):
            reply = cloud(asked)
            cloud.points = cloud.points[:-1]
            return reply

        with LocalServer(answer) as server, pytest.raises(ConnectorError) as caught:
            fetch(server, page="10")
        assert (caught.value.code, caught.value.is_transient) == ("points_changed", True)

    def test_points_that_come_meanwhile_are_not_left_out(self):
        cloud = Cloud(20)

        def answer(asked):
            reply = cloud(asked)
            if asked.path == "/v2/dataframes":
                cloud.points = Cloud(30).points
            return reply

        with LocalServer(answer) as server, pytest.raises(ConnectorError, match="points_changed"):
            fetch(server, page="10")

    @pytest.mark.parametrize(("total", "points"), [(3, 0), (1, 2)])
    def test_a_page_that_does_not_come_to_its_total_is_no_end(self, total, points):
        frames = [{"period": PERIOD, "usage": {"volume.size": [POINT] * points}}] if points else []
        replies = [Reply(body={"total": total, "dataframes": frames})]
        with LocalServer(replies) as server, pytest.raises(ConnectorError, match="points_changed"):
            fetch(server, login="none")


class TestLogins:
    def test_a_password_is_of_a_user_in_a_domain_for_a_project(self):
        cloud = Cloud(1)
        with LocalServer(cloud) as server:
            fetch(server, keystone=server.url, user_domain="People")
        identity, scope = cloud.logins[0]["auth"]["identity"], cloud.logins[0]["auth"]["scope"]
        assert identity == {
            "methods": ["password"],
            "password": {"user": {"name": "billing", "domain": {"name": "People"}, "password": "sesame"}},
        }
        assert scope == {"project": {"name": "admin", "domain": {"name": "Default"}}}

    def test_an_application_credential_names_no_project(self):
        cloud = Cloud(1)
        with LocalServer(cloud) as server:
            fetch(server, login="application_credential", user="id-1")
        assert cloud.logins[0] == {
            "auth": {
                "identity": {
                    "methods": ["application_credential"],
                    "application_credential": {"id": "id-1", "secret": "sesame"},
                }
            }
        }

    def test_a_wrong_password_is_told_without_it(self):
        body = {"error": {"code": 401, "message": "no: sesame"}}
        with LocalServer([Reply(401, body)]) as server, pytest.raises(ConnectorError) as caught:
            CONNECTOR.test(options(server), server.web(secrets=[Secret("sesame")]), START)
        assert caught.value.code == "login_refused"
        assert "sesame" not in str(caught.value)

    def test_a_token_that_does_not_come_or_comes_back(self):
        with LocalServer([Reply(201, {})]) as server, pytest.raises(ConnectorError, match="bad_answer"):
            fetch(server)
        replies = [Reply(201, {}, {"X-Subject-Token": "TOKEN-1"}), Reply(400, b"token TOKEN-1 is bad")]
        with LocalServer(replies) as server, pytest.raises(ConnectorError) as caught:
            fetch(server)
        assert caught.value.values["said"].endswith("*** is bad")

    def test_settings_say_what_they_lack(self):
        def found(**given):
            return [(problem.setting, problem.code) for problem in CONNECTOR.check(given)]

        url = "https://cloud.example.com:8889"
        assert found(url=url, login="none") == []
        assert [name for name, _code in found(url=url)] == ["keystone", "user", "password", "project"]
        assert [name for name, _code in found(url=url, login="application_credential")] == [
            "keystone",
            "user",
            "password",
        ]
        assert found(url=url, login="none", filters="x", page="0") == [
            ("filters", "not_an_object"),
            ("page", "not_in_range"),
        ]
        keystone = {"url": url, "keystone": "https://id.example.com:5000/v3"}
        assert CONNECTOR.hosts(keystone) == {"cloud.example.com:8889", "id.example.com:5000"}
        assert CONNECTOR.hosts({**keystone, "login": "none"}) == {"cloud.example.com:8889"}


class TestSamples:
    def test_what_a_live_server_answered_is_read(self, samples):
        body = (samples / "cloudkitty" / "v2_dataframes_live_25.0.0.json").read_bytes()
        # The recording is the beginning of four points: the first page of two.
        found = json.loads(body)
        found["total"] = 2
        with LocalServer([Reply(body=found)]) as server:
            ((_delivery, files),) = fetch(server, login="none")
            rows = read(files[0][1], "cloudkitty", currency="EUR")
            seen = CONNECTOR.test(options(server, login="none"), server.web(), START)
        assert [row.quantity for row in rows] == ["1.2", "200.4"]
        assert (seen.facts[0].values["count"], bool(seen.sample)) == (2, True)

    @pytest.mark.parametrize(
        "body",
        [b"[]", b"{}", b'{"total":1}', b'{"total":1,"dataframes":[{}]}', b'{"total":"1","dataframes":[]}',
         b'{"total":1,"dataframes":[{"usage":[]}]}'],
    )  # fmt: skip
    def test_another_kind_of_answer(self, body):
        with LocalServer([Reply(body=body)]) as server, pytest.raises(ConnectorError, match="bad_answer"):
            fetch(server, login="none")
