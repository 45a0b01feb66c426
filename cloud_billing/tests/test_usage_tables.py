"""Workbooks, Parquet and archives through the wizard: the same rows as the CSV, refusals and bad rows in sentences."""

import csv
import io
import zipfile
from decimal import Decimal

import openpyxl
import pyarrow
import pyarrow.parquet
from odoo.tests import tagged

from ..wizards import cloud_usage_import_look
from .test_usage_import_wizard import WizardCase
from .usage_common import archive, focus_csv, hour


def cells(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def workbook(rows, **more_sheets):
    """An xlsx of rows in a sheet Usage, and of other sheets by name."""
    book = openpyxl.Workbook()
    book.active.title = "Usage"
    for row in rows:
        book.active.append(row)
    for name, others in more_sheets.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(rows):
    names, *records = rows
    out = io.BytesIO()
    columns = [pyarrow.array(column) for column in zip(*records, strict=True)]
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, names=names), out)
    return out.getvalue()


@tagged("post_install", "-at_install")
class TestTablesThroughTheWizard(WizardCase):
    CONTENT = focus_csv(hour(1, cost="0.1"), hour(2, cost="0.000000000000000001"), hour(3))

    def bring_new(self, name, content):
        """Import a file of a new source by the reader that the wizard proposes."""
        wizard = self.upload((name, content), source_choice="new", source_id=False, source_name=name)
        wizard._onchange_file_ids()
        self.assertEqual(wizard.reader, "focus")
        wizard.action_look()
        return self.bring(wizard)

    def test_each_kind_of_file_brings_the_rows_of_the_csv(self):
        plain = self.bring_new("usage.csv", self.CONTENT)
        contents = {
            "usage.xlsx": workbook(cells(self.CONTENT)),
            "usage.parquet": parquet(cells(self.CONTENT)),
            "usage.zip": archive({"usage.csv": self.CONTENT}),
            "utf-16.csv": self.CONTENT.decode().encode("utf-16"),
        }
        for name, content in contents.items():
            with self.subTest(name):
                usage_import = self.bring_new(name, content)
                self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
                self.assertEqual(usage_import.cost_billed, plain.cost_billed)
                rows = self.live_rows(usage_import.source_id)
                self.assertIn(Decimal("0.000000000000000001"), rows.mapped("cost_billed"))

    def test_what_is_compressed_is_known_so_that_a_large_one_is_read_in_the_background(self):
        compressed = {
            "usage.csv": (self.CONTENT, False),
            "usage.zip": (archive({"usage.csv": self.CONTENT}), True),
            "usage.xlsx": (workbook(cells(self.CONTENT)), True),
            "usage.parquet": (parquet(cells(self.CONTENT)), True),
        }
        for name, (content, expected) in compressed.items():
            self.assertEqual(self.bring_new(name, content).file_ids.is_compressed, expected, name)

    def test_a_formula_waits_with_its_cell_and_comes_in_corrected(self):
        rows = cells(self.CONTENT)
        place = rows[0].index("BilledCost")
        rows[2][place] = "=1+1"
        usage_import = self.bring_new("usage.xlsx", workbook(rows))
        self.assertEqual(self.counts(usage_import), (3, 2, 0, 0, 1))
        reject = usage_import.reject_ids
        self.assertEqual((reject.row_no, reject.column), (3, "BilledCost"))
        self.assertIn('"=1+1" is a formula', reject.reason)
        reject.corrected_text = reject.original_text.replace("=1+1", "2")
        reject.action_retry()
        self.assertEqual(len(self.live_rows(usage_import.source_id)), 3)

    def test_of_several_sheets_or_files_none_is_guessed(self):
        rows = cells(self.CONTENT)
        self.assert_refused("has these sheets: Usage, Notes", workbook(rows, Notes=[["x"]]))
        self.assert_refused(
            "usage.csv/b.csv, row 1: this is another kind", archive({"a.csv": self.CONTENT, "b.csv": b"x,y\n1,2\n"})
        )
        self.assert_refused("archive within an archive", archive({"a.csv": archive({"b.csv": self.CONTENT})}))

    def test_a_source_says_what_its_files_do_not(self):
        rows = cells(self.CONTENT)
        notes = [["Usage of April"], []]
        said = {
            "sheet": ({"sheet": "Usage"}, workbook(rows, Notes=notes)),
            "archive_member": ({"archive_member": "a.csv"}, archive({"a.csv": self.CONTENT, "b.csv": b"x,y\n1,2\n"})),
            "skip_rows": ({"skip_rows": 2}, workbook([*notes, *rows])),
            "encoding": ({"encoding": "utf-16-le"}, self.CONTENT.decode().encode("utf-16-le")),
        }
        for name, (vals, content) in said.items():
            with self.subTest(name):
                source = self.bills.copy({"name": name, **vals})
                usage_import = self.bring(self.look(content, source_id=source.id))
                self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))

    def test_of_a_large_file_that_is_read_from_its_end_the_beginning_is_shown(self):
        self.patch(cloud_usage_import_look, "_LARGE_BYTES", 1)
        self.patch(cloud_usage_import_look, "_LOOK_BYTES", 4 * 1024)
        rows = focus_csv(*(hour(day) for day in range(1, 29)))
        content = archive({"usage.csv": rows}, zipfile.ZIP_STORED)
        self.assertGreater(len(content), 4 * 1024)
        wizard = self.upload(("usage.zip", content))
        wizard.action_look()
        # Four kilobytes, so four rows, although the first one needed all bytes of the file.
        self.assertEqual((wizard.preview["rows"], wizard.preview["is_part"]), (4, True))
