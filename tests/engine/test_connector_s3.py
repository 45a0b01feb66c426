"""S3: what is taken of a bucket and what is not. The server is a replay; signatures are proved in tests/system."""

import gzip
import hashlib
import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import unquote

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.connectors.providers.stored_files import months
from cloud_billing_engine.readers import get_reader
from local_server import LocalServer, Reply
from provider_samples import provider_file

pytest.importorskip("requests_aws4auth")

NOVEMBER = datetime(2026, 11, 26, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 10, 10, tzinfo=timezone.utc), NOVEMBER)
DATA = "exports/cur/data/BILLING_PERIOD=2026-10"
MANIFEST = "exports/cur/metadata/BILLING_PERIOD=2026-10/cur-Manifest.json"
S3 = get_connector("s3")


class Bucket:
    """A bucket `bills` with objects {name: (content, time)}, which answers lists in pages of two."""

    def __init__(self, **objects):
        self.objects = {}
        self.before = lambda _asked: None

    def put(self, name, content, modified="2026-11-01T03:00:00.000Z"):
        self.objects[name] = (content if isinstance(content, bytes) else json.dumps(content).encode(), modified)

    def export(self, run="run-1", files=("cur-1.csv", "cur-2.csv")):
        """An export of October in some files, and its manifest."""
        for number, file in enumerate(files, 1):
            self.put(f"{DATA}/{file}", b"%d\n" % number)
        self.put(MANIFEST, {"executionId": run, "dataFiles": [f"s3://bills/{DATA}/{file}" for file in files]})

    def etag(self, name):
        return f'"{hashlib.md5(self.objects[name][0]).hexdigest()}"'  # nosec B324

    def __call__(self, asked):
        reply = self.before(asked)
        if reply:
            return reply
        name = unquote(asked.path).removeprefix("/bills/")
        if not name:
            return Reply(body=self.list(asked.query))
        if name not in self.objects:
            return refusal(404, "NoSuchKey")
        if asked.headers.get("If-Match") != self.etag(name):
            return refusal(412, "PreconditionFailed")
        return Reply(body=self.objects[name][0])

    def list(self, query):
        start = query.get("continuation-token", [""])[0]
        names = [name for name in sorted(self.objects) if name.startswith(query["prefix"][0]) and name > start]
        entries = "".join(
            f"<Contents><Key>{name}</Key><LastModified>{self.objects[name][1]}</LastModified>"
            f"<ETag>{self.etag(name).replace(chr(34), '&quot;')}</ETag>"
            f"<Size>{len(self.objects[name][0])}</Size></Contents>"
            for name in names[:2]
        )
        more = "<IsTruncated>false</IsTruncated>"
        if len(names) > 2:
            more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{names[1]}</NextContinuationToken>"
        space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        return f"<ListBucketResult {space}>{more}{entries}</ListBucketResult>".encode()


def refusal(status, code, more="", headers=None):
    return Reply(status, f"<Error><Code>{code}</Code><Message>No.</Message>{more}</Error>".encode(), headers or {})


def options(server, **others):
    return {
        "access_key": "AKIA",
        "secret_key": Secret("a secret key"),
        "bucket": "bills",
        "prefix": "exports/cur",
        "endpoint": server.url,
        "sts_endpoint": server.url,
        "explorer_endpoint": server.url,
        **others,
    }


def fetch(bucket, window=WINDOW, known=None, **others):
    """[(delivery, {payload: its bytes})] of a bucket."""
    with LocalServer(bucket) as server, server.web() as web:
        found = S3.fetch(options(server, **others), web, window, known or {})
        return [(each, {payload.name: b"".join(payload.chunks) for payload in each.payloads}) for each in found]


def fails(bucket, code, **others):
    with pytest.raises(ConnectorError) as caught:
        fetch(bucket, **others)
    assert caught.value.code == code
    return caught.value


