import base64
import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, Form, tagged

from ..csv_cells import as_cell
from ..models.masterdata import sheet
from .test_match_rules import MatchCase


def csv_file(*rows):
    return "\n".join(rows).encode()


@tagged("post_install", "-at_install")
class TestSheetFiles(BaseCase):
    NAMES = {"code": "code", "name": "name"}

    def read_cells(self, content, file_name="t.csv"):
        return [(row.row_no, row.texts) for row in sheet.read_sheet(content, file_name, self.NAMES)]

    def test_what_was_written_is_read_again_from_csv_and_from_a_workbook(self):
        rows = [["A-1", 'Åcme, "the" BV'], ["=1+1", "-5"], ["007", ""]]
        expected = [{"code": code, "name": name} for code, name in rows]
        for write, file_name in ((sheet.write_csv, "t.csv"), (sheet.write_xlsx, "t.xlsx")):
            with self.subTest(file_name=file_name):
                self.assertEqual(
                    [texts for _no, texts in self.read_cells(write(["code", "name"], rows), file_name)], expected
                )

    def test_a_text_that_looks_like_a_formula_is_none(self):
        self.assertIn(b"'=1+1", sheet.write_csv(["code"], [["=1+1"]]))
        self.assertEqual(as_cell(""), "")
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(sheet.write_xlsx(["code"], [["=1+1"]])))
        self.assertEqual(book.active["A2"].data_type, "s")

    def test_semicolons_tabs_and_empty_rows(self):
        for sign in (";", "\t", ","):
            content = f"code{sign}name\nA-1{sign}Acme\n\n".encode()
            self.assertEqual(self.read_cells(content), [(2, {"code": "A-1", "name": "Acme"})])

    def test_dates_of_a_workbook_are_days(self):
        self.assertEqual(str(sheet.read_value("date", "2026-03-01 00:00:00")), "2026-03-01")
        for text in ("01/03/2026", "2026-13-01", "2026-03-01 10:00:00"):
            with self.assertRaises(sheet.CellError):
                sheet.read_value("date", text)


class SheetCase(MatchCase):
    KIND = "cloud.sheet.mapping"

    def wizard(self, content, user=None, file_name="table.csv", **vals):
        return self.env["cloud.sheet.wizard"].with_user(user or self.user_accountant).create(
            {"kind": self.KIND, "file": base64.b64encode(content), "file_name": file_name, **vals}
        )  # fmt: skip

    def look(self, content, **options):
        """{row: (outcome, text)} of what would come of a file."""
        wizard = self.wizard(content, **options)
        wizard.action_look()
        return {line.row_no: (line.outcome, line.text) for line in wizard.line_ids}

    def take(self, content, **options):
        self.wizard(content, **options).action_import()
        self.env.invalidate_all()

    def export(self, file_format="csv", user=None, **options):
        wizard = self.env["cloud.sheet.wizard"].with_user(user or self.user_accountant).create({"kind": self.KIND})
        wizard._export(file_format, **options)
        return base64.b64decode(wizard.export_file)


