"""The generic SOAP connector: zeep itself against a SOAP server on this machine."""

import base64
import hashlib
import json
import logging
from datetime import datetime, timezone

import pytest
from cloud_billing_engine.connectors.base import Window
from cloud_billing_engine.connectors.errors import ConnectorError
from cloud_billing_engine.connectors.generic.soap import SoapConnector
from cloud_billing_engine.connectors.secret import Secret
from local_api import Api, Reply
from soap_server import TNS, WSDL, WSU, XSD, envelope, fault, serve_soap, usage

SOAP = SoapConnector()
DAY = Window(datetime(2026, 10, 1, tzinfo=timezone.utc), datetime(2026, 10, 2, tzinfo=timezone.utc))
ROWS = [(f"r{n}", f"2026-10-01T{n:02d}:00:00Z", f"{n}.50", "A & B") for n in range(12)]


def options(api, **more):
    values = {
        "wsdl_url": f"{api.url}/usage.wsdl", "operation": "GetUsage", "row_path": "usage.record[*]",
        "parameters": {"from": "{start}", "to": "{end}"}, **more,
    }  # fmt: skip
    return {name: json.dumps(value) if isinstance(value, dict) else value for name, value in values.items()}


def rows(api, web=None, **more):
    given = options(api, **more)
    assert SOAP.check(given) == []
    found = []
    for delivery in SOAP.fetch(given, web or api.web(), DAY, {}):
        for payload in delivery.payloads:
            found += [json.loads(line) for line in b"".join(payload.chunks).splitlines()]
    return found


def refused(api, **more):
    with pytest.raises(ConnectorError) as caught:
        rows(api, **more)
    # Which server it was is part of every error.
    assert caught.value.values.pop("host")
    return caught.value


class TestACall:
    def test_gives_rows_with_every_digit_named_by_their_path(self):
        with serve_soap(
            lambda call: usage([("a", "2026-10-01T05:00:00+02:00", "0.10000000000000000000000000001", "A & B")])
        ) as api:
            assert rows(api) == [{
                "id": "a", "at": "2026-10-01T05:00:00+02:00", "quantity": "0.10000000000000000000000000001",
                "day": "2026-10-01", "final": "true", "customer.code": "A & B",
            }]  # fmt: skip

    def test_says_the_window_and_parts_of_parts(self):
        calls = []
        with serve_soap(lambda call: calls.append(call) or usage(ROWS[:1])) as api:
            rows(api, parameters={"from": "{start}", "to": "{end}", "filter": {"kind": ["cpu", "disk"]}})
        [call] = calls
        assert (call.text("from"), call.text("to")) == ("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z")
        assert [each.text for each in call.element.iter(f"{{{TNS}}}kind")] == ["cpu", "disk"]

    def test_without_rows_delivers_nothing(self):
        with serve_soap(lambda call: usage([])) as api:
            assert rows(api) == []

    def test_of_a_pasted_wsdl_at_a_stated_address(self):
        with serve_soap(lambda call: usage(ROWS[:1])) as api:
            wsdl = WSDL.replace(
                '<include schemaLocation="SCHEMA"/>', XSD[XSD.index("<complexType") : XSD.index("</schema>")]
            )
            assert len(rows(api, wsdl_url="", wsdl=wsdl, endpoint=f"{api.url}/elsewhere")) == 1
            assert [asked.path for asked in api.questions] == ["/elsewhere"]

    @pytest.mark.parametrize(("first", "requests"), [("", 5), ("0", 5)])
    def test_page_by_page(self, first, requests):
        def answer(call):
            page = int(call.text("page")) - (0 if first else 1)
            return usage(ROWS[page * 3 : page * 3 + 3])

        with serve_soap(answer) as api:
            parameters = {"from": "{start}", "to": "{end}", "page": "{page}"}
            found = rows(api, paging="page", first_page=first, parameters=parameters)
            assert [row["id"] for row in found] == [row[0] for row in ROWS]

    def test_by_cursor(self):
        def answer(call):
            at = int(call.text("cursor") or 0)
            return usage(ROWS[at : at + 5], str(at + 5) if at + 5 < len(ROWS) else None)

        with serve_soap(answer) as api:
            parameters = {"from": "{start}", "to": "{end}", "cursor": "{cursor}"}
            found = rows(api, paging="cursor", cursor_path="next", parameters=parameters)
            assert [row["id"] for row in found] == [row[0] for row in ROWS]