class TestAnExport:
    def test_a_month_is_the_files_of_its_manifest_and_nothing_beside_them(self):
        bucket = Bucket()
        bucket.export()
        bucket.put(f"{DATA}/cur-3.csv", b"of a run that is not finished")
        ((delivery, files),) = fetch(bucket)
        assert files == {"cur-1.csv": b"1\n", "cur-2.csv": b"2\n"}
        assert (delivery.name, delivery.partition) == ("s3://bills/exports/cur/2026-10", "2026-10")
        assert delivery.is_final is None

    def test_a_known_version_is_left_out_and_another_run_is_not(self):
        bucket = Bucket()
        bucket.export()
        ((delivery, _files),) = fetch(bucket)
        known = {delivery.name: delivery.version}
        assert fetch(bucket, known=known) == []
        bucket.export(run="run-2")
        assert len(fetch(bucket, known=known)) == 1

    def test_a_file_written_anew_under_an_old_manifest_is_another_version(self):
        bucket = Bucket()
        bucket.export()
        ((before, _files),) = fetch(bucket)
        bucket.put(f"{DATA}/cur-2.csv", b"restated\n")
        ((after, _files),) = fetch(bucket)
        assert before.version != after.version

    def test_a_month_that_lacks_a_file_is_not_taken_and_the_others_are(self):
        bucket = Bucket()
        bucket.export()
        del bucket.objects[f"{DATA}/cur-2.csv"]
        november = MANIFEST.replace("2026-10", "2026-11")
        bucket.put(november.replace("cur-Manifest.json", "x"), b"x")
        bucket.put(november, {"executionId": "n", "dataFiles": [f"s3://bills/{DATA.replace('10', '11')}/n.csv"]})
        bucket.put(f"{DATA.replace('10', '11')}/n.csv", b"n\n")
        with LocalServer(bucket) as server, server.web() as web:
            found = S3.fetch(options(server), web, WINDOW, {})
            assert next(found).name.endswith("2026-11")
            with pytest.raises(ConnectorError) as caught:
                next(found)
        assert (caught.value.code, caught.value.is_transient) == ("files_missing", True)
        assert (caught.value.values["months"], caught.value.values["files"]) == ("2026-10", "cur-2.csv")

    def test_only_months_of_the_window_are_looked_at(self):
        bucket = Bucket()
        bucket.export()
        first = datetime(2026, 11, 1, tzinfo=timezone.utc)
        assert fetch(bucket, Window(first, NOVEMBER)) == []
        assert len(fetch(bucket, Window(datetime(2026, 10, 31, tzinfo=timezone.utc), first))) == 1

    @pytest.mark.parametrize(
        ("start", "end", "found"),
        [
            ("2026-10-01T00:00", "2026-11-01T00:00", ["2026-10"]),
            # October in Auckland (UTC+13) and in Honolulu (UTC-10), and this month until now in Amsterdam.
            ("2026-09-30T11:00", "2026-10-31T11:00", ["2026-10"]),
            ("2026-10-01T10:00", "2026-11-01T10:00", ["2026-10"]),
            ("2026-10-31T23:00", "2026-11-26T09:00", ["2026-11"]),
            ("2026-10-31T23:00", "2026-11-01T00:00", ["2026-10"]),
            ("2026-10-10T00:00", "2027-01-05T00:00", ["2026-10", "2026-11", "2026-12", "2027-01"]),
        ],
    )
    def test_a_month_of_any_time_zone_is_one_month(self, start, end, found):
        moments = (datetime.fromisoformat(f"{text}:00+00:00") for text in (start, end))
        assert months(Window(*moments)) == found

    def test_of_several_manifests_of_a_month_the_newest_counts(self):
        bucket = Bucket()
        bucket.export()
        bucket.put(f"{DATA}/r2/cur-1.csv", b"second run\n")
        later = MANIFEST.replace("cur-Man", "20261102-r2/cur-Man")
        bucket.put(
            later, {"executionId": "r2", "dataFiles": [f"s3://bills/{DATA}/r2/cur-1.csv"]}, "2026-11-02T00:00:00Z"
        )
        assert [files for _delivery, files in fetch(bucket)] == [{"cur-1.csv": b"second run\n"}]

    def test_a_legacy_report_has_its_month_in_the_folder_and_says_whose_it_is(self):
        bucket = Bucket()
        folder = "exports/cur/20261001-20261101"
        bucket.put(f"{folder}/a-1/cur-1.csv.gz", b"1")
        manifest = {"assemblyId": "a-1", "account": "123456789012", "reportKeys": [f"{folder}/a-1/cur-1.csv.gz"]}
        bucket.put(f"{folder}/cur-Manifest.json", manifest)
        bucket.put(f"{folder}/a-1/cur-Manifest.json", manifest)
        ((delivery, files),) = fetch(bucket)
        assert (delivery.partition, files) == ("123456789012/2026-10", {"cur-1.csv.gz": b"1"})

    @pytest.mark.parametrize(
        "manifest",
        [
            b"{",
            b"[]",
            {"executionId": "x", "dataFiles": ["s3://other-bucket/secret.csv"]},
            {"executionId": "x", "dataFiles": [7]},
        ],
    )
    def test_a_manifest_that_is_none_or_points_elsewhere_is_refused(self, manifest):
        bucket = Bucket()
        bucket.put(MANIFEST, manifest)
        assert fails(bucket, "bad_manifest").values["file"] == MANIFEST

    def test_a_file_that_changes_between_list_and_download_ends_the_delivery(self):
        bucket = Bucket()
        bucket.export()
        asked_for = f"/bills/{DATA}/cur-2.csv".replace("=", "%3D")

        def change(asked):
            if asked.path == asked_for:
                bucket.put(f"{DATA}/cur-2.csv", b"newer\n")

        bucket.before = change
        assert fails(bucket, "changed_meanwhile").is_transient


