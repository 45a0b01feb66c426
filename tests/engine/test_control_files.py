"""Manifests and totals of providers, as control totals."""

import json
from datetime import date
from decimal import Decimal

import pytest
from cloud_billing_engine.readers.control_files import MAX_BYTES, ControlFileError, read_control_file

MARCH = date(2026, 3, 1)


def as_tuples(found):
    return [(t.month, t.account, t.measure, t.amount, t.currency) for t in found.totals]


def refused(content):
    with pytest.raises(ControlFileError) as caught:
        read_control_file(content)
    return caught.value.reason, caught.value.row_no, caught.value.value


def test_a_manifest_of_aws_lists_files():
    manifest = {
        "assemblyId": "a-1",
        "billingPeriod": {"start": "20260301T000000.000Z", "end": "20260401T000000.000Z"},
        "reportKeys": ["p/r/20260301-20260401/a-1/r-1.csv.gz", "p/r/20260301-20260401/a-1/r-2.csv.gz"],
    }
    found = read_control_file(json.dumps(manifest).encode())
    assert (found.kind, found.files, found.reference) == ("aws_manifest", ["r-1.csv.gz", "r-2.csv.gz"], "a-1")
    assert as_tuples(found) == [(MARCH, "", "files", Decimal(2), "")]


def test_a_manifest_of_a_data_export_has_its_month_in_the_names():
    manifest = {"executionId": "e", "dataFiles": ["s3://b/p/x/data/BILLING_PERIOD=2026-03/x-00001.csv.gz"]}
    found = read_control_file(json.dumps(manifest).encode())
    assert (found.files, as_tuples(found)) == (["x-00001.csv.gz"], [(MARCH, "", "files", Decimal(1), "")])


def test_a_manifest_of_azure_has_bytes_and_rows():
    manifest = {
        "runInfo": {"runId": "r", "startDate": "2026-03-01T00:00:00"},
        "blobs": [
            {"blobName": "f/part_0.csv", "byteCount": 100, "dataRowCount": 7},
            {"blobName": "f/part_1.csv", "byteCount": 50, "dataRowCount": 3},
        ],
    }
    found = read_control_file(json.dumps(manifest).encode())
    assert as_tuples(found) == [
        (MARCH, "", "files", Decimal(2), ""),
        (MARCH, "", "bytes", Decimal(150), ""),
        (MARCH, "", "rows", Decimal(10), ""),
    ]
    del manifest["blobs"][1]["dataRowCount"]
    assert [t.measure for t in read_control_file(json.dumps(manifest).encode()).totals] == ["files", "bytes"]


def test_totals_by_month_account_and_currency():
    found = read_control_file(b"Month;Account;Currency;Cost;Rows\n2026-03;acct-1;usd;12.345678901234567890;3\n")
    assert as_tuples(found) == [
        (MARCH, "acct-1", "rows", Decimal(3), ""),
        (MARCH, "acct-1", "cost_billed", Decimal("12.345678901234567890"), "USD"),
    ]


def test_cost_explorer_has_an_account_per_column_and_days_add_up_to_their_month():
    content = (
        'Linked account,111 ($),222 ($),Total costs ($)\n"Linked account total","5.5","1","6.5"\n'
        "2026-03-01,2.5,,2.5\n2026-03-02,3,1,4\n"
    )
    assert as_tuples(read_control_file(content.encode())) == [
        (MARCH, "111", "cost_billed", Decimal("5.5"), "USD"),
        (MARCH, "222", "cost_billed", Decimal(1), "USD"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ("empty", None, "")),
        (b"\xff\xfe\x00", ("encoding", None, "")),
        (b"{", ("manifest", None, "")),
        (b'{"reportKeys": []}', ("manifest", None, "")),
        (b'{"blobs": [], "runInfo": 3}', ("month", None, "")),
        (b'{"reportKeys": ["a.csv"]}', ("month", None, "")),
        (b"a,b\n1,2\n", ("columns", None, "a, b")),
        (b"month,cost\n2026-13,2\n", ("month", 2, "2026-13")),
        (b"month,cost\n2026-03,1\n2026-03,NaN\n", ("number", 3, "NaN")),
        (b"[" * 100_000, ("columns", None, "[" * 200)),
        (b'{"a":' * 100_000, ("manifest", None, "")),
        (b" " * (MAX_BYTES + 1), ("too_large", None, "")),
    ],
)
def test_what_is_none_of_these_is_refused_with_its_place(content, reason):
    assert refused(content) == reason
