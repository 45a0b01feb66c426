"""Azure Blob Storage: which run of an export counts, and how one signs in. The server is a replay; azurite is in
tests/system.
"""

import base64
import hashlib
import json
from datetime import datetime, timezone
from urllib.parse import unquote

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.connectors.providers.azure_sign import string_to_sign
from local_server import LocalServer, Reply

NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 10, 10, tzinfo=timezone.utc), NOW)
DAYS = "exports/actual/20261001-20261031"
KEY = base64.b64encode(b"a key of nobody").decode()
BLOB = get_connector("azure_blob")


class Container:
    """A container `bills` with blobs {name: bytes}, which answers lists in pages of two, and a login server."""

    def __init__(self):
        self.blobs = {}
        self.before = lambda _asked: None
        self.tokens = 0

    def run(self, run, submitted, content, days=DAYS, start="2026-10-01", end="2026-10-31"):
        """A run of the export `actual` with one file."""
        name = f"{days}/{run}/part_0_0001.csv"
        self.blobs[name] = content
        manifest = {
            "exportConfig": {
                "exportName": "actual",
                "resourceId": "/subscriptions/sub-1/providers/Microsoft.CostManagement/exports/actual",
            },
            "runInfo": {
                "submittedTime": submitted,
                "runId": run,
                "startDate": f"{start}T00:00:00.0000000Z",
                "endDate": f"{end}T00:00:00.0000000Z",
            },
            "blobs": [{"blobName": name, "byteCount": len(content)}],
        }
        self.blobs[f"{days}/{run}/manifest.json"] = b"\xef\xbb\xbf" + json.dumps(manifest).encode()

    def etag(self, name):
        return f'"{hashlib.md5(self.blobs[name]).hexdigest()}"'  # nosec B324

    def __call__(self, asked):
        reply = self.before(asked)
        if reply:
            return reply
        if asked.method == "POST":
            self.tokens += 1
            return Reply(body={"access_token": f"token-{self.tokens}", "expires_in": 3599})
        name = unquote(asked.path).removeprefix("/bills").removeprefix("/")
        if not name:
            return Reply(body=self.list(asked.query))
        if name not in self.blobs or asked.headers.get("If-Match") != self.etag(name):
            return refusal(412, "ConditionNotMet")
        return Reply(body=self.blobs[name])

    def list(self, query):
        start, prefix = query.get("marker", [""])[0], query.get("prefix", [""])[0]
        names = [name for name in sorted(self.blobs) if name.startswith(prefix) and name > start]
        entries = "".join(
            f"<Blob><Name>{name}</Name><Properties><Last-Modified>Sun, 01 Nov 2026 03:00:00 GMT</Last-Modified>"
            f"<Etag>{self.etag(name).strip(chr(34))}</Etag><Content-Length>{len(self.blobs[name])}</Content-Length>"
            "</Properties></Blob>"
            for name in names[:2]
        )
        marker = f"<NextMarker>{names[1]}</NextMarker>" if len(names) > 2 else "<NextMarker/>"
        xml = '<?xml version="1.0" encoding="utf-8"?>'
        return f"{xml}<EnumerationResults><Blobs>{entries}</Blobs>{marker}</EnumerationResults>".encode()


def refusal(status, code):
    return Reply(status, b"\xef\xbb\xbf<Error><Code>x</Code></Error>", {"x-ms-error-code": code})


def options(server, **others):
    return {
        "account": "ouraccount",
        "login": "key",
        "key": Secret(KEY),
        "container": "bills",
        "prefix": "exports/actual",
        "endpoint": server.url,
        "login_endpoint": server.url,
        **others,
    }


def fetch(container, known=None, **others):
    """[(delivery, {payload: its bytes})] of a container."""
    with LocalServer(container) as server, server.web() as web:
        found = BLOB.fetch(options(server, **others), web, WINDOW, known or {})
        return [(each, {payload.name: b"".join(payload.chunks) for payload in each.payloads}) for each in found]


def fails(container, code, **others):
    with pytest.raises(ConnectorError) as caught:
        fetch(container, **others)
    assert caught.value.code == code
    return caught.value


