"""Every sample that is a table of usage comes in through the wizard, as a person uploads it, with the right totals.

The totals are worked out from the cells by csv and Decimal; the reader is the one that the wizard proposes.
"""

import ast
import base64
import csv
import gzip
import io
import json
import zipfile
from decimal import Decimal

import openpyxl
import pyarrow
import pyarrow.parquet
from people import MAKER, make_logins

WIZARD = "cloud.usage.import.wizard"
FOCUS = "focus/focus_1.0_sample_1000.csv"
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
            assert self.rows_and_cost(source) == (len(cells) - 1, total(cells, column)), path
        cells = read_cells(samples / FOCUS)
        for name, content in pack(cells).items():
            source = self.bring(name, content, "focus")
            assert self.rows_and_cost(source) == (1000, total(cells, "BilledCost")), name

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

    def rows_and_cost(self, source):
        asked = "SELECT COUNT(*), SUM(cost_billed)::text FROM cloud_billing_usage.usage_row"
        ((count, cost),) = self.sql(f"{asked} WHERE source_id = {int(source)}")
        return int(count), Decimal(cost)
