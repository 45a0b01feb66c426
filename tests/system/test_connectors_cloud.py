"""Connectors of the large clouds against real servers: signatures are verified, rights are those of the documentation.

S3, STS, IAM and Cost Explorer are moto's, Blob Storage is azurite. What comes is read by the readers and held against
sums that are made of the samples' cells here.
"""

import csv
import gzip
import io
import json
import re
import shutil
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pyarrow.parquet
import pytest
from cloud_billing_engine.connectors import ConnectorError, Policy, Secret, Window, get_connector
from cloud_billing_engine.connectors.providers.azure_sign import SharedKey
from cloud_billing_engine.connectors.web import Web
from cloud_billing_engine.readers import get_reader
from conftest import ROOT
from people import MAKER, make_logins
from servers.azurite import ACCOUNT, KEY, Azurite
from servers.moto import Moto

NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
# What Odoo's own clock says: a test of a connector looks for the newest export of this month and the last.
THIS_MONTH = f"{datetime.now(timezone.utc):%Y-%m}"
LAST_MONTH = f"{datetime.now(timezone.utc).replace(day=1) - timedelta(days=1):%Y-%m}"
WINDOW = Window(datetime(2026, 10, 20, tzinfo=timezone.utc), NOW)
DOCS = ROOT / "docs" / "connectors.md"
AZURE_SAMPLE = "generated/azure_mca_generated.csv"
AWS_SAMPLE = "generated/aws_cur_legacy_generated.csv"
FOCUS_SAMPLE = "focus/focus_1.0_sample_1000.csv"