class TestAnExport:
    def test_the_run_that_was_submitted_last_counts_whatever_its_name(self):
        container = Container()
        container.run("b", "2026-10-19T10:00:00.1234567Z", b"of the day before")
        container.run("a", "2026-10-20T10:00:00.1234567Z", b"of today")
        ((delivery, files),) = fetch(container)
        assert files == {"part_0_0001.csv": b"of today"}
        assert (delivery.partition, delivery.is_final) == ("sub-1/2026-10", None)
        assert fetch(container, known={delivery.name: delivery.version}) == []
        container.run("c", "2026-10-21T10:00:00Z", b"of tomorrow")
        assert len(fetch(container, known={delivery.name: delivery.version})) == 1

    def test_months_are_told_apart_and_those_outside_the_window_are_not_read(self):
        container = Container()
        container.run("a", "2026-11-02T00:00:00Z", b"october")
        container.run(
            "n", "2026-11-02T00:00:00Z", b"nov", "exports/actual/20261101-20261130", "2026-11-01", "2026-12-01"
        )
        container.blobs["exports/actual/20260901-20260930/s/manifest.json"] = b"not even JSON"
        found = fetch(container)
        assert [delivery.partition for delivery, _files in found] == ["sub-1/2026-10", "sub-1/2026-11"]

    def test_a_run_over_several_months_has_no_month_of_its_own(self):
        container = Container()
        container.run(
            "q", "2026-11-02T00:00:00Z", b"three", "exports/actual/20260901-20261130", "2026-09-01", "2026-11-30"
        )
        ((delivery, _files),) = fetch(container)
        assert delivery.partition == ""

    def test_a_run_that_lacks_a_file_is_not_taken(self):
        container = Container()
        container.run("a", "2026-11-02T00:00:00Z", b"october")
        del container.blobs[f"{DAYS}/a/part_0_0001.csv"]
        error = fails(container, "files_missing")
        assert (error.values["months"], error.values["files"]) == ("2026-10", "part_0_0001.csv")

    @pytest.mark.parametrize("content", [b"{", b"[]", b'{"runInfo": {}, "exportConfig": {}, "blobs": []}'])
    def test_a_manifest_that_is_none_is_refused(self, content):
        container = Container()
        container.blobs[f"{DAYS}/a/manifest.json"] = content
        fails(container, "bad_manifest")

    def test_a_file_that_changes_between_list_and_download_ends_the_delivery(self):
        container = Container()
        container.run("a", "2026-11-02T00:00:00Z", b"october")
        container.before = lambda asked: refusal(412, "ConditionNotMet") if asked.path.endswith(".csv") else None
        assert fails(container, "changed_meanwhile").is_transient

    def test_files_of_others(self):
        container = Container()
        container.blobs = {"focus/a.csv": b"a", "focus/b.csv": b"b"}
        found = fetch(container, layout="files", prefix="focus/", together="folder")
        assert [files for _delivery, files in found] == [{"a.csv": b"a", "b.csv": b"b"}]


