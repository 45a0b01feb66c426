"""Workbooks: exact digits, dates by how their cell looks, formulas that nobody computes, and hostile archives."""

import io
import random
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from cloud_billing_engine.readers import BrokenRecord, Limits, RejectedFile, RowError, open_table
from hypothesis import given, settings
from hypothesis import strategies as st
from reader_samples import FOCUS_1_0, RECORD, ROOT, read, read_focus
from table_samples import (
    DAY,
    DURATION,
    FILE_EXAMPLES,
    MOMENT,
    sheet_xml,
    text_cell,
    workbook_bytes,
    workbook_members,
    zip_bytes,
)

MIB = 1024**2
ROW = [RECORD.get(name, "") for name in FOCUS_1_0]


def cells(data, limits=None, **options):
    """(header, [(row number, cells)]) of a file."""
    table = open_table([data], file_name="usage.xlsx", limits=limits or Limits(), options=options)
    return table.header(), [(table.row_no, row) for row in table]


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        cells(data, **options)
    assert caught.value.file == "usage.xlsx"
    return caught.value


def one_cell(xml, texts=()):
    """The text of a cell, given as what follows its place."""
    sheet = sheet_xml([["x"], f'<row r="2"><c r="A2" {xml}</row>'])
    _header, rows = cells(zip_bytes(workbook_members({"Usage": sheet}, texts)))
    return (
        rows[0][1]
        if rows and isinstance(rows[0][1], BrokenRecord)
        else "".join(cell for _no, row in rows for cell in row)
    )


class TestRows:
    def test_are_those_of_the_same_csv(self):
        data = workbook_bytes([FOCUS_1_0, ROW, ROW])
        assert read(data, file_name="usage.xlsx") == read_focus({}, {})

    def test_that_openpyxl_wrote(self):
        book = openpyxl.Workbook()
        for row in (FOCUS_1_0, ROW, [], ROW):
            book.active.append(row)
        out = io.BytesIO()
        book.save(out)
        assert [row.row_no for row in read(out.getvalue())] == [2, 4]

    def test_have_the_numbers_that_the_sheet_shows(self):
        rows = [
            '<row r="3">' + text_cell("A3", "x") + "</row>",
            '<row r="1048576">' + text_cell("A1048576", "y") + "</row>",
        ]
        assert cells(zip_bytes(workbook_members({"Usage": sheet_xml(rows)}))) == (["x"], [(1048576, ["y"])])

    def test_are_as_wide_as_the_header(self):
        data = workbook_bytes([["a", "b", "c", "", ""], ["1"], ["", "", "", "4"], ["", "2", "3"]])
        assert cells(data) == (["a", "b", "c"], [(2, ["1", "", ""]), (3, ["", "", "", "4"]), (4, ["", "2", "3"])])

    def test_above_the_header_are_skipped(self):
        assert cells(workbook_bytes([["Usage of October"], [], ["a"], ["1"]]), skip_rows=2) == (["a"], [(4, ["1"])])

    def test_texts_that_sheets_share(self):
        row = '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>0</v></c></row>'
        data = zip_bytes(workbook_members({"Usage": sheet_xml([["a", "b"], row])}, ["one", "two & a half"]))
        assert cells(data)[1] == [(2, ["two & a half", "one"])]

    def test_texts_of_several_styles_without_how_they_are_pronounced(self):
        strings = "<si><r><t>one </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb='0' eb='1'><t>wan</t></rPh></si><si/>"
        row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
        members = workbook_members({"Usage": sheet_xml([["a", "b"], row])})
        members[STRINGS] = members[STRINGS].replace("</sst>", f"{strings}</sst>")
        assert cells(zip_bytes(members))[1] == [(2, ["one text", ""])]

    def test_letters_that_xml_cannot_hold(self):
        assert one_cell('t="inlineStr"><is><t>a_x000D_b_x005F_c</t></is></c>') == "a\rb_c"
        assert one_cell('t="s"><v>0</v></c>', ["a_x000D_b"]) == "a\rb"
        with pytest.raises(RejectedFile, match="byte 0"):
            one_cell('t="inlineStr"><is><t>a_x0000_b</t></is></c>')


