"""Every sample that is a table: totals by plain Python, and the same rows out of every way to write it.

Nothing here asks the readers what a file says: counts, sums and names come from the cells, by csv and Decimal.
"""

import csv
import gzip
from decimal import Decimal
from typing import NamedTuple

import pytest
from cloud_billing_engine.readers import READERS, RejectedFile, UsageRow
from reader_samples import csv_bytes, read
from table_samples import parquet_bytes, workbook_bytes, zip_bytes


class Sample(NamedTuple):
    """A file, its reader, how many rows it has, and the columns that say cost and account."""

    path: str
    reader: str
    count: int
    cost: str
    account: str


SAMPLES = (
    Sample("focus/focus_1.0_sample_1000.csv", "focus", 1000, "BilledCost", "SubAccountId"),
    Sample("aws/koku_test_cur.csv", "aws_cur", 19, "lineItem/UnblendedCost", "lineItem/UsageAccountId"),
    Sample("aws/koku_2023-06-01_not_final.csv", "aws_cur", 3, "lineItem/UnblendedCost", "lineItem/UsageAccountId"),
    Sample("aws/koku_2023-06-01_final.csv", "aws_cur", 3, "lineItem/UnblendedCost", "lineItem/UsageAccountId"),
    Sample("generated/aws_cur_legacy_generated.csv", "aws_cur", 399, "lineItem/UnblendedCost",
           "lineItem/UsageAccountId"),
    Sample("azure/finops_toolkit_EA_ActualCost_Small.csv", "azure_cost", 11, "Cost", "SubscriptionId"),
    Sample("azure/finops_toolkit_EA_AmortizedCost_Small.csv", "azure_cost", 28, "Cost", "SubscriptionId"),
    Sample("azure/koku_costreport_v1.csv", "azure_cost", 3, "PreTaxCost", "SubscriptionGuid"),
    Sample("generated/azure_mca_generated.csv", "azure_cost", 42, "CostInBillingCurrency", "SubscriptionId"),
    Sample("gcp/koku_202011_bq_export.csv", "gcp_billing", 25, "cost", "project.id"),
    Sample("generated/gcp_bq_export_generated.csv", "gcp_billing", 48, "cost", "project.id"),
)  # fmt: skip
# Tables beside the usage: lists of columns and units, an export without a row, entries of a ledger.
NO_USAGE = (
    "focus/focus_spec_columns_1.0_1.1_1.2.csv",
    "azure/finops_toolkit_PricingUnits.csv",
    "azure/finops_toolkit_EA_NoRows.csv",
    "gl/datev_EXTF_Buchungsstapel.csv",
)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.rpartition("/")[2])


def cells_of(folder, sample):
    """(names, rows of cells), rows as wide as the names."""
    with open(folder / sample.path, newline="", encoding="utf-8-sig") as file:
        names, *rows = csv.reader(file)
    return names, [row + [""] * (len(names) - len(row)) for row in rows]


def column(names, rows, name):
    place = [known.lower() for known in names].index(name.lower())
    return [row[place] for row in rows]


def cost_of(row):
    # What Google's file calls cost is before credits.
    return Decimal(row.cost_contracted if row.provider == "Google Cloud" else row.cost_billed)


@pytest.mark.samples
class TestEachSample:
    @each_sample
    def test_is_known_by_its_columns_and_gives_every_row_and_the_cost_to_the_last_digit(self, samples, sample):
        names, rows = cells_of(samples, sample)
        assert [name for name, reader in READERS.items() if reader.recognise(names)] == [sample.reader]
        usage = read((samples / sample.path).read_bytes(), reader=sample.reader)
        assert all(isinstance(row, UsageRow) for row in usage)
        assert len(usage) == len(rows) == sample.count
        assert [cost_of(row) for row in usage] == [Decimal(cell) for cell in column(names, rows, sample.cost)]
        accounts = ["" if cell == "NULL" else cell for cell in column(names, rows, sample.account)]
        assert [row.sub_account for row in usage] == accounts

    @each_sample
    def test_gives_the_same_rows_in_every_container_and_encoding(self, samples, sample):
        names, rows = cells_of(samples, sample)
        plain = read((samples / sample.path).read_bytes(), reader=sample.reader)
        table = [names, *rows]
        data = csv_bytes(table)
        written = {
            "utf-16": data.decode().encode("utf-16"),
            "semicolons": csv_bytes(table, delimiter=";"),
            "tabs, gzip": gzip.compress(csv_bytes(table, delimiter="\t")),
            "zip": zip_bytes({f"export/{sample.path}": data, "__MACOSX/x": b"x"}),
            "workbook": workbook_bytes(table),
            "parquet": parquet_bytes(table),
        }
        options = {"semicolons": {"delimiter": ";"}, "tabs, gzip": {"delimiter": "\t"}}
        for kind, content in written.items():
            assert read(content, reader=sample.reader, **options.get(kind, {})) == plain, kind

    def test_is_here_when_it_is_a_table(self, samples):
        tables = {str(path.relative_to(samples)) for path in samples.rglob("*.csv")}
        assert tables == {sample.path for sample in SAMPLES} | set(NO_USAGE)

    def test_of_azure_without_a_row_is_refused_by_that_name(self, samples):
        with pytest.raises(RejectedFile, match="a header and no rows"):
            read((samples / "azure/finops_toolkit_EA_NoRows.csv").read_bytes(), reader="azure_cost")