class TestWhatIsRead:
    def test_a_data_export_of_cur_2_is_read_to_the_last_digit(self):
        # 0.2675 of the one account and 0.000000000012345 of the other.
        content = provider_file("aws_cur", {}, {"lineItem/UnblendedCost": "0.000000000012345"})
        header, rest = content.decode().split("\n", 1)
        # lineItem/UsageAmount is line_item_usage_amount there.
        header = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header.replace("/", "_")).lower()
        bucket = Bucket()
        bucket.export(files=("cur-1.csv.gz",))
        bucket.put(f"{DATA}/cur-1.csv.gz", gzip.compress(f"{header}\n{rest}".encode()))
        ((_delivery, files),) = fetch(bucket)
        ((name, packed),) = files.items()
        rows = list(get_reader("aws_cur").read([packed], file_name=name, limits=None, options={}))
        assert sum(Decimal(row.cost_billed) for row in rows) == Decimal("0.267500000012345")
        assert {row.billing_month for row in rows} == {"2026-10-01"}


class TestFilesOfOthers:
    def test_each_file_is_a_delivery_oldest_first_and_a_known_one_is_left_out(self):
        bucket = Bucket()
        bucket.put("focus/b.csv.gz", b"b", "2026-11-01T00:00:00Z")
        bucket.put("focus/a.csv.gz", b"a", "2026-11-02T00:00:00Z")
        bucket.put("focus/notes.txt", b"no", "2026-11-02T00:00:00Z")
        bucket.put("focus/", b"", "2026-11-02T00:00:00Z")
        found = fetch(bucket, layout="files", prefix="focus/", pattern="*.csv.gz")
        assert [files for _delivery, files in found] == [{"b.csv.gz": b"b"}, {"a.csv.gz": b"a"}]
        known = {delivery.name: delivery.version for delivery, _files in found[:1]}
        assert len(fetch(bucket, layout="files", prefix="focus/", pattern="*.csv.gz", known=known)) == 1

    def test_the_window_is_of_the_time_a_file_last_changed(self):
        bucket = Bucket()
        bucket.put("focus/old.csv", b"o", "2026-10-09T23:59:59Z")
        bucket.put("focus/new.csv", b"n", "2026-10-10T00:00:00Z")
        ((delivery, _files),) = fetch(bucket, layout="files", prefix="focus/")
        assert delivery.name == "s3://bills/focus/new.csv"

    def test_a_folder_is_one_delivery_once_it_is_quiet(self):
        bucket = Bucket()
        bucket.put("focus/2026-10/1.csv", b"1", "2026-11-25T23:40:00Z")
        bucket.put("focus/2026-10/2.csv", b"2", "2026-11-25T23:46:00Z")
        # The window ends at midnight, 14 minutes after the last file: it may not be the last.
        assert fetch(bucket, layout="files", prefix="focus/", together="folder") == []
        later = Window(WINDOW.start, datetime(2026, 11, 26, 0, 2, tzinfo=timezone.utc))
        ((delivery, files),) = fetch(bucket, later, layout="files", prefix="focus/", together="folder")
        assert (delivery.name, files) == ("s3://bills/focus/2026-10", {"1.csv": b"1", "2.csv": b"2"})


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "code", "ours"),
        [
            (404, "NoSuchBucket", "bucket_unknown"),
            (403, "AccessDenied", "right_missing"),
            (403, "InvalidAccessKeyId", "key_unknown"),
            (403, "SignatureDoesNotMatch", "key_wrong"),
            (403, "RequestTimeTooSkewed", "clock_differs"),
            (400, "ExpiredToken", "session_expired"),
            (400, "SomethingNew", "request_refused"),
        ],
    )
    def test_what_amazon_refuses_is_a_code_of_its_own(self, status, code, ours):
        bucket = Bucket()
        secret = "<StringToSign>AWS4 a secret key</StringToSign>"
        bucket.before = lambda _asked: refusal(status, code, secret)
        error = fails(bucket, ours)
        assert error.values["said"] == f"{code} No."
        assert "secret" not in str(error)

    def test_being_busy_is_waited_for(self):
        bucket = Bucket()
        bucket.export()
        busy = [refusal(503, "SlowDown", headers={"Retry-After": "2"}), refusal(500, "InternalError")]
        bucket.before = lambda _asked: busy.pop() if busy else None
        assert len(fetch(bucket)) == 1

    def test_half_a_file_is_no_file(self):
        bucket = Bucket()
        bucket.export()
        half = Reply(body=b"1", length=2, is_cut=True)
        bucket.before = lambda asked: half if asked.path.endswith("cur-1.csv") else None
        assert fails(bucket, "cut_off").is_transient

    def test_a_list_with_a_document_type_is_no_list(self):
        bucket = Bucket()
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>'
        bucket.before = lambda _asked: Reply(body=bomb)
        assert fails(bucket, "bad_answer").values["detail"] == "doctype"

    def test_a_list_that_goes_in_circles_ends(self):
        bucket = Bucket()
        page = b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
        bucket.before = lambda _asked: Reply(body=page + b"</ListBucketResult>")
        fails(bucket, "bad_answer")

    def test_without_a_region_the_one_that_amazon_names_is_signed_for(self):
        bucket = Bucket()
        bucket.export()

        def elsewhere(asked):
            if "/eu-west-1/" not in asked.headers["Authorization"]:
                return refusal(301, "PermanentRedirect", headers={"x-amz-bucket-region": "eu-west-1"})
            return None

        bucket.before = elsewhere
        assert len(fetch(bucket)) == 1
        assert fails(bucket, "other_region", region="us-west-2").values["region"] == "eu-west-1"

    def test_an_empty_bucket_is_told_and_no_error(self):
        with LocalServer(Bucket()) as server, server.web() as web:
            (fact,) = S3.test(options(server), web, NOVEMBER).facts
        assert fact == ("store_empty", {"place": "s3://bills", "folder": "exports/cur"})

    def test_files_without_a_manifest_are_told(self):
        bucket = Bucket()
        bucket.put("exports/cur/data.csv", b"1")
        with LocalServer(bucket) as server, server.web() as web:
            facts = S3.test(options(server), web, NOVEMBER).facts
        assert [fact.code for fact in facts] == ["store_seen", "no_manifest"]