class TestSigningIn:
    def test_the_text_that_is_signed_is_that_of_the_service(self):
        # The example of "Authorize with Shared Key", List Blobs: every query parameter is a line, in small letters.
        url = "https://myaccount.blob.core.windows.net/mycontainer?comp=list&restype=container&Include=metadata"
        headers = {"x-ms-version": "2021-08-06", "X-Ms-Date": "Fri, 26 Jun 2026 23:39:12 GMT", "If-Match": '"1"'}
        # No length at all and a length of 0 are one.
        headers["Content-Length"] = "0"
        assert string_to_sign("GET", url, headers, "myaccount").split("\n") == [
            "GET", "", "", "", "", "", "", "", '"1"', "", "", "",
            "x-ms-date:Fri, 26 Jun 2026 23:39:12 GMT",
            "x-ms-version:2021-08-06",
            "/myaccount/mycontainer",
            "comp:list",
            "include:metadata",
            "restype:container",
        ]  # fmt: skip

    def test_an_application_of_entra_gets_a_token_and_another_one_when_it_is_refused(self):
        container = Container()
        container.run("a", "2026-11-02T00:00:00Z", b"october")
        seen = []

        def before(asked):
            if asked.method == "POST":
                seen.append(asked.body.decode())
                return None
            # The first token has ended.
            return Reply(401) if asked.headers["Authorization"] == "Bearer token-1" else None

        container.before = before
        who = {"login": "entra", "tenant": "t-1", "client_id": "c", "client_secret": Secret("s3cret")}
        assert len(fetch(container, **who)) == 1
        assert len(seen) == 2
        assert "client_secret=s3cret" in seen[0]
        assert "scope=https%3A%2F%2Fstorage.azure.com%2F.default" in seen[0]

    @pytest.mark.parametrize(
        ("number", "ours"),
        [
            ("AADSTS7000215", "app_secret_wrong"),
            ("AADSTS7000222", "app_secret_expired"),
            ("AADSTS700016", "app_unknown"),
            ("AADSTS90002", "tenant_unknown"),
            ("AADSTS999999", "login_refused"),
        ],
    )
    def test_what_entra_refuses_is_told_by_its_number_and_without_the_secret(self, number, ours):
        container = Container()
        said = f"{number}: Invalid client secret provided: s3cret. Trace ID: 1"
        container.before = lambda _asked: Reply(401, {"error": "invalid_client", "error_description": said})
        who = {"login": "entra", "tenant": "t-1", "client_id": "c", "client_secret": Secret("s3cret")}
        error = fails(container, ours, **who)
        assert error.values["said"] == number
        assert "s3cret" not in str(error)

    def test_a_shared_access_signature_is_in_no_error(self):
        container = Container()
        container.before = lambda asked: refusal(403, "AuthenticationFailed") if "sig" in asked.query else None
        error = fails(container, "key_wrong", login="sas", sas=Secret("?sv=2021-08-06&sig=t0psecret"))
        assert "t0psecret" not in str(error)

    @pytest.mark.parametrize(
        ("status", "code", "ours"),
        [
            (404, "ContainerNotFound", "container_unknown"),
            (403, "AuthenticationFailed", "key_wrong"),
            (403, "AuthorizationPermissionMismatch", "right_missing"),
            (403, "AuthorizationFailure", "storage_refused"),
            (403, "KeyBasedAuthenticationNotPermitted", "key_not_permitted"),
            (409, "SomethingNew", "request_refused"),
        ],
    )
    def test_what_the_storage_refuses_is_a_code_of_its_own(self, status, code, ours):
        container = Container()
        container.before = lambda _asked: refusal(status, code)
        assert fails(container, ours).values["said"] == code

    def test_a_key_that_is_none_is_told_before_anybody_is_asked(self):
        fails(Container(), "key_wrong", key=Secret("not base64!"))


class TestSettings:
    def test_each_way_to_sign_in_needs_its_own(self):
        given = {"account": "ouraccount", "container": "bills"}
        for login, missing in (("entra", {"tenant", "client_id", "client_secret"}), ("sas", {"sas"}), ("key", {"key"})):
            assert {problem.setting for problem in BLOB.check({**given, "login": login})} == missing
        given |= {"login": "sas", "sas": Secret("x"), "account": "Our.Account", "container": "Bills/2026"}
        assert {problem.code for problem in BLOB.check(given)} == {"not_an_account", "not_a_container"}

    def test_the_hosts_are_the_account_and_the_login(self):
        given = {"account": "ouraccount", "container": "bills"}
        assert BLOB.hosts(given) == {"ouraccount.blob.core.windows.net", "login.microsoftonline.com"}
        assert BLOB.hosts({**given, "login": "sas"}) == {"ouraccount.blob.core.windows.net"}

    def test_an_empty_container_is_told_and_no_error(self):
        with LocalServer(Container()) as server, server.web() as web:
            (fact,) = BLOB.test(options(server), web, NOW).facts
        assert fact == ("store_empty", {"place": "ouraccount/bills", "folder": "exports/actual"})
