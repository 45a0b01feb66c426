"""Microsoft's partner billing: which months are an estimate and which are billed, and the token that renews itself."""

import gzip
import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import get_reader
from local_server import LocalServer, Reply
from provider_samples import CSP

NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 9, 30, tzinfo=timezone.utc), NOW)
CONNECTOR = get_connector("microsoft_csp")
OPERATIONS = "/v1.0/reports/partners/billing/operations/"


class Microsoft:
    """Login, Graph, Partner Center and storage in one server; reports take two more questions."""

    def __init__(self, *invoices):
        self.invoices = invoices
        self.tokens = []
        self.exports = []
        self.polls = 0
        self.failure = None
        self.url = ""

    def __call__(self, asked):
        if asked.path.endswith("/oauth2/v2.0/token"):
            form = asked.body.decode()
            self.tokens.append(form)
            return Reply(body={"access_token": f"token-{len(self.tokens)}", "refresh_token": f"r{len(self.tokens)}"})
        if asked.path.startswith("/blobs/"):
            assert "Authorization" not in asked.headers
            assert asked.query["sig"] == ["t0psecret"]
            return Reply(body=gzip.compress(json.dumps(CSP).encode() + b"\n"))
        if not asked.headers.get("Authorization", "").startswith("Bearer token-"):
            return Reply(401)
        if asked.path == "/v1/invoices":
            offset, size = int(asked.query["offset"][0]), int(asked.query["size"][0])
            return Reply(body={"items": list(self.invoices)[offset : offset + size]})
        if asked.method == "POST":
            self.exports.append((asked.path.rpartition("/billing/")[2], asked.json))
            return Reply(202, b"", {"Location": f"{OPERATIONS}{len(self.exports)}", "Retry-After": "7"})
        return self.poll(asked)

    def poll(self, asked):
        self.polls += 1
        if self.failure:
            return self.failure
        if self.polls % 2:
            return Reply(body={"status": "running"}, headers={"Retry-After": "11"})
        number = asked.path.removeprefix(OPERATIONS)
        manifest = {
            "eTag": f"etag-{number}",
            "sasToken": "?sv=1&sig=t0psecret",
            "rootDirectory": f"{self.url}/blobs/{number}",
            "blobCount": 1,
            "blobs": [{"name": "part-1.json.gz"}],
        }
        return Reply(body={"status": "completed", "resourceLocation": manifest})


def invoice(number, month, currency="EUR"):
    return {"id": number, "billingPeriodStartDate": f"{month}-01T00:00:00Z", "currencyCode": currency}


def options(server, **others):
    return {
        "tenant": "tenant-1",
        "client_id": "app",
        "client_secret": Secret("s3cret"),
        "currency": "eur",
        **dict.fromkeys(("endpoint", "partner_endpoint", "login_endpoint"), server.url),
        **others,
    }


def fetch(microsoft, known=None, renewed=None, **others):
    """Deliveries with the rows that the reader makes of them."""
    with LocalServer(microsoft) as server:
        microsoft.url = server.url
        keep = None if renewed is None else lambda name, secret: renewed.append((name, secret.reveal()))
        with server.web(now=lambda: NOW, on_renewed=keep) as web:
            found = []
            for each in CONNECTOR.fetch(options(server, **others), web, WINDOW, known or {}):
                found.append((each, [row for payload in each.payloads for row in read(payload)]))
            microsoft.waits = server.waits
            return found


def read(payload):
    return get_reader("csp").read(payload.chunks, file_name=payload.name, limits=None, options={})


def fails(microsoft, code, **others):
    with pytest.raises(ConnectorError) as caught:
        fetch(microsoft, **others)
    assert caught.value.code == code
    return caught.value


class TestUsage:
    def test_a_month_with_an_invoice_is_billed_and_final_the_running_one_an_estimate(self):
        microsoft = Microsoft(
            invoice("G001", "2026-09"), invoice("G002", "2026-10"), invoice("D003", "2026-10"),
            invoice("G004", "2026-10", "USD"),
        )  # fmt: skip
        found = fetch(microsoft)
        told = [(delivery.partition, delivery.version, delivery.is_final) for delivery, _rows in found]
        assert told == [
            ("tenant-1 / EUR/2026-09", "billed etag-1", True),
            ("tenant-1 / EUR/2026-10", "billed etag-2", True),
            ("tenant-1 / EUR/2026-11", "unbilled etag-3", False),
        ]
        assert microsoft.exports == [
            ("usage/billed/export", {"invoiceId": "G001", "attributeSet": "full"}),
            ("usage/billed/export", {"invoiceId": "G002", "attributeSet": "full"}),
            (
                "usage/unbilled/export",
                {"currencyCode": "EUR", "billingPeriod": "current", "attributeSet": "full"},
            ),
        ]

    def test_the_lines_are_read_to_the_last_digit(self):
        ((_delivery, rows),) = fetch(Microsoft(invoice("G001", "2026-09")))[:1]
        assert [Decimal(row.cost_billed) for row in rows] == [Decimal("1.19552035")]
        assert rows[0].provider_account == f"{CSP['PartnerId']} / EUR"

    def test_the_month_before_is_an_estimate_until_its_invoice_is_there(self):
        found = fetch(Microsoft())
        assert [(delivery.partition[-7:], delivery.is_final) for delivery, _rows in found] == [
            ("2026-10", False), ("2026-11", False),
        ]  # fmt: skip

    def test_several_invoices_of_a_month_are_one_delivery(self):
        found = fetch(Microsoft(invoice("G002", "2026-10"), invoice("G001", "2026-10")))
        assert (found[0][0].version, len(found[0][1])) == ("billed etag-1 etag-2", 2)

    def test_a_known_version_is_not_downloaded_again(self):
        found = fetch(Microsoft())
        known = {delivery.name: delivery.version for delivery, _rows in found}
        assert fetch(Microsoft(), known=known) == []

    def test_it_waits_as_long_as_it_is_asked_to(self):
        microsoft = Microsoft(invoice("G001", "2026-10"))
        fetch(microsoft)
        assert microsoft.waits == [7, 11, 7, 11]

    def test_licences_have_billed_lines_only(self):
        microsoft = Microsoft(invoice("G001", "2026-10"))
        assert len(fetch(microsoft, data="licences")) == 1
        assert microsoft.exports[0][0] == "reconciliation/billed/export"