def sum_of(path, column):
    """(rows, sum of a column) of a sample, by csv and Decimal."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        cells = [row[column] for row in csv.DictReader(file)]
    return len(cells), sum(map(Decimal, cells))


def halves(path):
    """A table as the bytes of two files, each with the header."""
    header, *lines = path.read_bytes().splitlines(keepends=True)
    middle = len(lines) // 2
    return header + b"".join(lines[:middle]), header + b"".join(lines[middle:])


def read(delivery, reader):
    """(rows, billed cost) of a delivery."""
    rows = [
        row
        for payload in delivery.payloads
        for row in get_reader(reader).read(payload.chunks, file_name=payload.name, limits=None, options={})
    ]
    return len(rows), sum(Decimal(row.cost_billed) for row in rows)


def web_for(server, **limits):
    return Web(Policy(frozenset({server.host}), frozenset({server.host}), attempts=2, **limits))


def documented_policy(title, bucket, prefix):
    """The first JSON policy below a heading of the documentation, for this bucket."""
    section = DOCS.read_text().partition(f"## {title}")[2]
    text = re.search(r"```json\n(.*?)```", section, re.DOTALL)[1]
    return json.loads(text.replace("my-bills", bucket).replace("billing/my-export", prefix))


@pytest.fixture(scope="module")
def moto(samples):
    """An account with a bucket `bills`, and the keys of people with and without rights."""
    server = Moto()
    try:
        policy = documented_policy("Amazon S3", "bills", "exports")
        take_on = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
        server.keys = {
            "reader": server.make_key("reader", policy),
            "stranger": server.make_key("stranger", {"Version": "2012-10-17", "Statement": [take_on]}),
        }
        server.role = server.make_role("billing-reader", policy)
        server.lock()
        for bucket in ("bills", "empty"):
            server.make_bucket(bucket)
        put_samples(server, samples)
        yield server
    finally:
        server.stop()


def put_samples(server, samples):
    """Legacy reports of October (cur) and of last month (now) in two packed files, and a FOCUS file of somebody."""
    put_report(server, samples, "exports/cur", "2026-10", "2026-11")
    put_report(server, samples, "exports/now", LAST_MONTH, THIS_MONTH)
    server.put("bills", "exports/focus/of others+1/september.csv", (samples / FOCUS_SAMPLE).read_bytes())


def put_report(server, samples, prefix, month, following):
    """The report of a month: that of October, whose rows are of its first three days, under other dates."""
    folder = f"{prefix}/{month.replace('-', '')}01-{following.replace('-', '')}01"
    names = [f"{folder}/a-1/cur-{number}.csv.gz" for number in (1, 2)]
    for name, content in zip(names, halves(samples / AWS_SAMPLE), strict=True):
        dated = content.replace(b"2026-11-01", f"{following}-01".encode()).replace(b"2026-10-", f"{month}-".encode())
        server.put("bills", name, gzip.compress(dated))
    manifest = {"assemblyId": "a-1", "account": "123456789012", "reportKeys": names}
    server.put("bills", f"{folder}/cur-Manifest.json", json.dumps(manifest).encode())


def s3_options(moto, who="reader", **others):
    access, secret = moto.keys[who]
    return {
        "access_key": access,
        "secret_key": Secret(secret),
        "bucket": "bills",
        "prefix": "exports/cur",
        **dict.fromkeys(("endpoint", "sts_endpoint", "explorer_endpoint"), moto.url),
        **others,
    }


def seen_in_s3(moto, **others):
    with web_for(moto) as web:
        return get_connector("s3").test(s3_options(moto, **others), web, NOW)


@pytest.mark.samples
class TestS3:
    def test_a_report_comes_with_every_row_and_the_cost_to_the_last_digit(self, moto, samples):
        with web_for(moto) as web:
            (delivery,) = get_connector("s3").fetch(s3_options(moto), web, WINDOW, {})
            assert delivery.partition == "123456789012/2026-10"
            assert read(delivery, "aws_cur") == sum_of(samples / AWS_SAMPLE, "lineItem/UnblendedCost")
            known = {delivery.name: delivery.version}
            assert list(get_connector("s3").fetch(s3_options(moto), web, WINDOW, known)) == []

    def test_a_role_of_another_account_reads_the_same(self, moto, samples):
        options = s3_options(moto, "stranger", role_arn=moto.role, external_id="ours")
        with web_for(moto) as web:
            (delivery,) = get_connector("s3").fetch(options, web, WINDOW, {})
            assert read(delivery, "aws_cur") == sum_of(samples / AWS_SAMPLE, "lineItem/UnblendedCost")

    def test_a_focus_file_of_others_with_an_odd_name(self, moto, samples):
        options = s3_options(moto, layout="files", prefix="exports/focus/")
        # moto says when a file was put there: now.
        window = Window(WINDOW.start, datetime(2100, 1, 1, tzinfo=timezone.utc))
        with web_for(moto) as web:
            (delivery,) = get_connector("s3").fetch(options, web, window, {})
            assert delivery.payloads[0].name == "september.csv"
            assert read(delivery, "focus") == sum_of(samples / FOCUS_SAMPLE, "BilledCost")

    def test_a_data_export_of_focus_in_parquet(self, moto, samples):
        with open(samples / FOCUS_SAMPLE, newline="", encoding="utf-8-sig") as file:
            names, *rows = csv.reader(file)
        columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
        file = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table(columns), file)
        name = "exports/focus-export/data/BILLING_PERIOD=2024-09/focus-export-00001.snappy.parquet"
        moto.put("bills", name, file.getvalue())
        manifest = {"executionId": "e-1", "dataFiles": [f"s3://bills/{name}"]}
        folder = "exports/focus-export/metadata/BILLING_PERIOD=2024-09"
        moto.put("bills", f"{folder}/focus-export-Manifest.json", json.dumps(manifest).encode())
        september = Window(datetime(2024, 9, 1, tzinfo=timezone.utc), datetime(2024, 10, 1, tzinfo=timezone.utc))
        with web_for(moto) as web:
            (delivery,) = get_connector("s3").fetch(s3_options(moto, prefix="exports/focus-export"), web, september, {})
            assert delivery.partition == "2024-09"
            assert read(delivery, "focus") == sum_of(samples / FOCUS_SAMPLE, "BilledCost")

    def test_a_missing_part_is_not_taken_until_it_is_there(self, moto, samples):
        name = "exports/cur/20261001-20261101/a-1/cur-2.csv.gz"
        moto.remove("bills", name)
        with web_for(moto) as web:
            with pytest.raises(ConnectorError, match=r"^files_missing"):
                list(get_connector("s3").fetch(s3_options(moto), web, WINDOW, {}))
            moto.put("bills", name, gzip.compress(halves(samples / AWS_SAMPLE)[1]))
            assert len(list(get_connector("s3").fetch(s3_options(moto), web, WINDOW, {}))) == 1

    def test_what_the_test_sees(self, moto):
        facts = {fact.code: fact.values for fact in seen_in_s3(moto).facts}
        assert facts["export_seen"] == {"month": "2026-10", "files": 2, "missing": 0}
        assert [fact.code for fact in seen_in_s3(moto, prefix="exports/none").facts] == ["store_empty"]

    @pytest.mark.parametrize(
        ("others", "code"),
        [
            ({"secret_key": Secret("wrong")}, "key_wrong"),
            ({"access_key": "AKIAXXXXXXXXXXXXXXXX"}, "key_unknown"),
            ({"bucket": "empty"}, "right_missing"),
            ({"who": "stranger"}, "right_missing"),
        ],
        ids=lambda value: "",
    )
    def test_a_wrong_key_and_a_missing_right_are_told_apart(self, moto, others, code):
        with pytest.raises(ConnectorError) as caught:
            seen_in_s3(moto, **others)
        assert caught.value.code == code

    def test_a_bucket_that_is_not_there(self, moto):
        moto.keys["administrator"] = moto.admin
        with pytest.raises(ConnectorError, match=r"^bucket_unknown"):
            seen_in_s3(moto, who="administrator", bucket="no-such-bucket")


@pytest.mark.samples
class TestCostExplorer:
    def test_the_total_of_the_month_is_a_control_total(self, moto, samples):
        # moto gives one answer to one question for good: the sum that the report has is right for every test.
        _count, cost = sum_of(samples / AWS_SAMPLE, "lineItem/UnblendedCost")
        total = {"UnblendedCost": {"Amount": str(cost), "Unit": "USD"}}
        period = {"TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"}, "Total": total, "Groups": []}
        moto.seed_totals({"ResultsByTime": [{**period, "Estimated": False}], "DimensionValueAttributes": []})
        with web_for(moto) as web:
            (delivery,) = get_connector("s3").fetch(s3_options(moto, check_totals="1"), web, WINDOW, {})
        assert delivery.controls == (("", "2026-10-01", "USD", cost, None),)


@pytest.fixture(scope="module")
def azurite(samples):
    """A storage account with a container `bills`: two runs of an export of October, the first of them in two files."""
    if not shutil.which("npm"):
        pytest.skip("no npm to install azurite with")
    server = Azurite(lambda account, key: SharedKey(account, Secret(key)))
    try:
        for container in ("bills", "empty"):
            server.make_container(container)
        parts = halves(samples / AZURE_SAMPLE)
        put_run(server, "run-1", "2026-11-01T04:00:00.1234567Z", parts[:1])
        put_run(server, "run-2", "2026-11-02T04:00:00.1234567Z", parts)
        server.put("bills", "focus/of others+1/september.csv", (samples / FOCUS_SAMPLE).read_bytes())
        yield server
    finally:
        server.stop()


def put_run(server, run, submitted, parts):
    folder = f"exports/actual/20261001-20261031/{run}"
    names = [f"{folder}/part_{number}_0001.csv" for number in range(len(parts))]
    for name, content in zip(names, parts, strict=True):
        server.put("bills", name, content)
    manifest = {
        "exportConfig": {
            "exportName": "actual",
            "resourceId": "/subscriptions/s-1/providers/Microsoft.CostManagement/x",
        },
        "runInfo": {
            "submittedTime": submitted,
            "runId": run,
            "startDate": "2026-10-01T00:00:00",
            "endDate": "2026-10-31T00:00:00",
        },
        "blobs": [{"blobName": name, "byteCount": len(part)} for name, part in zip(names, parts, strict=True)],
    }
    server.put("bills", f"{folder}/manifest.json", json.dumps(manifest).encode())


def blob_options(azurite, **others):
    return {
        "account": ACCOUNT,
        "login": "key",
        "key": Secret(KEY),
        "container": "bills",
        "prefix": "exports/actual",
        "endpoint": azurite.url,
        **others,
    }


def seen_in_blob(azurite, **others):
    with web_for(azurite) as web:
        return get_connector("azure_blob").test(blob_options(azurite, **others), web, NOW)


@pytest.mark.samples
class TestBlob:
    @pytest.mark.parametrize("login", ["key", "sas"])
    def test_an_export_comes_with_every_row_and_the_cost_to_the_last_digit(self, azurite, samples, login):
        options = blob_options(azurite, login=login, sas=Secret(azurite.sas()))
        with web_for(azurite) as web:
            (delivery,) = get_connector("azure_blob").fetch(options, web, WINDOW, {})
            assert delivery.partition == "s-1/2026-10"
            assert read(delivery, "azure_cost") == sum_of(samples / AZURE_SAMPLE, "CostInBillingCurrency")
            known = {delivery.name: delivery.version}
            assert list(get_connector("azure_blob").fetch(options, web, WINDOW, known)) == []

    def test_a_focus_file_of_others_with_an_odd_name(self, azurite, samples):
        options = blob_options(azurite, layout="files", prefix="focus/")
        window = Window(WINDOW.start, datetime(2100, 1, 1, tzinfo=timezone.utc))
        with web_for(azurite) as web:
            (delivery,) = get_connector("azure_blob").fetch(options, web, window, {})
            assert read(delivery, "focus") == sum_of(samples / FOCUS_SAMPLE, "BilledCost")

    def test_a_missing_part_is_not_taken_until_it_is_there(self, azurite, samples):
        name = "exports/actual/20261001-20261031/run-2/part_1_0001.csv"
        azurite.remove("bills", name)
        with web_for(azurite) as web:
            with pytest.raises(ConnectorError, match=r"^files_missing"):
                list(get_connector("azure_blob").fetch(blob_options(azurite), web, WINDOW, {}))
            azurite.put("bills", name, halves(samples / AZURE_SAMPLE)[1])
            assert len(list(get_connector("azure_blob").fetch(blob_options(azurite), web, WINDOW, {}))) == 1

    def test_what_the_test_sees(self, azurite):
        facts = {fact.code: fact.values for fact in seen_in_blob(azurite).facts}
        assert facts["export_seen"]["month"] == "2026-10"
        assert [fact.code for fact in seen_in_blob(azurite, container="empty").facts] == ["store_empty"]

    @pytest.mark.parametrize(
        ("others", "code"),
        [
            ({"key": Secret("d3Jvbmc=")}, "storage_refused"),
            ({"container": "no-such-container"}, "container_unknown"),
            ({"login": "sas", "sas": {"rights": "l"}}, "right_missing"),
            ({"login": "sas", "sas": {"hours": -1}}, "storage_refused"),
        ],
        ids=lambda value: "",
    )
    def test_a_wrong_key_a_missing_right_and_an_unknown_container_are_told_apart(self, azurite, others, code):
        sas = Secret(azurite.sas(**others.get("sas", {})))
        with pytest.raises(ConnectorError) as caught:
            seen_in_blob(azurite, **{**others, "sas": sas})
        assert caught.value.code == code


def wait_until(look, seconds=90):
    """What `look` returns once it is true; the last answer after so many seconds."""
    until = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.5)
    return found


@pytest.mark.samples
class TestThroughOdoo:
    """A billing administrator sets a connector up; the report of October comes in without another hand."""

    @pytest.fixture
    def person(self, server, login):
        running = server(None, "--max-cron-threads=1")
        make_logins(login(running))
        return login(running, MAKER, MAKER)

    def set_up(self, person, moto, who="reader", secret=None):
        """The id of a connector of a new source, its hosts allowed."""
        access, usual = moto.keys[who]
        options = {name: value for name, value in s3_options(moto, who).items() if name != "secret_key"}
        options |= {"access_key": access, "check_totals": "1", "prefix": "exports/now"}
        source = {"name": f"AWS of {who}", "reader": "aws_cur"}
        return self.connect(person, source, "s3", options, secret_key=secret or usual)

    def connect(self, person, source, kind, options, **secrets):
        source = person.call("cloud.usage.source", "create", source)
        start = min("2026-10-01", f"{LAST_MONTH}-01")
        values = {"source_id": source, "kind": kind, "options": options, "fetch_from": start}
        connector = person.call("cloud.connector", "create", values)
        for name, word in secrets.items():
            person.call("cloud.connector", "set_secret", connector, name, word)
        hosts = person.call("cloud.connector.host", "search", [["connector_id", "=", connector]])
        person.call("cloud.connector.host", "write", hosts, {"is_inner": True})
        person.call("cloud.connector", "action_allow_hosts", connector)
        return connector

    def last_run(self, person, connector):
        domain = [["connector_id", "=", connector]]
        fields = ["kind", "outcome", "error_code", "story", "delivery_count", "ended_at"]
        return person.call("cloud.connector.run", "search_read", domain, fields, limit=1, order="id desc")[0]

    def test_a_report_becomes_usage_and_its_total_is_held_against_cost_explorers(self, moto, samples, person):
        count, cost = sum_of(samples / AWS_SAMPLE, "lineItem/UnblendedCost")
        total = {"UnblendedCost": {"Amount": str(cost), "Unit": "USD"}}
        period = {"Start": f"{LAST_MONTH}-01", "End": f"{THIS_MONTH}-01"}
        result = {"TimePeriod": period, "Total": total, "Groups": []}
        answers = {"ResultsByTime": [{**result, "Estimated": False}], "DimensionValueAttributes": []}
        moto.seed_totals(answers, answers)
        connector = self.set_up(person, moto)
        person.call("cloud.connector", "action_test", connector)
        told = self.last_run(person, connector)
        assert (told["kind"], told["outcome"]) == ("test", "green"), told
        assert f"Cost Explorer says that {LAST_MONTH}" in told["story"]

        person.call("cloud.connector", "action_turn_on", connector)
        imports = [["connector_id", "=", connector], ["state", "=", "imported"]]
        fields = ["rows_accepted"]
        (found,) = wait_until(lambda: person.call("cloud.usage.import", "search_read", imports, fields))
        assert found["rows_accepted"] == count
        controls = [["source_id.name", "=", "AWS of reader"], ["measure", "=", "cost_billed"]]
        (control,) = person.call("cloud.usage.control", "search_read", controls, ["amount", "actual", "state"])
        assert (Decimal(control["amount"]), Decimal(control["actual"]), control["state"]) == (cost, cost, "match")

    def test_an_export_in_a_container_becomes_usage(self, azurite, samples, person):
        options = {name: value for name, value in blob_options(azurite).items() if name != "key"}
        source = {"name": "Azure", "reader": "azure_cost"}
        connector = self.connect(person, source, "azure_blob", options, key=KEY)
        person.call("cloud.connector", "action_test", connector)
        told = self.last_run(person, connector)
        assert (told["kind"], told["outcome"]) == ("test", "green"), told
        person.call("cloud.connector", "action_turn_on", connector)
        imports = [["connector_id", "=", connector], ["state", "=", "imported"]]
        (found,) = wait_until(lambda: person.call("cloud.usage.import", "search_read", imports, ["rows_accepted"]))
        count, cost = sum_of(samples / AZURE_SAMPLE, "CostInBillingCurrency")
        assert found["rows_accepted"] == count
        live = [["source_id.name", "=", source["name"]], ["is_live", "=", True]]
        rows = person.call("cloud.usage.record", "search_read", live, ["cost_billed"])
        assert sum(Decimal(row["cost_billed"]) for row in rows) == cost

    def test_a_wrong_key_is_told_in_a_sentence_with_the_remedy(self, moto, person):
        connector = self.set_up(person, moto, secret="wrong")
        person.call("cloud.connector", "action_test", connector)
        told = self.last_run(person, connector)
        assert (told["outcome"], told["error_code"]) == ("red", "key_wrong")
        assert "Type the secret in again" in told["story"]
