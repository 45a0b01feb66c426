"""Every sample that is a table of usage comes in through the wizard, as a person uploads it, with the right totals.

The totals are worked out from the cells by csv and Decimal; the reader is the one that the wizard proposes.
"""

import ast
import base64
import csv
import gzip
import io
import json
import re
import zipfile
from decimal import Decimal

import openpyxl
import pyarrow
import pyarrow.parquet
from people import MAKER, make_logins
from test_sample_documents import DOCUMENTS

WIZARD = "cloud.usage.import.wizard"
FOCUS = "focus/focus_1.0_sample_1000.csv"
# What lies among the samples and is no usage, or has none in it: lists, journals, interfaces, answers that are errors.
NO_USAGE = {
    "SOURCES.md",
    "azure/finops_toolkit_EA_NoRows.csv",
    "azure/finops_toolkit_PricingUnits.csv",
    "focus/focus_spec_columns_1.0_1.1_1.2.csv",
    "gl/datev_EXTF_Buchungsstapel.csv",
    "prometheus/query_range_error_11000_points.json",
    "wsdl/zeep_soap.wsdl",
    "wsdl/zeep_soap_header.wsdl",
}
# Read with a person at the screen, who says what its values are.
ASKED = {"prometheus/query_range_live_2.42.json"}
# Path, reader, column of the cost.
TABLES = (
    (FOCUS, "focus", "BilledCost"),
    ("aws/koku_test_cur.csv", "aws_cur", "lineItem/UnblendedCost"),
    ("aws/koku_2023-06-01_not_final.csv", "aws_cur", "lineItem/UnblendedCost"),
    ("aws/koku_2023-06-01_final.csv", "aws_cur", "lineItem/UnblendedCost"),
    ("generated/aws_cur_legacy_generated.csv", "aws_cur", "lineItem/UnblendedCost"),
    ("azure/finops_toolkit_EA_ActualCost_Small.csv", "azure_cost", "Cost"),
    ("azure/finops_toolkit_EA_AmortizedCost_Small.csv", "azure_cost", "Cost"),
    ("azure/koku_costreport_v1.csv", "azure_cost", "PreTaxCost"),
    ("generated/azure_mca_generated.csv", "azure_cost", "CostInBillingCurrency"),
    ("gcp/koku_202011_bq_export.csv", "gcp_billing", "cost"),
    ("generated/gcp_bq_export_generated.csv", "gcp_billing", "cost"),
)