class TestLogin:
    GIVEN = {"login": "jo", "secret": Secret("p\u00e4ss")}

    def test_by_username_token(self):
        def answer(call):
            name, word = call.in_header("Username"), call.in_header("Password")
            return usage(ROWS[:1]) if (name.text, word.text) == ("jo", "p\u00e4ss") else fault("no")

        with serve_soap(answer) as api:
            assert len(rows(api, auth="wsse", **self.GIVEN)) == 1

    def test_by_digest(self):
        def answer(call):
            nonce = base64.b64decode(call.in_header("Nonce").text)
            created = call.in_header("Created", WSU).text
            digest = hashlib.sha1(nonce + created.encode() + "p\u00e4ss".encode()).digest()
            return (
                usage(ROWS[:1]) if call.in_header("Password").text == base64.b64encode(digest).decode() else fault("no")
            )

        with serve_soap(answer) as api:
            assert len(rows(api, auth="wsse_digest", **self.GIVEN)) == 1

    def test_over_http(self):
        expected = "Basic " + base64.b64encode("jo:p\u00e4ss".encode()).decode()

        def answer(call):
            return usage(ROWS[:1]) if call.question.headers.get("Authorization") == expected else Reply(b"", 401)

        with serve_soap(answer) as api:
            assert len(rows(api, auth="basic", **self.GIVEN)) == 1
            assert refused(api, auth="basic", login="jo", secret=Secret("wrong")).code == "login_refused"

    @pytest.mark.parametrize("header", [f"{{{TNS}}}SessionHeader", "{urn:other}Session"])
    def test_by_a_session_that_one_operation_gives_and_a_header_carries(self, header):
        calls = []

        def answer(call):
            calls.append(call.operation)
            if call.operation == "Login":
                known = (call.text("username"), call.text("password")) == ("jo", "p\u00e4ss")
                session = "s3ssion" if known else ""
                return (
                    f'<LoginResponse xmlns="{TNS}"><sessionId>{session}</sessionId><server>x</server></LoginResponse>'
                )
            found = call.in_header("sessionId", header[1:].partition("}")[0])
            return usage(ROWS[:1]) if found is not None and found.text == "s3ssion" else fault("no session")

        more = {
            "login_operation": "Login", "session_path": "sessionId",
            "session_header": {header: {"sessionId": "{session}"}},
        }  # fmt: skip
        with serve_soap(answer) as api:
            assert len(rows(api, **more, **self.GIVEN)) == 1
            assert calls == ["Login", "GetUsage"]
            assert refused(api, **more, login="jo", secret=Secret("wrong")).code == "no_session"


class TestWhatGoesWrong:
    def test_a_fault_is_told_without_the_password(self):
        with serve_soap(lambda call: fault(f"bad login {call.in_header('Password').text} of jo")) as api:
            error = refused(api, auth="wsse", login="jo", secret=Secret("canary-word"))
        assert (error.code, error.values) == ("soap_fault", {"said": "bad login *** of jo"})

    def test_a_failure_that_is_no_fault(self):
        with serve_soap(lambda call: Reply(b"<html>oops</html>", 500)) as api:
            error = refused(api)
        assert (error.code, error.is_transient) == ("server_error", True)

    def test_an_unknown_operation(self):
        with serve_soap(lambda call: usage([])) as api:
            assert refused(api, operation="GetUsages").code == "no_operation"

    @pytest.mark.parametrize("parameters", [{"form": "{start}"}, {"from": "{start}"}])
    def test_parameters_that_are_not_those_of_the_operation(self, parameters):
        with serve_soap(lambda call: usage([])) as api:
            assert refused(api, parameters=parameters).code == "soap_parameters"

    @pytest.mark.filterwarnings("ignore::UserWarning")
    @pytest.mark.parametrize(
        "wsdl", ["<definitions/>", "no xml", "<html></html>", WSDL.replace('tns:GetUsage"', 'tns:Gone"')]
    )
    def test_a_wsdl_that_is_none(self, wsdl):
        with serve_soap(lambda call: usage([]), wsdl=wsdl) as api:
            assert refused(api).code in ("bad_wsdl", "no_operation")

    @pytest.mark.parametrize(
        "answer", [b"", b"no xml", b"<a/>", envelope("<x/>"), b"<!DOCTYPE a><a/>", "<a/>".encode("utf-16")]
    )
    def test_an_answer_that_is_none(self, answer):
        with serve_soap(lambda call: Reply(answer, headers={"Content-Type": "text/xml"})) as api:
            assert refused(api).code in ("bad_answer", "soap_parameters", "no_rows_there")

    def test_a_server_that_fails_once_is_asked_again(self):
        replies = iter([Reply(b"", 503), Reply(b"", 429, {"Retry-After": "3"})])
        with serve_soap(lambda call: next(replies, None) or usage(ROWS)) as api:
            assert len(rows(api)) == len(ROWS)
            assert max(api.waits) == 3