class TestARole:
    def answer_sts(self, asked):
        self.roles.append(asked.body.decode())
        parts = f"<AccessKeyId>ASIA{len(self.roles)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        parts += "<SessionToken>token</SessionToken>"
        body = f"<AssumeRoleResponse><AssumeRoleResult><Credentials>{parts}</Credentials></AssumeRoleResult>"
        return Reply(body=f"{body}</AssumeRoleResponse>".encode())

    def test_a_session_that_expires_is_taken_on_again(self):
        self.roles = []
        bucket = Bucket()
        bucket.export()

        def before(asked):
            if asked.method == "POST":
                return self.answer_sts(asked)
            # The first session ends at once.
            return refusal(400, "ExpiredToken") if "ASIA1/" in asked.headers["Authorization"] else None

        bucket.before = before
        role = "arn:aws:iam::123456789012:role/billing-reader"
        assert len(fetch(bucket, role_arn=role, external_id="ours")) == 1
        assert len(self.roles) == 2
        assert "ExternalId=ours" in self.roles[0]

    def test_one_that_always_expires_is_told(self):
        self.roles = []
        bucket = Bucket()
        bucket.before = lambda asked: self.answer_sts(asked) if asked.method == "POST" else refusal(400, "ExpiredToken")
        fails(bucket, "session_expired", role_arn="arn:aws:iam::123456789012:role/r")
        assert len(self.roles) == 2


