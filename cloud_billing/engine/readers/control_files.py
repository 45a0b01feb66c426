"""What a provider says beside its files: manifests that list them, and totals of months, as control totals.

A manifest is JSON: of AWS (`reportKeys`, or `dataFiles` of a data export) or of Azure (`blobs` with bytes and rows).
Totals come as CSV: one line per account, month and currency with the columns `month`, `account`, `currency`, `cost`,
`quantity` and `rows` (any but month may be missing), or as AWS Cost Explorer exports them, an account per column.
"""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..numbers import NumberError, exact, parse_decimal

MAX_BYTES = 16 * 1024 * 1024
MAX_TOTALS = 10_000
_MONTH = re.compile(r"(\d{4})-?(\d{2})")
# "123456789012 ($)" or "Alpha (USD)"; the total of all accounts is the last column.
_EXPLORER_COLUMN = re.compile(r"(?P<account>.*?)\s*\((?P<currency>[^()]+)\)\s*")
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_COLUMNS = {
    "month": ("month", "billing_month", "period"),
    "account": ("account", "provider_account", "billing_account"),
    "currency": ("currency",),
    "cost_billed": ("cost", "cost_billed", "amount", "total"),
    "quantity": ("quantity",),
    "unit": ("unit",),
    "rows": ("rows", "count", "row_count"),
}


REASONS = ("too_large", "encoding", "manifest", "empty", "columns", "month", "number")


class ControlTotal(NamedTuple):
    """What should have arrived. measure: rows, quantity, cost_billed, files or bytes. account "": all accounts."""

    month: date
    account: str
    measure: str
    amount: Decimal
    currency: str = ""
    unit: str = ""


class ControlFileError(ValueError):
    """The file says no control totals: reason, one of REASONS; its row and the value where that is known."""

    def __init__(self, reason, row_no=None, value=""):
        super().__init__(reason)
        self.reason = reason
        self.row_no = row_no
        self.value = value


class ControlFile(NamedTuple):
    """kind: aws_manifest, azure_manifest, explorer or totals; files: names without folders that a manifest lists."""

    kind: str
    totals: list
    files: list = []
    reference: str = ""


def read_control_file(content):
    """The ControlFile that some bytes are. Raises ControlFileError where they are none."""
    if len(content) > MAX_BYTES:
        raise ControlFileError("too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ControlFileError("encoding") from error
    if text.lstrip().startswith("{"):
        return _read_manifest(text)
    return _read_totals(text)


def _read_manifest(text):
    try:
        manifest = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ControlFileError("manifest") from error
    if isinstance(manifest.get("blobs"), list):
        return _read_azure(manifest)
    names = manifest.get("reportKeys") or manifest.get("dataFiles")
    if isinstance(names, list) and names:
        return _read_aws(manifest, names)
    raise ControlFileError("manifest")


def _read_azure(manifest):
    run = manifest.get("runInfo") if isinstance(manifest.get("runInfo"), dict) else {}
    month = _get_month(run.get("startDate"))
    blobs = [blob for blob in manifest["blobs"] if isinstance(blob, dict) and blob.get("blobName")]
    totals = [ControlTotal(month, "", "files", Decimal(len(blobs)))]
    for measure, name in (("bytes", "byteCount"), ("rows", "dataRowCount")):
        numbers = [blob.get(name) for blob in blobs]
        if blobs and all(isinstance(number, int) and number >= 0 for number in numbers):
            totals.append(ControlTotal(month, "", measure, Decimal(sum(numbers))))
    return ControlFile(
        "azure_manifest", totals, [_get_base(blob["blobName"]) for blob in blobs], str(run.get("runId") or "")
    )


def _read_aws(manifest, names):
    period = manifest.get("billingPeriod") if isinstance(manifest.get("billingPeriod"), dict) else {}
    files = [_get_base(name.get("filePath") if isinstance(name, dict) else name) for name in names]
    start = period.get("start") or next(iter(re.findall(r"BILLING_PERIOD=(\d{4}-\d{2})", str(names[0]))), None)
    month = _get_month(start)
    reference = str(manifest.get("assemblyId") or manifest.get("executionId") or "")
    return ControlFile("aws_manifest", [ControlTotal(month, "", "files", Decimal(len(files)))], files, reference)


def _get_base(path):
    return str(path or "").replace("\\", "/").rsplit("/", 1)[-1]


def _get_month(text, row_no=None):
    found = _MONTH.match(str(text or "").strip())
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1970:
        raise ControlFileError("month", row_no=row_no, value=str(text or ""))
    return date(int(found[1]), int(found[2]), 1)


def _read_totals(text):
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))]
    if not rows:
        raise ControlFileError("empty")
    if len(rows) > MAX_TOTALS:
        raise ControlFileError("too_large")
    if any(_EXPLORER_COLUMN.fullmatch(name) for name in rows[0][1:]):
        return ControlFile("explorer", _read_explorer(rows))
    return ControlFile("totals", _read_lines(rows))


def _read_explorer(rows):
    """Cost Explorer: accounts across, periods down; days are added up to their month."""
    sums = {}
    for column, name in enumerate(rows[0][1:], 1):
        found = _EXPLORER_COLUMN.fullmatch(name)
        if not found or found["account"].lower().startswith("total"):
            continue
        currency = _SYMBOLS.get(found["currency"], found["currency"])
        for row_no, row in enumerate(rows[1:], 2):
            # The line of all periods together has no date.
            if _MONTH.match(row[0].strip()) and column < len(row) and row[column].strip():
                key = (_get_month(row[0], row_no), found["account"].strip(), currency)
                with exact():
                    sums[key] = sums.get(key, Decimal(0)) + _get_number(row[column], row_no)
    return [
        ControlTotal(month, account, "cost_billed", cost, currency) for (month, account, currency), cost in sums.items()
    ]


def _read_lines(rows):
    places = {}
    names = [name.strip().lower().replace(" ", "_") for name in rows[0]]
    for column, known in _COLUMNS.items():
        found = [place for place, name in enumerate(names) if name in known]
        if found:
            places[column] = found[0]
    if "month" not in places or not {"cost_billed", "quantity", "rows"} & places.keys():
        raise ControlFileError("columns", value=", ".join(rows[0])[:200])
    totals = []
    for row_no, row in enumerate(rows[1:], 2):
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in places.items()}
        month = _get_month(cells["month"], row_no)
        for measure in ("rows", "quantity", "cost_billed"):
            if cells.get(measure):
                totals.append(
                    ControlTotal(
                        month,
                        cells.get("account", ""),
                        measure,
                        _get_number(cells[measure], row_no),
                        cells.get("currency", "").upper() if measure == "cost_billed" else "",
                        cells.get("unit", "") if measure == "quantity" else "",
                    )
                )
    return totals


def _get_number(text, row_no):
    try:
        return parse_decimal(text.strip())
    except NumberError as error:
        raise ControlFileError("number", row_no=row_no, value=text[:100]) from error