class TestCells:
    @pytest.mark.parametrize(
        "digits",
        ["0.1", "0.30000000000000004", "12345678901234567890.123456789", "1E-7", "-0", "1e400", "0.00000080000"],
    )
    def test_numbers_keep_the_digits_that_the_file_holds(self, digits):
        assert one_cell(f"><v>{digits}</v></c>") == digits

    @pytest.mark.parametrize(
        ("style", "number", "text"),
        [
            # Day 46023 is 1 January 2026: 126 years of 365 days, 31 leap days, and the 29 February 1900 of Excel.
            (DAY, "46023", "2026-01-01"),
            (MOMENT, "46023", "2026-01-01 00:00:00"),
            (MOMENT, "46023.041666666664", "2026-01-01 01:00:00"),
            (DAY, "46023.5", "2026-01-01 12:00:00"),
            (DURATION, "1.5", "1 day, 12:00:00"),
        ],
    )
    def test_dates_are_told_by_the_style(self, style, number, text):
        assert one_cell(f's="{style}"><v>{number}</v></c>') == text

    def test_dates_written_as_such(self):
        assert one_cell('t="d"><v>2026-10-05T10:00:00</v></c>') == "2026-10-05 10:00:00"

    def test_yes_and_no(self):
        assert one_cell('t="b"><v>1</v></c>') == "true"
        assert one_cell('t="b"><v>0</v></c>') == "false"

    @pytest.mark.parametrize(
        ("xml", "value"),
        [
            ("><f>B2*2</f><v>7</v></c>", "=B2*2"),
            ("><f>B2*2</f></c>", "=B2*2"),
            ('t="e"><v>#REF!</v></c>', "#REF!"),
            ('><f t="array" ref="A2">SUM(B2:B9)</f><v>7</v></c>', "=SUM(B2:B9)"),
        ],
    )
    def test_formulas_make_a_bad_row_whatever_they_gave(self, xml, value):
        assert one_cell(xml) == BrokenRecord(value, value, "formula_cell", "x")

    def test_a_formula_is_told_by_row_and_column_and_the_others_go_on(self):
        rows = [FOCUS_1_0, [*ROW[:-1], "=1+1"], ROW]

        def cell(place, text):
            return f'<c r="{place}"><f>1+1</f><v>2</v></c>' if text.startswith("=") else text_cell(place, text)

        error, row = read(zip_bytes(workbook_members({"Usage": sheet_xml(rows, cell)})))
        assert isinstance(error, RowError)
        assert (error.row_no, error.column, error.reason, error.value) == (2, FOCUS_1_0[-1], "formula_cell", "=1+1")
        assert row.row_no == 3


class TestSheets:
    def test_the_one_that_is_not_hidden(self):
        sheets = {"Notes": sheet_xml([["x"]]), "Usage": sheet_xml([["a"], ["1"]])}
        assert cells(zip_bytes(workbook_members(sheets, hidden=["Notes"])))[0] == ["a"]

    def test_of_several_the_source_names_one(self):
        data = zip_bytes(workbook_members({"Notes": sheet_xml([["x"]]), "Usage": sheet_xml([["a"], ["1"]])}))
        assert (refused(data).reason, refused(data).detail) == ("several_sheets", ("Notes", "Usage"))
        assert cells(data, sheet="Usage")[0] == ["a"]
        assert refused(data, sheet="Use").detail == ("Notes", "Usage")

    def test_without_any_row(self):
        assert refused(workbook_bytes([])).reason == "empty_file"


def with_part(**parts):
    """A workbook of which some parts are replaced: path with dots for slashes."""
    members = workbook_members({"Usage": sheet_xml([["a"], ["1"]])}, ["t"])
    return zip_bytes({**members, **parts})


SHEET, STRINGS = "xl/worksheets/s1.xml", "xl/sharedStrings.xml"
_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


