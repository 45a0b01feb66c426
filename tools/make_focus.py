#!/usr/bin/env python3
"""Write a FOCUS 1.0 file of an invented cloud provider: for the demo, the tests and the measurements.

The same arguments give the same bytes on every machine and Python. Needs nothing but the standard library, for Parquet
pyarrow; there numbers, times and tags have types of their own, and which bytes it is depends on pyarrow.

    python3 tools/make_focus.py --rows 300 --out cloud_billing/demo/focus_demo.csv
    python3 tools/make_focus.py --rows 1000000 --sub-accounts 10000 --out /tmp/large.csv.gz
    python3 tools/make_focus.py --rows 1000000 --out /tmp/large.parquet
"""

import argparse
import csv
import gzip
import io
import json
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import NamedTuple

PROVIDER = "Nimbus Example Cloud"
BILLING_ACCOUNT = "NEC-000417"
BILLING_ACCOUNT_NAME = "Reseller agreement 417"
SUB_ACCOUNTS = (
    ("NEC-1001", "Bluebird Bakery"),
    ("NEC-1002", "Cedar Architects"),
    ("NEC-1003", "Fernhill School"),
    ("NEC-1004", "Granite Games"),
    ("NEC-1005", "Juniper Travel"),
    ("NEC-1006", "Quayside Logistics"),
    ("NEC-1007", "Own use: platform team"),
    ("NEC-1008", "Own use: data office"),
)
REGIONS = (("nb-north-1", "Nimbus North"), ("nb-west-1", "Nimbus West"), ("nb-south-1", "Nimbus South"))
TEAMS = ("web", "office", "data", "ops")
RESOURCES_PER_SKU = 25
BLOCK_OF_LINES = 2_000
ROW_GROUP = 100_000

COLUMNS = (
    "AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,"
    "BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,"
    "CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountStatus,"
    "CommitmentDiscountType,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,"
    "InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingQuantity,PricingUnit,ProviderName,PublisherName,"
    "RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SkuId,SkuPriceId,"
    "SubAccountId,SubAccountName,Tags"
)


class Sku(NamedTuple):
    """price: in 10^-9 of the currency per unit, a multiple of 100.   least, most: quantity of a row in 10^-6 units."""

    service: str
    category: str
    sku: str
    description: str
    unit: str
    price: int
    least: int
    most: int
    hours: int
    resource_type: str
    weight: int


# fmt: off
SKUS = (
    Sku("Nimbus Compute", "Compute", "CMP-S2", "Small machine, per hour",
        "Hours", 48_000_000, 250_000, 4_000_000, 1, "machine", 24),
    Sku("Nimbus Compute", "Compute", "CMP-L8", "Large machine, per hour",
        "Hours", 389_400_000, 6_000_000, 96_000_000, 24, "machine", 12),
    Sku("Nimbus Compute", "Compute", "CMP-G1", "Graphics machine, per hour",
        "Hours", 1_274_000_000, 250_000, 24_000_000, 24, "machine", 4),
    Sku("Nimbus Block Storage", "Storage", "BLK-SSD", "Fast disk, per GB-month",
        "GB-Months", 92_000_000, 300_000, 180_000_000, 24, "disk", 14),
    Sku("Nimbus Object Storage", "Storage", "OBJ-STD", "Objects stored, per GB-month",
        "GB-Months", 21_500_000, 20_000, 400_000_000, 24, "bucket", 12),
    Sku("Nimbus Object Storage", "Storage", "OBJ-REQ", "Requests, per thousand",
        "1K Requests", 400_000, 1_000, 9_000_000_000, 24, "bucket", 8),
    Sku("Nimbus Database", "Databases", "DB-M4", "Medium database, per hour",
        "Hours", 214_300_000, 24_000_000, 24_000_000, 24, "database", 10),
    Sku("Nimbus Database", "Databases", "DB-BKP", "Database backup, per GB-month",
        "GB-Months", 51_000_000, 5_000, 9_000_000, 24, "database", 5),
    Sku("Nimbus Network", "Networking", "NET-OUT", "Traffic to the internet, per GB",
        "GB", 78_900_000, 100, 250_000_000, 24, "gateway", 14),
    Sku("Nimbus Network", "Networking", "NET-IN", "Traffic from the internet, per GB",
        "GB", 0, 100, 600_000_000, 24, "gateway", 7),
)
SUPPORT = Sku("Nimbus Support", "Management and Governance", "SUP-STD", "Standard support, one month",
              "Months", 39_000_000_000, 1_000_000, 1_000_000, 0, "", 0)