class TestDocumentsStayWithinTheirServer:
    @pytest.mark.parametrize(
        "schema", ["http://127.0.0.1:9/x.xsd", "file:///etc/passwd", "/etc/passwd", "//evil.example/x.xsd", "ftp://x/y"]
    )
    def test_nothing_elsewhere_is_loaded(self, schema):
        with serve_soap(lambda call: usage([]), schema=schema, xsd="<a/>") as api:
            error = refused(api)
            assert error.code in ("import_elsewhere", "bad_wsdl")
            assert {asked.path for asked in api.questions} <= {"/usage.wsdl", "/etc/passwd"}

    def test_not_even_from_another_allowed_host(self):
        with Api(lambda asked: Reply(XSD.encode())) as other:
            with serve_soap(lambda call: usage(ROWS), schema=f"{other.url}/usage.xsd") as api:
                error = refused(api, web=api.web(hosts=[other.host]))
            assert (error.code, other.questions) == ("import_elsewhere", [])

    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd">',
        ],
    )
    def test_no_document_brings_entities(self, doctype):
        wsdl = WSDL.replace('encoding="UTF-8"?>', f'encoding="UTF-8"?>{doctype}')
        with serve_soap(lambda call: usage([]), wsdl=wsdl) as api:
            assert (refused(api).code, len(api.questions)) == ("bad_answer", 1)

    def test_a_service_at_another_address_is_not_asked(self):
        with Api(lambda asked: Reply(envelope(usage(ROWS)))) as other:
            with serve_soap(lambda call: usage(ROWS), wsdl=WSDL.replace("ADDRESS", f"{other.url}/steal")) as api:
                assert refused(api, auth="wsse", login="jo", secret=Secret("word")).code == "host_refused"
            assert other.questions == []


def test_nothing_secret_is_logged(caplog):
    def answer(call):
        if call.operation == "Login":
            return (
                f'<LoginResponse xmlns="{TNS}"><sessionId>canary-session</sessionId><server>x</server></LoginResponse>'
            )
        return usage(ROWS[:1])

    more = {
        "login_operation": "Login", "session_path": "sessionId", "auth": "wsse",
        "session_header": {f"{{{TNS}}}SessionHeader": {"sessionId": "{session}"}},
    }  # fmt: skip
    with caplog.at_level(logging.DEBUG), serve_soap(answer) as api:
        assert len(rows(api, login="jo", secret=Secret("canary-word"), **more)) == 1
        refused(api, login="jo", secret=Secret("canary-word"), **{**more, "parameters": {"from": "canary-word"}})
    assert "canary" not in caplog.text


class TestSettings:
    @pytest.mark.parametrize(
        ("more", "settings"),
        [
            ({}, ["wsdl_url"]),
            ({"wsdl_url": "https://x.example/?wsdl", "auth": "wsse"}, ["login", "secret"]),
            ({"wsdl_url": "https://x.example/?wsdl", "login_operation": "L"}, ["login", "secret", "session_header"]),
            ({"wsdl_url": "https://x.example/?wsdl", "paging": "page"}, ["parameters"]),
        ],
    )
    def test_that_are_missing_are_told(self, more, settings):
        assert [each.setting for each in SOAP.check({"operation": "GetUsage", **more})] == settings

    def test_hosts_are_those_of_the_wsdl_and_of_the_service(self):
        assert SOAP.hosts({"wsdl_url": "https://a.example/w", "endpoint": "https://b.example:8443/s"}) == {
            "a.example",
            "b.example:8443",
        }
        assert SOAP.hosts({"wsdl": WSDL.replace("ADDRESS", "https://c.example/s")}) == {"c.example"}
