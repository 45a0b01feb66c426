"""Short ways to write usage files in the tests of readers."""

import csv
import importlib.util
import io
import sys
from pathlib import Path

from cloud_billing_engine.readers import Limits, get_reader
from cloud_billing_engine.readers.providers.focus import COLUMNS, MANDATORY

ROOT = Path(__file__).resolve().parents[2]

RECORD = {
    "BilledCost": "1.50",
    "BillingAccountId": "A-1",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-11-01 00:00:00",
    "BillingPeriodStart": "2026-10-01 00:00:00",
    "ChargeCategory": "Usage",
    "ChargeDescription": "Machine hours",
    "ChargePeriodEnd": "2026-10-05 11:00:00",
    "ChargePeriodStart": "2026-10-05 10:00:00",
    "ContractedCost": "1.60",
    "EffectiveCost": "1.55",
    "InvoiceIssuerName": "Nimbus",
    "ListCost": "2.00",
    "PricingQuantity": "10.0",
    "PricingUnit": "Hours",
    "ProviderName": "Nimbus",
    "PublisherName": "Nimbus",
    "ServiceCategory": "Compute",
    "ServiceName": "Machines",
    "SkuId": "SKU-1",
    "SubAccountId": "S-1",
    "SubAccountName": "Bakery",
}
FOCUS_1_0 = [name for name in COLUMNS if name in MANDATORY or name in RECORD]


def csv_bytes(rows, delimiter=",", line_end="\n"):
    """Rows of cells as CSV in UTF-8."""
    lines = []
    for row in rows:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(row)
        lines.append(out.getvalue()[:-2] + line_end)
    return "".join(lines).encode()


def focus_file(*records, columns=FOCUS_1_0, **options):
    """A FOCUS file of records that differ from RECORD as given."""
    rows = [[{**RECORD, **record}.get(name, "NULL") for name in columns] for record in records or [{}]]
    return csv_bytes([columns, *rows], **options)


def read(data, reader="focus", limits=None, chunk_size=65536, file_name="usage.csv", **options):
    """Everything that a reader yields for these bytes."""
    chunks = (data[at : at + chunk_size] for at in range(0, len(data), chunk_size))
    return list(get_reader(reader).read(chunks, file_name=file_name, limits=limits or Limits(), options=options))


def read_focus(*records, **options):
    """Everything the FOCUS reader yields for records that differ from RECORD as given."""
    return read(focus_file(*records), **options)


def load_tool(name):
    """A module of the folder tools."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