class TestTotals:
    """October came to 140.25 in two periods of a page each: 100.15 + 40.10."""

    def totals(self, is_estimated=False):
        pages = [
            {
                "ResultsByTime": [{"Total": {"UnblendedCost": {"Amount": "100.15", "Unit": "USD"}}}],
                "NextPageToken": "2",
            },
            {
                "ResultsByTime": [
                    {"Total": {"UnblendedCost": {"Amount": "40.10", "Unit": "USD"}}, "Estimated": is_estimated}
                ]
            },
        ]
        self.asked = []

        def before(asked):
            if asked.method != "POST":
                return None
            self.asked.append((asked.headers["X-Amz-Target"], asked.json))
            return Reply(body=pages[len(self.asked) - 1])

        bucket = Bucket()
        bucket.export()
        bucket.before = before
        ((delivery, _files),) = fetch(bucket, check_totals="1")
        return delivery

    def test_cost_explorer_gives_a_control_total_of_the_month(self):
        delivery = self.totals()
        assert delivery.controls == (("", "2026-10-01", "USD", Decimal("140.25"), None),)
        target, first = self.asked[0]
        assert target == "AWSInsightsIndexService.GetCostAndUsage"
        assert first["TimePeriod"] == {"Start": "2026-10-01", "End": "2026-11-01"}
        assert self.asked[1][1]["NextPageToken"] == "2"

    def test_an_estimated_month_is_not_final_and_not_compared(self):
        delivery = self.totals(is_estimated=True)
        assert (delivery.is_final, delivery.controls) == (False, ())


class TestSettings:
    def test_the_hosts_are_those_of_the_bucket_the_role_and_cost_explorer(self):
        given = {"bucket": "bills", "region": "eu-west-1"}
        assert S3.hosts(given) == {"bills.s3.eu-west-1.amazonaws.com"}
        assert S3.hosts({"bucket": "bills"}) == {"bills.s3.amazonaws.com"}
        assert S3.hosts({"bucket": "my.bills", "region": "eu-west-1"}) == {"s3.eu-west-1.amazonaws.com"}
        assert S3.hosts({"bucket": "b", "endpoint": "https://minio.example.com:9000/"}) == {"minio.example.com:9000"}
        assert S3.hosts({**given, "role_arn": "arn:...", "check_totals": "1"}) == {
            "bills.s3.eu-west-1.amazonaws.com",
            "sts.eu-west-1.amazonaws.com",
            "ce.us-east-1.amazonaws.com",
        }

    def test_what_is_no_bucket_and_no_role_is_told_before_anybody_is_asked(self):
        given = {"access_key": "A", "secret_key": Secret("s"), "bucket": "Bills/x", "role_arn": "admin"}
        assert {problem.code for problem in S3.check(given)} == {"not_a_bucket", "not_a_role"}
        given = {"access_key": "A", "secret_key": Secret("s"), "bucket": "bills", "external_id": "x"}
        assert [problem.code for problem in S3.check(given)] == ["external_id_without_role"]