# fmt: on
_BY_WEIGHT = tuple(sku for sku in SKUS for _ in range(sku.weight))


def money(amount):
    """Text of an amount in 10^-17, with two decimals or as many as it needs."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, decimals = divmod(amount, 10**17)
    return f"{sign}{whole}.{f'{decimals:017d}'.rstrip('0'):0<2}"


class Maker:
    """Makes rows one after the other.   month: 'YYYY-MM'.   sub_accounts: how many, the first eight have names."""

    def __init__(self, *, seed, month, sub_accounts, currency):
        # Only random() is promised to stay the same between Python versions.
        self.random = Random(seed).random
        self.start = datetime.fromisoformat(f"{month}-01")
        self.end = (self.start + timedelta(days=31)).replace(day=1)
        self.hours = int((self.end - self.start).total_seconds()) // 3600
        self.moments = [str(self.start + timedelta(hours=hour)) for hour in range(self.hours + 1)]
        self.currency = currency
        self.accounts = SUB_ACCOUNTS[:sub_accounts] + tuple(
            (f"NEC-{1001 + n}", f"Customer {n + 1:05d}") for n in range(len(SUB_ACCOUNTS), sub_accounts)
        )
        self.period = f"{self.currency},{self.end},{self.start}"

    def pick(self, options):
        return options[int(self.random() * len(options))]

    def line(self, row_no):
        """Row number `row_no` (from 0) of the file, without a line end. A few in every hundred are not usage."""
        place = row_no % 100
        account = self.pick(self.accounts)
        if place == 41:
            return self._charge(account, SUPPORT, "Purchase", "Recurring", SUPPORT.description, SUPPORT.price)
        if place == 67:
            return self._charge(
                account, self.pick(SKUS), "Tax", "One-Time", "Sales tax", self._between(10, 2_500) * 10**7
            )
        if place == 83:
            amount = -self._between(5, 900) * 10**7
            return self._charge(account, self.pick(SKUS), "Credit", "One-Time", "Goodwill credit", amount)
        if row_no % 200 == 190:
            amount = -self._between(1, 150) * 10**7
            return self._charge(account, self.pick(SKUS), "Adjustment", "One-Time", "Rounding of last month", amount)
        return self._usage(account)

    def _between(self, least, most):
        return least + int(self.random() * (most - least + 1))

    def _usage(self, account):
        sku = self.pick(_BY_WEIGHT)
        quantity = self._between(sku.least, sku.most)
        contracted_price = sku.price // 100 * 92
        listed, contracted = quantity * sku.price * 100, quantity * contracted_price * 100
        billed = effective = contracted
        commitment, pricing = "NULL,NULL,NULL,NULL,NULL", "Standard"
        if sku.sku == "CMP-L8" and self.random() < 0.2:
            billed, effective, pricing = 0, quantity * (sku.price // 100 * 70) * 100, "Committed"
            commitment = "Spend,NEC-COM-7,Compute commitment,Used,Commitment"
        start = int(self.random() * self.hours) // sku.hours * sku.hours
        region, region_name = REGIONS[int(self.random() * 1.3)]
        resource = int(self.random() * RESOURCES_PER_SKU)
        name = f"{sku.resource_type}-{resource:02d}"
        environment = "test" if resource % 5 == 0 else "prod"
        tags = f'"{{""environment"": ""{environment}"", ""team"": ""{TEAMS[resource % len(TEAMS)]}""}}"'
        amount = f"{quantity // 10**6}.{quantity % 10**6:06d}"
        return (
            f"{region}{'ab'[resource % 2]},{money(billed)},{BILLING_ACCOUNT},{BILLING_ACCOUNT_NAME},{self.period},"
            f'Usage,NULL,"{sku.description}",Usage-Based,{self.moments[start + sku.hours]},{self.moments[start]},'
            f"{commitment},"
            f"{amount},{sku.unit},{money(contracted)},{money(contracted_price * 10**8)},{money(effective)},{PROVIDER},"
            f"{money(listed)},{money(sku.price * 10**8)},{pricing},{amount},{sku.unit},{PROVIDER},{PROVIDER},{region},"
            f"{region_name},nrn:{region}:{account[0]}:{sku.sku}/{resource:02d},{name},{sku.resource_type},"
            f"{sku.category},{sku.service},{sku.sku},{sku.sku}.{pricing[0]},{account[0]},{account[1]},"
            f"{'NULL' if resource % 7 == 3 else tags}"
        )

    def _charge(self, account, sku, category, frequency, description, price):
        """A charge for the whole month; price in 10^-9."""
        cost = money(price * 10**8)
        is_sale = category == "Purchase"
        amount = "1.000000,Months" if is_sale else "NULL,NULL"
        unit_price = cost if is_sale else "NULL"
        return (
            f"NULL,{cost},{BILLING_ACCOUNT},{BILLING_ACCOUNT_NAME},{self.period},{category},NULL,"
            f'"{description}",{frequency},{self.end},{self.start},NULL,NULL,NULL,NULL,NULL,NULL,NULL,{cost},'
            f"{unit_price},{cost},{PROVIDER},{cost},{unit_price},{'Standard' if is_sale else 'NULL'},{amount},"
            f"{PROVIDER},{PROVIDER},NULL,NULL,NULL,NULL,NULL,{sku.category},{sku.service},"
            f"{sku.sku if is_sale else 'NULL'},NULL,{account[0]},{account[1]},NULL"
        )


def focus_blocks(rows, *, seed=1, month="2026-10", sub_accounts=8, currency="USD"):
    """The file as an iterator of bytes, header first, lines ended by \\n."""
    maker = Maker(seed=seed, month=month, sub_accounts=sub_accounts, currency=currency)
    yield f"{COLUMNS}\n".encode()
    for first in range(0, rows, BLOCK_OF_LINES):
        block = map(maker.line, range(first, min(rows, first + BLOCK_OF_LINES)))
        yield ("\n".join(block) + "\n").encode()


def read_cells(text):
    """The records of a block of the file, as lists of cells."""
    return csv.reader(io.StringIO(text, newline=""))


def write_parquet(file, rows, **options):
    """The same rows as Parquet, as providers write it: decimals, times in UTC, tags as a map."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = COLUMNS.split(",")
    types = {name: pa.decimal128(38, 17) for name in names if name.endswith(("Cost", "Price", "Quantity"))}
    types |= {name: pa.timestamp("ms", tz="UTC") for name in names if name.endswith(("Start", "End"))}
    types["Tags"] = pa.map_(pa.string(), pa.string())
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
    blocks = focus_blocks(rows, **options)
    next(blocks)
    with pq.ParquetWriter(file, schema) as writer:
        records = []
        for block in blocks:
            records += read_cells(block.decode())
            if len(records) >= ROW_GROUP:
                writer.write_table(_parquet_group(pa, schema, records))
                records = []
        if records:
            writer.write_table(_parquet_group(pa, schema, records))


