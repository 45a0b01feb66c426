"""The generic REST connector against a server on this machine: every login, every way to page, and what goes wrong."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors.base import Window
from cloud_billing_engine.connectors.errors import ConnectorError
from cloud_billing_engine.connectors.generic.rest import RestConnector
from cloud_billing_engine.connectors.secret import Secret
from cloud_billing_engine.readers import get_reader
from local_api import Api, Reply

REST = RestConnector()
DAY = Window(datetime(2026, 10, 1, tzinfo=timezone.utc), datetime(2026, 10, 2, tzinfo=timezone.utc))
ROWS = [{"id": f"r{n}", "at": f"2026-10-01T{n:02d}:00:00Z", "usage": {"amount": n}} for n in range(24)]


def options(api, **more):
    values = {"base_url": api.url, "path": "v1/usage", "row_path": "data[*]", **more}
    return {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in values.items()}


def fetch(api, given=None, window=DAY, known=None, web=None, **more):
    """Deliveries as (name, version, rows)."""
    given = given or options(api, **more)
    assert REST.check(given) == []
    web = web or api.web()
    return [
        (
            delivery.name,
            delivery.version,
            [json.loads(line) for payload in delivery.payloads for line in b"".join(payload.chunks).splitlines()],
        )
        for delivery in REST.fetch(given, web, window, known or {})
    ]


def rows(api, **more):
    return [row for _name, _version, found in fetch(api, **more) for row in found]


def ids(found):
    return [row["id"] for row in found]


def refused(api, **more):
    with pytest.raises(ConnectorError) as caught:
        fetch(api, **more)
    # Which server it was is part of every error.
    assert caught.value.values.pop("host")
    return caught.value


class TestRows:
    def test_are_named_as_a_reader_of_json_names_them_and_keep_every_digit(self):
        answer = b'{"data":[{"id":"a","usage":{"amount":0.10000000000000000000000000001},"tags":["x"],"gone":null}]}'
        with Api(lambda asked: Reply(answer)) as api:
            assert rows(api) == [
                {"id": "a", "usage.amount": "0.10000000000000000000000000001", "tags": '["x"]', "gone": ""}
            ]

    def test_are_usage_rows_by_an_own_format(self):
        mapping = {
            "columns": {
                "id": ["id"],
                "start": ["at"],
                "quantity": ["usage.amount"],
                "account": ["customer"],
            },
            "constants": {"service": "calls"},
            "period": "instant",
        }
        answer = {"data": [{"id": "a", "at": "2026-10-01T05:00:00Z", "customer": "acme", "usage": {"amount": 1.50}}]}
        with Api(lambda asked: answer) as api:
            [delivery] = REST.fetch(options(api), api.web(), DAY, {})
            [payload] = delivery.payloads
            reader = get_reader("own_columns")
            [row] = reader.read(payload.chunks, file_name=payload.name, options={"mapping": mapping})
        assert (row.external_id, row.sub_account, row.quantity) == ("a", "acme", "1.5")
        assert (row.service_start, row.service_end) == ("2026-10-01 05:00:00", "2026-10-01 05:00:01")

    def test_get_columns_that_the_answer_does_not_have(self):
        with Api(lambda asked: {"data": [{"id": "a"}]}) as api:
            found = rows(api, add_columns={"month": "{start}", "from": "crm"}, time_format="date")
            assert found == [{"id": "a", "month": "2026-10-01", "from": "crm"}]

    def test_a_wrong_path_is_not_an_answer_without_rows(self):
        with Api(lambda asked: {"data": []}) as api:
            error = refused(api, row_path="items[*]")
            assert (error.code, error.values) == ("no_rows_there", {"path": "items[*]"})
            assert fetch(api) == []

    @pytest.mark.parametrize("data", [{"a": 1}, "none", 7, True])
    def test_something_else_in_the_place_of_the_rows_is_not_an_answer_without_rows(self, data):
        with Api(lambda asked: {"data": data}) as api:
            assert refused(api).code == "no_rows_there"

    @pytest.mark.parametrize("answer", [b"<html>", b"", b'{"data": [', b'{"data":[{"a":1,"a":2}]}', b"[" * 100_000])
    def test_an_answer_that_is_no_json_is_told(self, answer):
        with Api(lambda asked: Reply(answer)) as api:
            assert refused(api).code == "bad_answer"

    def test_a_row_with_what_no_database_keeps_is_left_to_its_reader(self):
        with Api(lambda asked: Reply(b'{"data":[{"id":"a\\u0000b"},{"id":"c"}]}')) as api:
            assert ids(rows(api)) == ["a\0b", "c"]


class TestTheQuestion:
    def test_says_the_window_in_the_way_the_system_wants(self):
        said = {}

        def answer(asked):
            said.update(asked.query)
            return {"data": []}

        with Api(answer) as api:
            for time_format, start, end in [
                ("iso", "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"),
                ("iso_ms", "2026-10-01T00:00:00.000Z", "2026-10-02T00:00:00.000Z"),
                ("blank", "2026-10-01 00:00:00", "2026-10-02 00:00:00"),
                ("date", "2026-10-01", "2026-10-02"),
                ("compact", "20261001", "20261002"),
                ("epoch_s", "1790812800", "1790899200"),
                ("epoch_ms", "1790812800000", "1790899200000"),
            ]:
                fetch(api, params={"from": "{start}", "to": "{end}"}, time_format=time_format)
                assert (said["from"], said["to"]) == (start, end)

    def test_says_the_last_day_where_the_end_is_part_of_the_answer(self):
        with Api(lambda asked: {"data": []}) as api:
            fetch(api, params={"to": "{end}"}, time_format="date", end_included="1")
            fetch(api, params={"to": "{end}"}, time_format="iso", end_included="1")
            assert [asked.query["to"] for asked in api.questions] == ["2026-10-01", "2026-10-01T23:59:59Z"]

    def test_of_days_takes_every_day_that_the_window_touches(self):
        window = Window(DAY.start + timedelta(hours=5), DAY.end + timedelta(hours=5))
        with Api(lambda asked: {"data": []}) as api:
            fetch(api, window=window, params={"from": "{start}", "to": "{end}"}, time_format="date")
            assert api.questions[0].query == {"from": "2026-10-01", "to": "2026-10-03"}

    def test_is_posted_with_numbers_as_numbers_and_without_what_is_not_there_yet(self):
        body = {"filter": [{"op": "gte", "value": "{start}"}], "after": "{cursor}", "size": "{size}", "q": "{ not }"}
        with Api(lambda asked: {"data": []}) as api:
            fetch(api, method="POST", body=body, paging="cursor", cursor_path="next", page_size="50")
            assert api.questions[0].json == {
                "filter": [{"op": "gte", "value": "2026-10-01T00:00:00Z"}],
                "size": 50,
                "q": "{ not }",
            }

    def test_is_posted_as_a_form(self):
        with Api(lambda asked: {"data": []}) as api:
            fetch(api, method="POST", body={"action": "Get", "from": "{start}"}, body_kind="form")
            assert api.questions[0].form == {"action": "Get", "from": "2026-10-01T00:00:00Z"}

    def test_cuts_a_long_time_into_pieces_that_are_deliveries_of_their_own(self):
        window = Window(DAY.start, DAY.start + timedelta(days=5))
        with Api(lambda asked: {"data": [{"id": asked.query["from"]}]}) as api:
            found = fetch(api, window=window, params={"from": "{start}"}, time_format="date", days_per_request="2")
        assert [(name, ids(each)) for name, _version, each in found] == [
            ("v1-usage_20261001T000000Z_20261003T000000Z.jsonl", ["2026-10-01"]),
            ("v1-usage_20261003T000000Z_20261005T000000Z.jsonl", ["2026-10-03"]),
            ("v1-usage_20261005T000000Z_20261006T000000Z.jsonl", ["2026-10-05"]),
        ]

    def test_a_value_cannot_leave_its_place_in_the_path(self):
        with Api(lambda asked: {"data": []}) as api:
            fetch(api, path="v1/{start}/usage", time_format="blank")
            assert api.questions[0].path == "/v1/2026-10-01%2000%3A00%3A00/usage"

    def test_what_is_known_already_is_left_out_until_it_differs(self):
        answer = {"data": [{"id": "a"}]}
        with Api(lambda asked: answer) as api:
            [(name, version, _rows)] = fetch(api)
            assert fetch(api, known={name: version}) == []
            answer["data"].append({"id": "b"})
            assert ids(rows(api, known={name: version})) == ["a", "b"]

    def test_rows_of_other_times_are_left_out_where_the_system_cannot_be_asked(self):
        answer = [
            {"id": "1", "at": "2026-09-30T23:59:59Z"},
            {"id": "2", "at": "2026-10-01T00:00:00Z"},
            {"id": "3", "at": 1790899199999},
            {"id": "4", "at": "2026-10-02"},
            {"id": "5", "at": "soon"},
        ]
        with Api(lambda asked: answer) as api:
            # What cannot be read stays, so that the reader says so.
            assert ids(rows(api, row_path="", leave_out="1", time_field="at")) == ["2", "3", "5"]


def paged(way):
    """An answer() that pages ROWS by five in one of the ways."""

    def answer(asked):
        at = int(asked.query.get({"page": "page", "offset": "from"}.get(way, "c"), 0))
        at = (at - 1) * 5 if way == "page" else at
        last = at + 5 >= len(ROWS)
        link = f"{asked.path}?c={at + 5}"
        found, headers = {"data": ROWS[at : at + 5]}, {}
        if way == "cursor" and not last:
            found["meta"] = {"next": str(at + 5)}
        if way == "next_link" and not last:
            found["@odata.nextLink"] = link
        if way == "link_header" and not last:
            headers["Link"] = f'<{link}>; rel="next"'
        return Reply(found, headers=headers)

    return answer


WAYS = [
    ("page", {"params": {"page": "{page}"}}, 6),
    ("offset", {"params": {"from": "{offset}", "limit": "{size}"}, "page_size": "1000"}, 6),
    ("cursor", {"params": {"c": "{cursor}"}, "cursor_path": "meta.next"}, 5),
    ("next_link", {"next_path": "@odata.nextLink"}, 5),
    ("link_header", {}, 5),
]


class TestPages:
    @pytest.mark.parametrize(("way", "more", "requests"), WAYS)
    def test_give_each_row_once_in_order(self, way, more, requests):
        with Api(paged(way)) as api:
            assert ids(rows(api, paging=way, **more)) == ids(ROWS)
            assert len(api.questions) == requests

    @pytest.mark.parametrize(("way", "more", "_requests"), WAYS)
    def test_survive_a_server_that_fails_in_between(self, way, more, _requests):
        failures = iter(
            [
                {"status": 500, "body": b""},
                {"status": 429, "headers": {"Retry-After": "7"}, "body": b""},
                {"is_cut": True, "length": 10_000},
            ]
        )
        turns = iter(range(1000))

        def answer(asked):
            found = paged(way)(asked)
            return found._replace(**next(failures, {})) if next(turns) % 2 else found

        with Api(answer) as api:
            assert ids(rows(api, paging=way, web=api.web(), **more)) == ids(ROWS)
        assert 7 in api.waits

    def test_that_break_off_leave_nothing_rather_than_a_part(self):
        def answer(asked):
            return Reply(b"", 400) if asked.query.get("page") == "3" else paged("page")(asked)

        with Api(answer) as api:
            assert refused(api, paging="page", params={"page": "{page}"}).code == "request_refused"

    def test_that_are_always_the_same_are_refused(self):
        with Api(lambda asked: {"data": ROWS[:5]}) as api:
            error = refused(api, paging="page", params={"page": "{page}"})
            assert (error.code, len(api.questions)) == ("page_repeated", 2)

    def test_without_end_are_refused(self):
        with Api(lambda asked: {"data": [{"id": asked.query["page"]}]}) as api:
            error = refused(api, paging="page", params={"page": "{page}"}, max_pages="9")
            assert (error.code, len(api.questions)) == ("too_many_pages", 9)

    def test_a_next_address_on_another_server_gets_no_request(self):
        with (
            Api(lambda asked: {"data": []}) as other,
            Api(lambda asked: {"data": ROWS[:1], "next": f"{other.url}/steal"}) as api,
        ):
            error = refused(api, paging="next_link", next_path="next", web=api.web(hosts=[other.host]))
            assert (error.code, other.questions) == ("next_elsewhere", [])

    def test_are_asked_for_no_faster_than_allowed(self):
        with Api(paged("page")) as api:
            web = api.web()
            web.clock = lambda: 100
            rows(api, paging="page", params={"page": "{page}"}, per_minute="30", web=web)
        # Six requests, two seconds apart; the clock of this test stands still.
        assert api.waits == [2, 4, 6, 8, 10]

    def test_with_a_post_go_to_the_next_address_with_the_same_body(self):
        def answer(asked):
            last = asked.path.endswith("/next")
            return {"data": ROWS[5:6] if last else ROWS[:5], "n": None if last else "/v1/usage/next"}

        with Api(answer) as api:
            assert ids(rows(api, method="POST", body={"q": 1}, paging="next_link", next_path="n")) == ids(ROWS[:6])
            assert [asked.json for asked in api.questions] == [{"q": 1}, {"q": 1}]


def capped(records, cap, page):
    """An answer() that gives, of records at or after `from` by time, `page` a page and `cap` in all."""

    def answer(asked):
        at = int(asked.query.get("after", 0))
        if at >= cap:
            return Reply(b"", 400)
        found = [row for row in records if row["at"] >= asked.query["from"]]
        more = at + page < len(found)
        return {"data": found[at : at + page], "total": len(found), "after": str(at + page) if more else None}

    return answer


class TestASystemThatGivesSoManyRowsAtMost:
    MORE = {
        "params": {"from": "{start}", "after": "{cursor}"},
        "paging": "cursor",
        "cursor_path": "after",
        "time_field": "at",
        "max_results": "10",
    }

    def test_is_asked_again_from_the_last_time_on_and_each_row_comes_once(self):
        with Api(capped(ROWS, 10, 5)) as api:
            assert ids(rows(api, **self.MORE)) == ids(ROWS)
            # Each question after the first begins at a row that is known: 10, then 9 and 7 new ones.
            starts = dict.fromkeys(asked.query["from"][11:13] for asked in api.questions)
            assert list(starts) == ["00", "09", "18"]

    def test_rows_of_one_time_over_the_edge_come_once_and_equal_ones_twice(self):
        same = [{"id": "x", "at": "2026-10-01T03:00:00Z"}] * 2 + [{"id": "y", "at": "2026-10-01T03:00:00Z"}] * 5
        records = [*ROWS[:3], *same, *ROWS[4:]]
        # The first question ends within the rows of 03:00, the second begins with all seven of them.
        with Api(capped(records, 8, 4)) as api:
            assert ids(rows(api, **{**self.MORE, "max_results": "8"})) == ids(records)
            assert [row["id"] for row in rows(api, **{**self.MORE, "max_results": "8"})].count("x") == 2

    def test_more_rows_of_one_time_than_one_query_gives_are_told(self):
        records = [{"id": str(n), "at": "2026-10-01T03:00:00Z"} for n in range(30)]
        with Api(capped(records, 10, 5)) as api:
            error = refused(api, **self.MORE)
        assert (error.code, error.values) == ("anchor_stuck", {"limit": 10, "field": "at"})

    def test_rows_that_are_not_in_the_order_of_time_are_told(self):
        with Api(capped([ROWS[1], ROWS[0]], 10, 5)) as api:
            assert refused(api, **self.MORE).code == "not_sorted"

    def test_a_row_without_the_time_is_told(self):
        with Api(lambda asked: {"data": [{"id": "a"}]}) as api:
            error = refused(api, **self.MORE)
        assert (error.code, error.values) == ("bad_time_field", {"field": "at", "value": ""})


def needs(name, value):
    return lambda asked: {"data": ROWS[:1]} if asked.headers.get(name) == value else Reply(b"", 401)


class TestLogin:
    def test_of_nobody(self):
        with Api(
            lambda asked: {"data": ROWS[:1]} if not asked.headers.get("Authorization") else Reply(b"", 401)
        ) as api:
            assert len(rows(api)) == 1

    def test_by_name_and_password(self):
        expected = "Basic " + base64.b64encode("jo:p\u00e4ss:word".encode()).decode()
        with Api(needs("Authorization", expected)) as api:
            assert (
                len(
                    rows(api, given=options(api) | {"auth": "basic", "login": "jo", "secret": Secret("p\u00e4ss:word")})
                )
                == 1
            )

    def test_by_bearer_token(self):
        with Api(needs("Authorization", "Bearer t0ken")) as api:
            assert len(rows(api, given=options(api) | {"auth": "bearer", "secret": Secret("t0ken")})) == 1

    def test_by_a_key_in_a_header(self):
        with Api(needs("X-Key", "k3y")) as api:
            given = options(api) | {"auth": "key_header", "key_name": "X-Key", "secret": Secret("k3y")}
            assert len(rows(api, given=given)) == 1

    def test_by_a_key_in_the_address(self):
        with Api(lambda asked: {"data": ROWS[:1]} if asked.query.get("key") == "k&y" else Reply(b"", 401)) as api:
            given = options(api, params={"a": "1"}) | {"auth": "key_query", "key_name": "key", "secret": Secret("k&y")}
            assert len(rows(api, given=given)) == 1
            assert api.questions[0].query == {"a": "1", "key": "k&y"}

    def test_that_is_refused_is_told_without_the_key(self):
        with Api(lambda asked: Reply(f"no such key: {asked.headers.get('X-Key')}".encode(), 401)) as api:
            given = options(api) | {"auth": "key_header", "key_name": "X-Key", "secret": Secret("canary-k3y")}
            error = refused(api, given=given)
        assert error.code == "login_refused"
        assert "canary" not in f"{error} {error.values}"

    @pytest.mark.parametrize(
        ("kind", "missing"),
        [
            ("basic", {"login", "secret"}),
            ("bearer", {"secret"}),
            ("key_header", {"secret"}),
            ("key_query", {"secret"}),
            ("oauth2", {"login", "secret", "token_url"}),
            ("hmac", {"login", "secret"}),
        ],
    )
    def test_settings_that_it_needs_are_asked_for(self, kind, missing):
        given = {"base_url": "https://api.example.com", "auth": kind}
        assert {problem.setting for problem in REST.check(given)} == missing


@pytest.mark.parametrize("kind", ["basic", "bearer", "key_header", "key_query", "oauth2", "hmac"])
@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_no_login_is_logged_or_told_whatever_the_server_says(kind, status, caplog):
    def answer(asked):
        if asked.path == "/token":
            return {"access_token": "canary-token", "expires_in": 3600}
        echo = json.dumps([dict(asked.headers), asked.query, asked.body.decode()]).encode()
        return {"data": ROWS[:1]} if status == 200 else Reply(echo, status)

    with caplog.at_level(logging.DEBUG), Api(answer) as api:
        given = options(api, method="POST", body={"q": 1}, token_url=f"{api.url}/token", key_name="key")
        given |= {"auth": kind, "login": "jo", "secret": Secret("canary-w0rd/&")}
        web = api.web(secrets=[given["secret"]])
        said = rows(api, given=given, web=web) if status == 200 else refused(api, given=given, web=web)
        assert api.questions
    told = caplog.text + (f"{said} {said.values}" if status != 200 else "")
    encoded = [base64.b64encode(text).decode() for text in (b"jo:canary-w0rd/&", b"jo:canary-w0rd%2F%26")]
    assert not [word for word in ("canary", *encoded) if word in told]


class OAuthServer:
    """Gives tokens t1, t2, ... and takes the last one alone."""

    def __init__(self, expires_in=3600, style="header"):
        self.tokens = 0
        self.expires_in = expires_in
        self.style = style
        self.is_revoked = False
        self.takes_none = False

    def __call__(self, asked):
        if asked.path == "/token":
            return self.token(asked)
        if self.takes_none or asked.headers.get("Authorization") != f"Bearer t{self.tokens}" or self.is_revoked:
            return Reply(b"", 401)
        return paged("page")(asked)

    def token(self, asked):
        form = asked.form
        basic = "Basic " + base64.b64encode(b"client+1:s%2Fecret").decode()
        named = (
            asked.headers.get("Authorization") == basic
            if self.style == "header"
            else (form.get("client_id"), form.get("client_secret")) == ("client 1", "s/ecret")
        )
        if form["grant_type"] != "client_credentials" or form.get("scope") != "usage.read" or not named:
            return Reply({"error": "invalid_client", "said": form}, 400)
        self.tokens += 1
        self.is_revoked = False
        return {"access_token": f"t{self.tokens}", "token_type": "Bearer", "expires_in": self.expires_in}


class TestOAuth2:
    def given(self, api, **more):
        found = options(api, paging="page", params={"page": "{page}"}, token_url=f"{api.url}/token", scope="usage.read")
        return {**found, "auth": "oauth2", "login": "client 1", "secret": Secret("s/ecret"), **more}

    @pytest.mark.parametrize("style", ["header", "body"])
    def test_one_token_serves_all_pages(self, style):
        server = OAuthServer(style=style)
        with Api(server) as api:
            assert ids(rows(api, given=self.given(api, token_style=style))) == ids(ROWS)
        assert server.tokens == 1

    def test_a_token_is_renewed_a_minute_before_it_ends(self):
        server = OAuthServer(expires_in=60)
        with Api(server) as api:
            assert ids(rows(api, given=self.given(api))) == ids(ROWS)
        assert server.tokens == 6

    def test_a_token_that_was_revoked_is_renewed_once(self):
        server = OAuthServer()

        def answer(asked):
            server.is_revoked = server.is_revoked or (asked.query.get("page") == "3" and server.tokens == 1)
            return server(asked)

        with Api(answer) as api:
            assert ids(rows(api, given=self.given(api))) == ids(ROWS)
        assert server.tokens == 2

    def test_a_token_that_is_refused_though_it_is_new_is_told(self):
        server = OAuthServer()
        server.takes_none = True
        with Api(server) as api:
            assert refused(api, given=self.given(api)).code == "login_refused"
        assert server.tokens == 2

    def test_a_wrong_client_is_told_without_its_secret(self):
        with Api(OAuthServer(style="body")) as api:
            error = refused(api, given=self.given(api, secret=Secret("canary-secret"), token_style="body"))
        assert error.code == "token_refused"
        assert "canary" not in f"{error} {error.values}"

    def test_both_servers_are_among_the_hosts(self):
        given = {
            "base_url": "https://api.example.com/v1",
            "auth": "oauth2",
            "token_url": "https://login.example.com:8443/t",
        }
        assert REST.hosts(given) == {"api.example.com", "login.example.com:8443"}


class TestSignature:
    def test_signs_what_is_documented(self):
        def answer(asked):
            timestamp = asked.headers.get("X-Timestamp")
            body = hashlib.sha256(asked.body).hexdigest()
            text = f"POST\n/v1/usage\na=1\n{timestamp}\n{body}"
            expected = hmac.new(b"s3cret", text.encode(), hashlib.sha256).hexdigest()
            named = asked.headers.get("X-Api-Key") == "key-1"
            return {"data": ROWS[:1]} if named and asked.headers.get("X-Signature") == expected else Reply(b"", 401)

        with Api(answer) as api:
            given = options(api, params={"a": "1"}, method="POST", body={"q": "{start}"})
            given |= {"auth": "hmac", "login": "key-1", "secret": Secret("s3cret")}
            assert len(rows(api, given=given)) == 1

    def test_by_another_text_algorithm_encoding_and_header(self):
        def answer(asked):
            date = asked.headers.get("Date")
            digest = hmac.new(b"s3cret", f"{date} {api.host} GET".encode(), hashlib.sha512).digest()
            expected = f"HMAC key-1:{base64.b64encode(digest).decode()}"
            return {"data": ROWS[:1]} if asked.headers.get("Authorization") == expected else Reply(b"", 401)

        with Api(answer) as api:
            given = options(api, hmac_headers={"Date": "{date}", "Authorization": "HMAC {key_id}:{signature}"})
            given |= {
                "auth": "hmac",
                "login": "key-1",
                "secret": Secret("s3cret"),
                "hmac_text": "{date} {host} {method}",
                "hmac_algorithm": "sha512",
                "hmac_encoding": "base64",
            }
            assert len(rows(api, given=given)) == 1


class TestABadServer:
    def test_that_is_not_ready_is_asked_later(self):
        with Api(lambda asked: Reply(b"", 202)) as api:
            error = refused(api)
        assert (error.code, error.is_transient) == ("not_ready", True)

    def test_that_has_nothing_says_so_by_204(self):
        with Api(lambda asked: Reply(b"", 204)) as api:
            assert fetch(api) == []

    def test_that_is_throttled_for_ever_is_told(self):
        with Api(lambda asked: Reply(b"", 429, {"Retry-After": "5"})) as api:
            assert refused(api, web=api.web(limits={"attempts": 3})).code == "throttled"
            assert (api.waits, len(api.questions)) == ([5, 5], 3)

    def test_that_never_stops_talking_is_cut(self):
        def endless(asked):
            return Reply(b" " * 65536 for _ in iter(int, 1))

        with Api(endless) as api:
            assert refused(api, web=api.web(limits={"max_text_bytes": 1024**2})).code == "too_large"

    def test_that_is_slow_is_left(self):
        with Api(lambda asked: Reply(api.drip(b" ", 0.1))) as api:
            assert refused(api, web=api.web(limits={"max_seconds": 1, "attempts": 1})).code == "timed_out"


class TestTest:
    def test_says_how_many_rows_there_are_and_shows_some(self):
        with Api(paged("cursor")) as api:
            given = options(api, params={"c": "{cursor}"}, paging="cursor", cursor_path="meta.next")
            seen = REST.test(given, api.web(), DAY.end)
            assert [(fact.code, fact.values) for fact in seen.facts] == [
                ("rows_seen", {"rows": 5, "columns": "id, at, usage.amount"}),
                ("next_page_seen", {}),
            ]
            assert ids(map(json.loads, b"".join(seen.sample.chunks).splitlines())) == ids(ROWS[:5])
            assert len(api.questions) == 1

    def test_says_that_there_are_no_rows(self):
        with Api(lambda asked: {"data": []}) as api:
            seen = REST.test(options(api), api.web(), DAY.end)
            assert ([fact.code for fact in seen.facts], seen.sample) == (["no_rows_seen"], None)

    def test_says_that_there_is_no_next_page_since_a_wrong_path_to_it_looks_so(self):
        with Api(paged("cursor")) as api:
            given = options(api, params={"c": "{cursor}"}, paging="cursor", cursor_path="meta.nxt")
            assert [fact.code for fact in REST.test(given, api.web(), DAY.end).facts][1:] == ["no_next_page"]


class TestSettings:
    @pytest.mark.parametrize(
        ("more", "problem"),
        [
            ({"params": '{"from": "{strat}"}'}, ("params", "unknown_place")),
            ({"paging": "cursor", "cursor_path": "next"}, ("params", "place_missing")),
            ({"paging": "page"}, ("params", "place_missing")),
            ({"paging": "cursor", "params": '{"c": "{cursor}"}'}, ("cursor_path", "setting_missing")),
            ({"paging": "next_link"}, ("next_path", "setting_missing")),
            ({"row_path": "data[[*]"}, ("row_path", "bad_path")),
            ({"total_path": "data[*]"}, ("total_path", "bad_path")),
            ({"max_results": "100"}, ("time_field", "setting_missing")),
            ({"params": "[1]"}, ("params", "not_an_object")),
            ({"page_size": "many"}, ("page_size", "not_a_number")),
            ({"auth": "kerberos"}, ("auth", "not_a_choice")),
        ],
    )
    def test_that_do_not_fit_are_told_without_asking_anybody(self, more, problem):
        found = REST.check({"base_url": "https://api.example.com", **more})
        assert [(each.setting, each.code) for each in found] == [problem]

    def test_hosts_are_the_servers_of_the_addresses(self):
        assert REST.hosts({"base_url": "https://API.example.com:8443/v1"}) == {"api.example.com:8443"}
        assert REST.hosts({"base_url": "https://api.example.com"}) == {"api.example.com"}
        assert REST.hosts({"base_url": "nonsense"}) == set()