def read_cells(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def total(cells, column):
    """The sum of a column, less the credits beside it."""
    names = [name.lower() for name in cells[0]]
    cost = sum((Decimal(row[names.index(column.lower())]) for row in cells[1:]), Decimal(0))
    if "credits" in names:
        for text in (row[names.index("credits")] for row in cells[1:]):
            credits = json.loads(text, parse_float=str) if '"' in text else ast.literal_eval(text)
            cost += sum(Decimal(str(credit["amount"])) for credit in credits)
    return cost


# Where a row says its quantity under several names, the first that is not empty counts; a unit may say blocks.
QUANTITIES = {
    "focus": (("PricingQuantity", "ConsumedQuantity"), None),
    "aws_cur": (("lineItem/UsageAmount",), None),
    "azure_cost": (("Quantity", "UsageQuantity", "ConsumedQuantity"), "UnitOfMeasure"),
    "gcp_billing": (("usage.amount_in_pricing_units", "usage.amount"), None),
}


def total_quantity(cells, reader):
    """The sum of the quantities that rows say, blocks of hundreds and millions multiplied out."""
    columns, unit_column = QUANTITIES[reader]
    places = {name.lower().replace("_", "."): place for place, name in reversed(list(enumerate(cells[0])))}
    there = [places[name.lower().replace("_", ".")] for name in columns if name.lower().replace("_", ".") in places]
    quantity = Decimal(0)
    for row in cells[1:]:
        text = next((row[place] for place in there if row[place] not in ("", "NULL")), "0")
        quantity += Decimal(text) * block_size(row[places[unit_column.lower()]] if unit_column else "")
    return quantity


def block_size(unit):
    """How many of the unit one is: 100 of '100 Hours', 10,000 of '10K', 1,000,000 of '1M'."""
    found = re.match(r"(\d+)\s*([KMB]?)\b", unit)
    return int(found[1]) * {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}[found[2]] if found else 1


def pack(cells):
    """{file name: bytes} of the same table in other containers."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(cells)
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append(row)
    workbook, archive, parquet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    book.save(workbook)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("export/usage.csv", text.getvalue().encode("utf-16"))
    columns = [pyarrow.array(column) for column in zip(*cells[1:], strict=True)]
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, names=cells[0]), parquet)
    return {
        "usage.xlsx": workbook.getvalue(),
        "utf-16, semicolons.zip": archive.getvalue(),
        "semicolons.csv.gz": gzip.compress(text.getvalue().encode()),
        "usage.parquet": parquet.getvalue(),
    }


class TestSamplesThroughTheWizard:
    def test_come_in_with_the_totals_of_their_cells(self, server, login, odoo_env, samples):
        self.running = server()
        make_logins(login(self.running))
        self.session = login(self.running, MAKER, MAKER)
        self.sql = lambda query: odoo_env.pg.sql(query, database=self.running.database)
        for path, reader, column in TABLES:
            cells = read_cells(samples / path)
            source = self.bring(path, (samples / path).read_bytes(), reader)
            assert self.sums(source) == (len(cells) - 1, total_quantity(cells, reader), total(cells, column)), path
        cells = read_cells(samples / FOCUS)
        for name, content in pack(cells).items():
            source = self.bring(name, content, "focus")
            assert self.sums(source) == (1000, total_quantity(cells, "focus"), total(cells, "BilledCost")), name

    def test_of_what_lies_there_nothing_is_forgotten(self, samples):
        there = {str(path.relative_to(samples)) for path in samples.rglob("*") if path.is_file()}
        tried = {path for path, *_said in (*TABLES, *DOCUMENTS)} | ASKED
        assert there == tried | NO_USAGE

    def bring(self, name, content, reader):
        """Upload a file for a new source with what the wizard proposes; returns the source's id."""
        attachment = self.session.call(
            "ir.attachment",
            "create",
            {"name": name, "datas": base64.b64encode(content).decode(), "res_model": WIZARD, "res_id": 0},
        )
        chosen = {"file_ids": [[6, 0, [attachment]]], "source_choice": "new", "source_name": f"Source of {name}"}
        asked = {"file_ids": {}, "source_choice": {}, "reader": {}, "delimiter": {}}
        proposed = self.session.call(WIZARD, "onchange", [], chosen, ["file_ids"], asked)["value"]
        assert proposed["reader"] == reader, name
        chosen |= {field: proposed[field] for field in ("reader", "delimiter") if proposed.get(field)}
        wizard = self.session.call(WIZARD, "create", chosen)
        self.session.call(WIZARD, "action_look", [wizard])
        import_id = self.session.call(WIZARD, "action_import", [wizard])["res_id"]
        (found,) = self.session.call(
            "cloud.usage.import", "read", [import_id], ["state", "rows_read", "rows_accepted", "source_id"]
        )
        assert (found["state"], found["rows_read"]) == ("imported", found["rows_accepted"]), name
        return found["source_id"][0]

    def sums(self, source):
        """(rows, quantity, billed cost) of what came in."""
        asked = "SELECT COUNT(*), COALESCE(SUM(quantity), 0)::text, SUM(cost_billed)::text"
        query = f"{asked} FROM cloud_billing_usage.usage_row WHERE source_id = {int(source)}"
        ((count, quantity, cost),) = self.sql(query)
        return int(count), Decimal(quantity), Decimal(cost)
