"""Azure Cost Details: a report that is waited for, month by month."""

import base64
import hashlib
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import get_reader
from local_server import LocalServer, Reply
from provider_samples import provider_file

NOW = datetime(2026, 11, 26, 9, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 10, 20, tzinfo=timezone.utc), NOW)
CONNECTOR = get_connector("azure_cost_details")
SCOPE = "providers/Microsoft.Billing/billingAccounts/123456"
GENERATE = f"/{SCOPE}/providers/Microsoft.CostManagement/generateCostDetailsReport"


class Azure:
    """Login, management and storage in one server. `months`: {'2026-10': csv bytes}."""

    def __init__(self, **others):
        self.months = {"2026-10": provider_file("azure_cost"), "2026-11": provider_file("azure_cost", {"Cost": "0.7"})}
        self.asked = []
        self.before = lambda _asked: None

    def __call__(self, asked):
        reply = self.before(asked)
        if reply:
            return reply
        if asked.path.endswith("/oauth2/v2.0/token"):
            assert "scope=http" in asked.body.decode()
            return Reply(body={"access_token": "token"})
        if asked.path.startswith("/files/"):
            assert "Authorization" not in asked.headers
            content = self.months[asked.path.rpartition("/")[2]]
            digest = base64.b64encode(hashlib.md5(content).digest()).decode()  # nosec B324
            return Reply(body=content, headers={"Content-MD5": digest, "ETag": f'"{len(self.asked)}"'})
        assert asked.headers["Authorization"] == "Bearer token"
        if asked.method == "POST":
            self.asked.append(asked.json)
            where = f"/results/{asked.json['timePeriod']['start'][:7]}/1"
            return Reply(202, b"", {"Location": where, "Retry-After": "5"})
        if asked.path.endswith("/exports"):
            return Reply(body={"value": [{"name": "actual"}]})
        month, count = asked.path.removeprefix("/results/").split("/")
        if count == "1":
            return Reply(202, b"", {"Location": f"/results/{month}/2", "Retry-After": "20"})
        if month not in self.months:
            return Reply(204)
        blob = {"blobLink": f"{self.url}/files/{month}?sig=t0psecret", "byteCount": 1}
        return Reply(body={"status": "Completed", "manifest": {"blobCount": 1, "blobs": [blob]}})


def options(server, **others):
    return {
        "tenant": "t-1",
        "client_id": "app",
        "client_secret": Secret("s3cret"),
        "scope": f"/{SCOPE}/",
        **dict.fromkeys(("endpoint", "login_endpoint"), server.url),
        **others,
    }


def fetch(azure, known=None, window=WINDOW, **others):
    with LocalServer(azure) as server, server.web(now=lambda: NOW) as web:
        azure.url = server.url
        found = [
            (each, [row for payload in each.payloads for row in read(payload)])
            for each in CONNECTOR.fetch(options(server, **others), web, window, known or {})
        ]
        azure.waits = server.waits
        return found


def read(payload):
    return get_reader("azure_cost").read(payload.chunks, file_name=payload.name, limits=None, options={})


def test_each_month_is_a_report_of_its_own_and_the_running_one_ends_today():
    azure = Azure()
    found = fetch(azure)
    assert [(delivery.partition, rows[0].cost_billed) for delivery, rows in found] == [
        ("123456/2026-10", "0.3"),
        ("123456/2026-11", "0.7"),
    ]
    assert [asked["timePeriod"] for asked in azure.asked] == [
        {"start": "2026-10-01", "end": "2026-10-31"},
        {"start": "2026-11-01", "end": "2026-11-26"},
    ]
    assert azure.asked[0]["metric"] == "ActualCost"
    assert azure.waits == [5, 20, 5, 20]


def test_the_same_costs_in_a_new_report_are_the_same_version():
    azure = Azure()
    known = {delivery.name: delivery.version for delivery, _rows in fetch(azure)}
    assert fetch(azure, known=known) == []
    azure.months["2026-10"] = provider_file("azure_cost", {"Cost": "0.31"})
    ((delivery, rows),) = fetch(azure, known=known)
    assert (delivery.partition, Decimal(rows[0].cost_billed)) == ("123456/2026-10", Decimal("0.31"))


def test_a_month_without_costs_is_no_delivery():
    azure = Azure()
    del azure.months["2026-11"]
    assert [delivery.partition for delivery, _rows in fetch(azure)] == ["123456/2026-10"]


def test_months_that_microsoft_has_no_more_are_told():
    old = Window(datetime(2025, 9, 1, tzinfo=timezone.utc), NOW)
    with pytest.raises(ConnectorError) as caught:
        fetch(Azure(), window=old)
    # Thirteen months before November 2026.
    assert (caught.value.code, caught.value.values) == ("months_too_old", {"month": "2025-09", "oldest": "2025-10"})


def test_being_asked_to_wait_is_obeyed_and_a_refusal_told():
    azure = Azure()
    refusals = [Reply(429, b"", {"Retry-After": "3"})]
    azure.before = lambda asked: refusals.pop() if refusals and asked.path == GENERATE else None
    assert len(fetch(azure)) == 2
    assert azure.waits[0] == 3
    refusal = Reply(400, {"error": {"code": "AgreementTypeNotSupported", "message": "Not for this agreement."}})
    azure.before = lambda asked: refusal if asked.path == GENERATE else None
    with pytest.raises(ConnectorError, match=r"^request_refused") as caught:
        fetch(azure)
    assert "AgreementTypeNotSupported" in caught.value.values["said"]


def test_a_cut_download_is_no_complete_file():
    azure = Azure()

    def cut(asked):
        is_file = asked.path.startswith("/files/") and asked.method == "GET"
        return Reply(body=b"half", length=100, is_cut=True) if is_file else None

    azure.before = cut
    with pytest.raises(ConnectorError) as caught:
        fetch(azure)
    assert caught.value.code == "cut_off"
    assert "t0psecret" not in str(caught.value)


def test_a_test_makes_no_report():
    azure = Azure()
    with LocalServer(azure) as server, server.web() as web:
        (fact,) = CONNECTOR.test(options(server), web, NOW).facts
    assert fact.values["exports"] == 1
    assert azure.asked == []


def test_settings():
    given = {"tenant": "t", "client_id": "c", "client_secret": Secret("s"), "scope": "123456"}
    assert [problem.code for problem in CONNECTOR.check(given)] == ["not_a_scope"]
    assert CONNECTOR.hosts({}) == {"management.azure.com", "login.microsoftonline.com", "*.blob.core.windows.net"}