class TestHostileWorkbooks:
    @pytest.mark.parametrize("dtd", [_ENTITIES, _OUTSIDE, "<!-- x -->" * 300 + _ENTITIES, "\n" * 5000 + _OUTSIDE])
    @pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
    def test_a_dtd_is_refused_before_it_is_read(self, dtd, part):
        members = workbook_members({"Usage": sheet_xml([["a"], ["1"]])}, ["t"])
        members[part] = f'<?xml version="1.0"?>{dtd}{members[part]}'
        assert refused(zip_bytes(members)).reason == "corrupt_workbook"

    def test_in_another_encoding_is_refused_where_a_dtd_might_hide(self):
        sheet = '<?xml version="1.0" encoding="utf-16"?>' + _OUTSIDE + sheet_xml([["a"]])
        assert refused(with_part(**{SHEET: sheet.encode("utf-16")})).reason == "corrupt_workbook"

    @pytest.mark.parametrize(
        ("rows", "reason"),
        [
            (
                ["<row r='2'><c r='A2'><v>1</v></c></row>", "<row r='1'><c r='A1'><v>1</v></c></row>"],
                "corrupt_workbook",
            ),
            (["<row r='9999999'><c><v>1</v></c></row>"], "corrupt_workbook"),
            (["<row r='1'><c r='XFE1'><v>1</v></c></row>"], "corrupt_workbook"),
            (["<row r='1'><c r='1A'><v>1</v></c></row>"], "corrupt_workbook"),
            (["<row r='1'><c t='s'><v>7</v></c></row>"], "corrupt_workbook"),
            (["<row r='1'><c><v>one</v></c></row>"], "corrupt_workbook"),
            (["<row r='1'><c><v>1</v>"], "corrupt_workbook"),
            (["<row r='1'>" + "<c><v>1</v></c>" * 501 + "</row>"], "too_many_columns"),
            (["<row r='1'>" + "<c/>" * 30_000 + "</row>"], "line_too_long"),
            (["<row r='1'><c t='str'><v>" + "a" * 100_000 + "</v></c></row>"], "line_too_long"),
        ],
    )
    def test_sheets_that_no_program_writes(self, rows, reason):
        assert refused(with_part(**{SHEET: sheet_xml(rows)}), limits=Limits(max_record=50_000)).reason == reason

    def test_a_text_that_is_longer_than_a_cell(self):
        strings = workbook_members({}, ["a" * 9 * MIB])[STRINGS]
        assert refused(with_part(**{STRINGS: strings})).reason == "line_too_long"

    def test_more_texts_than_allowed(self, monkeypatch):
        monkeypatch.setattr("cloud_billing_engine.readers.tables.workbook._MAX_TEXTS", 2)
        strings = workbook_members({}, ["a", "b", "c"])[STRINGS]
        assert refused(with_part(**{STRINGS: strings})).reason == "too_large"

    def test_bomb(self):
        sheet = sheet_xml([["a"], ["1"]]).replace("</sheetData>", "<row/>" * MIB + "</sheetData>")
        assert refused(with_part(**{SHEET: sheet}), limits=Limits(ratio_from=MIB)).reason == "ratio_too_high"

    def test_parts_larger_than_allowed(self):
        styles = workbook_members({})["xl/styles.xml"] + " " * 17 * MIB
        assert refused(with_part(**{"xl/styles.xml": styles})).reason == "too_large"

    @pytest.mark.parametrize(("name", "kind"), [("xl/vbaProject.bin", "xlsm"), ("xl/workbook.bin", "xlsb")])
    def test_kinds_that_are_not_read_are_named(self, name, kind):
        assert (refused(with_part(**{name: b"x"})).reason, refused(with_part(**{name: b"x"})).detail) == (
            "not_text",
            kind,
        )

    @pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
    def test_without_a_part(self, part):
        members = workbook_members({"Usage": sheet_xml([["a"], ["1"]])})
        del members[part]
        assert refused(zip_bytes(members)).reason in ("corrupt_workbook", "empty_file")

    @settings(max_examples=FILE_EXAMPLES)
    @given(st.integers(0, 2**32))
    def test_with_changed_bytes_gives_rows_or_is_refused(self, seed):
        rng = random.Random(seed)
        members = workbook_members({"Usage": sheet_xml([FOCUS_1_0, ROW])}, ["t"])
        part = rng.choice(sorted(members))
        text = bytearray(members[part].encode())
        for _ in range(rng.randint(1, 6)):
            text[rng.randrange(len(text))] = rng.randrange(256)
        try:
            read(zip_bytes({**members, part: bytes(text)}, zipfile.ZIP_STORED))
        except RejectedFile as error:
            assert str(error)

    def test_the_longest_row_that_is_read_fits_into_half_a_gigabyte(self):
        script = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "tests" / "engine")!r})
import conftest
from cloud_billing_engine.readers import Limits, RejectedFile, open_table
from table_samples import sheet_xml, workbook_members, zip_bytes
resource.setrlimit(resource.RLIMIT_AS, (512 * 1024**2, 512 * 1024**2))
sheet = sheet_xml(["<row r='1'>" + "<c/>" * 2**21 + "</row>"])
data = zip_bytes(workbook_members({{"Usage": sheet}}))
del sheet
try:
    open_table([data], file_name="", limits=Limits(max_ratio=10**9), options={{}}).header()
except RejectedFile as error:
    print(error.reason)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout == "line_too_long\n"