class TestThatItEnds:
    def test_a_report_that_never_comes(self):
        microsoft = Microsoft()
        microsoft.failure = Reply(body={"status": "running"}, headers={"Retry-After": "30"})
        waited = []
        clock = {"clock": lambda: sum(waited), "sleep": waited.append}
        with LocalServer(microsoft) as server, server.web(now=lambda: NOW, **clock) as web:
            found = CONNECTOR.fetch(options(server), web, WINDOW, {})
            with pytest.raises(ConnectorError, match=r"^report_not_ready") as caught:
                next(found)
        assert caught.value.is_transient
        # Seven seconds as the first answer asks, then half a minute each, and never past ten minutes.
        assert (waited[0], len(waited)) == (7, 1 + 19)

    def test_a_report_that_fails_is_told_with_its_reason(self):
        microsoft = Microsoft()
        microsoft.failure = Reply(body={"status": "failed", "error": {"code": "InvoiceNotFound", "message": "x"}})
        assert fails(microsoft, "report_failed").values["status"] == "InvoiceNotFound"

    def test_an_address_on_another_host_gets_no_token(self):
        microsoft = Microsoft()
        microsoft.failure = Reply(202, b"", {"Location": "https://thief.example.com/operations/1"})
        assert fails(microsoft, "redirect_refused").values["to"] == "thief.example.com"

    def test_a_manifest_that_lacks_files_is_not_taken(self):
        microsoft = Microsoft()
        manifest = {
            "eTag": "e",
            "sasToken": "s",
            "rootDirectory": "https://x",
            "blobCount": 2,
            "blobs": [{"name": "a"}],
        }
        microsoft.failure = Reply(body={"status": "completed", "resourceLocation": manifest})
        assert fails(microsoft, "files_missing").is_transient


class TestTheConsent:
    def test_each_use_of_the_refresh_token_keeps_the_new_one_in_its_place(self):
        microsoft, renewed = Microsoft(), []
        fetch(microsoft, renewed=renewed, refresh_token=Secret("r0"))
        # Partner Center and Graph each have a token of their own; the second is asked for with what the first gave.
        assert ["refresh_token=r0" in microsoft.tokens[0], "refresh_token=r1" in microsoft.tokens[1]] == [True, True]
        assert renewed == [("refresh_token", "r1"), ("refresh_token", "r2")]

    def test_a_consent_that_ended_is_told(self):
        said = {"error": "invalid_grant", "error_description": "AADSTS700082: The refresh token has expired: r0"}
        with LocalServer([Reply(400, said)]) as server, server.web() as web, pytest.raises(ConnectorError) as caught:
            CONNECTOR.test(options(server, refresh_token=Secret("r0")), web, NOW)
        assert caught.value.code == "consent_expired"
        assert "r0" not in str(caught.value)


class TestSettings:
    def test_the_hosts_are_microsofts(self):
        assert CONNECTOR.hosts({}) == {
            "graph.microsoft.com",
            "api.partnercenter.microsoft.com",
            "login.microsoftonline.com",
            "*.blob.core.windows.net",
        }

    def test_a_test_says_how_many_invoices_there_are(self):
        microsoft = Microsoft(*(invoice(f"G{number}", "2026-10") for number in range(201)))
        with LocalServer(microsoft) as server, server.web() as web:
            (fact,) = CONNECTOR.test(options(server), web, NOW).facts
        assert fact == ("invoices_seen", {"count": 201, "newest": "2026-10"})

    def test_a_currency_is_three_letters(self):
        problems = CONNECTOR.check({"tenant": "t", "client_id": "c", "client_secret": Secret("s"), "currency": "euro"})
        assert [problem.code for problem in problems] == ["not_a_currency"]