def _parquet_group(pa, schema, records):
    columns = zip(*records, strict=True)
    return pa.Table.from_arrays(
        [
            pa.array([None if cell == "NULL" else _typed(pa, field, cell) for cell in cells], field.type)
            for field, cells in zip(schema, columns, strict=True)
        ],
        schema=schema,
    )


def _typed(pa, field, cell):
    if pa.types.is_decimal(field.type):
        return Decimal(cell)
    if pa.types.is_timestamp(field.type):
        return datetime.fromisoformat(cell).replace(tzinfo=timezone.utc)
    return list(json.loads(cell).items()) if pa.types.is_map(field.type) else cell


@contextmanager
def _output(path):
    if not path:
        yield sys.stdout.buffer
        return
    with open(path, "wb") as file:
        if not path.endswith(".gz"):
            yield file
            return
        # Without a time and a name, so that the same rows are the same file.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            yield packed


def main(arguments=None):
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Write a FOCUS 1.0 file of an invented cloud provider.")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--out", help="file to write, by its end .gz or .parquet; standard output when left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--month", default="2026-10", help="billing month, YYYY-MM")
    parser.add_argument("--sub-accounts", type=int, default=len(SUB_ACCOUNTS))
    parser.add_argument("--currency", default="USD")
    given = parser.parse_args(arguments)
    options = {name: getattr(given, name) for name in ("seed", "month", "sub_accounts", "currency")}
    with _output(given.out) as file:
        if given.out and given.out.endswith(".parquet"):
            write_parquet(file, given.rows, **options)
            return
        for block in focus_blocks(given.rows, **options):
            file.write(block)


if __name__ == "__main__":
    main()