@tagged("post_install", "-at_install")
class TestMappingTable(SheetCase):
    HEAD = "source,sub_account,sku,from,until,customer,product,cost_centre,note"

    def setUp(self):
        super().setUp()
        self.acme.code, self.bolt.code = "A-1", "B-1"

    def test_rules_are_made_and_usage_gets_its_owner_at_once(self):
        self.take(csv_file(self.HEAD, "Nimbus bills,sub-1,,,,A-1,,,", ",sub-2*,,2026-03-01,,,,Research,Ours"))
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")
        self.assertEqual(self.owners("sub-2")[0], ("Research", "2026-03-01", ""))

    def test_a_look_changes_nothing(self):
        seen = self.look(csv_file(self.HEAD, ",sub-1,,,,a-1,,,"))
        self.assertEqual(seen[2][0], "new")
        self.assertFalse(self.env["cloud.usage.match.rule"].search([]))
        self.assertEqual(self.owners("sub-1"), [])

    def test_a_row_of_a_rule_that_is_here_changes_it_and_says_what(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        seen = self.look(csv_file(self.HEAD, ",sub-1,,,2026-06-01,B-1,,,"))
        self.assertEqual(seen[2], ("changed", "owner: Acme → Bolt\nuntil: – → 2026-06-01"))
        self.take(csv_file(self.HEAD, ",sub-1,,,2026-06-01,B-1,,,"))
        self.assertEqual((rule.customer_id, str(rule.date_end)), (self.bolt, "2026-06-01"))

    def test_the_end_of_one_and_the_beginning_of_the_next_come_in_one_file(self):
        self.rule(self.acme, sub_account="sub-1")
        self.take(csv_file(self.HEAD, ",sub-1,,2026-06-01,,B-1,,,", ",sub-1,,,2026-06-01,A-1,,,"))
        self.assertEqual(len(self.env["cloud.usage.match.rule"].search([])), 2)

    def test_what_was_exported_changes_nothing_when_it_comes_back(self):
        self.rule(self.acme, sub_account="sub-1", sku="*", date_end="2026-06-01", note="=1+1")
        self.rule(self.bolt_line, sub_account="sub-1*", source_id=self.bills.id, region="eu-1")
        self.rule(self.cost_centre, service="Comp*", charge_kind="usage")
        self.rule(self.acme, sub_account="sub-3", product_id=self.metered.id)
        for file_format in ("csv", "xlsx"):
            with self.subTest(file_format):
                wizard = self.wizard(self.export(file_format), file_name=f"t.{file_format}")
                wizard.action_look()
                self.assertEqual(wizard.line_ids.mapped("text"), [])
                self.assertIn("0 new, 0 changed, 4 unchanged, 0 without an owner and passed over, 0 refused",
                              wizard.summary)  # fmt: skip

    def test_usage_without_an_owner_is_exported_filled_in_and_uploaded(self):
        content = self.export(which="unmatched").decode("utf-8-sig")
        head, first, second = content.strip().splitlines()
        # The most money first: Alpha with 14, Beta with 12.5.
        self.assertIn("sub-1", first)
        self.assertIn(",Alpha,2,14,USD,", first)
        self.assertIn(",Beta,2,12.5,USD,", second)
        place = head.split(",").index("customer")
        cells = first.split(",")
        cells[place] = "A-1"
        filled = "\n".join([head, ",".join(cells), second]).encode()
        self.assertEqual(self.look(filled)[3][0], "skipped")
        self.take(filled)
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")
        self.assertEqual(self.owners("sub-2"), [])

    def test_what_is_wrong_is_said_with_row_column_and_remedy_and_nothing_comes_in(self):
        content = csv_file(
            self.HEAD,
            ",sub-1,,,,A-1,,,",
            ",sub-2,,,,Nobody,,,",
            ",sub-3,,soon,,A-1,,,",
            "Elsewhere,sub-4,,,,A-1,,,",
            ",sub-5,,,,A-1,,Research,",
            ",sub-1,,,,B-1,,,",
            ',sub-6,,,,"A"-1,,,',
        )
        seen = self.look(content)
        self.assertIn("customer: No customer has the code, key or name Nobody", seen[3][1])
        self.assertIn("from: soon is no date. Write it as 2026-12-31.", seen[4][1])
        self.assertIn("source: The company has no usage source Elsewhere", seen[5][1])
        self.assertIn("cost_centre: Name a customer or a cost centre, not both", seen[6][1])
        self.assertIn("Row 2 is about the same usage: leave one", seen[7][1])
        self.assertIn("quotation mark", seen[8][1])
        with self.assertRaisesRegex(UserError, "Rows that are refused: 6, so nothing is imported"):
            self.take(content)
        self.assertFalse(self.env["cloud.usage.match.rule"].search([]))

    def test_what_only_the_records_refuse_is_found_by_the_look(self):
        self.rule(self.acme, sub_account="sub-1")
        seen = self.look(csv_file(self.HEAD, ",sub-9,,,,A-1,,,", ",sub-1,,2026-06-01,,B-1,,,"))
        self.assertEqual(seen[2][0], "new")
        self.assertEqual(seen[3][0], "refused")
        self.assertIn("are about the same usage on the same days", seen[3][1])

    def test_columns_of_another_name(self):
        content = csv_file("Konto;Kunde", "sub-1;A-1")
        names = {"sub_account": "konto", "customer": "Kunde"}
        columns = [(0, 0, {"name": name, "file_column": theirs}) for name, theirs in names.items()]
        self.take(content, column_ids=columns)
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")

    def test_names_of_columns_are_proposed_again_to_the_same_person_for_the_same_table(self):
        content = csv_file("Konto;customer", "sub-1;A-1")
        names = [(0, 0, {"name": "sub_account", "file_column": "Konto"}), (0, 0, {"name": "customer"})]
        self.take(content, user=self.user_operator, column_ids=names)

        def proposed(user, kind=self.KIND):
            form = Form(self.env["cloud.sheet.wizard"].with_user(user).with_company(self.company))
            form.kind = kind
            lines = [form.column_ids.edit(place) for place in range(len(form.column_ids))]
            return {line.name: line.file_column for line in lines if line.file_column}

        self.assertEqual(proposed(self.user_operator), {"sub_account": "Konto"})
        self.assertEqual(proposed(self.user_accountant), {})
        self.assertEqual(proposed(self.user_operator, "cloud.sheet.customer"), {})

    def test_the_window_lists_the_columns_of_the_chosen_table(self):
        with Form(self.env["cloud.sheet.wizard"].with_user(self.user_operator)) as form:
            self.assertIn("sub_account", [form.column_ids.edit(i).name for i in range(3)])

    def test_rights_are_those_of_the_person(self):
        content = csv_file(self.HEAD, ",sub-1,,,,A-1,,,")
        with self.assertRaises(AccessError):
            self.wizard(content, user=self.user_viewer)
        self.take(content, user=self.user_operator)
        with self.assertRaisesRegex(AccessError, "right to export"):
            self.export(user=self.user_operator)

    def test_a_file_that_is_no_table_is_refused_in_words(self):
        for content, words in ((b"%PDF-1.7 ", "PDF"), (b"", "empty"), (b"a,b\n1,2\n", "passed over")):
            with self.subTest(words):
                if words == "passed over":
                    self.assertEqual(self.look(content)[2][0], "skipped")
                else:
                    with self.assertRaises(UserError):
                        self.look(content)

    def test_statements_do_not_grow_with_rows(self):
        def count(prefix, number):
            content = csv_file(self.HEAD, *(f",{prefix}-{i},,,,A-1,,," for i in range(number)))
            wizard = self.wizard(content)
            return self.count_statements_of(lambda: wizard.action_import())

        count("warm", 1)
        few, many = count("few", 3), count("many", 30)
        self.assertLessEqual(many, few + 3)
