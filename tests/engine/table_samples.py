"""The same table in every container: zip archives, workbooks written part by part, Parquet."""

import io
import zipfile
from xml.sax.saxutils import escape

from hypothesis import settings

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Of a property that writes a whole file each time: fewer than of others in the short profile.
FILE_EXAMPLES = settings.default.max_examples if settings.default.max_examples > 100 else 60
# Styles by their place: general, a date, a date with a time, a duration.
DAY, MOMENT, DURATION = 1, 2, 3
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def zip_bytes(members, method=zipfile.ZIP_DEFLATED):
    """An archive of {name: content}; a name that ends in a slash is a folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def column_name(number):
    """1 is A, 27 is AA."""
    name = ""
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(65 + letter) + name
    return name


def text_cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def sheet_xml(rows, cell=text_cell):
    """A sheet of rows of texts; cell(place, text) -> XML, or '' for none. An element of rows may be XML by itself."""
    lines = []
    for row_no, row in enumerate(rows, 1):
        if isinstance(row, str):
            lines.append(row)
            continue
        cells = "".join(cell(f"{column_name(n)}{row_no}", text) for n, text in enumerate(row, 1) if text != "")
        lines.append(f'<row r="{row_no}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def workbook_members(sheets, texts=(), hidden=()):
    """The parts of a workbook of {name: XML of the sheet}."""
    names = list(sheets)
    types = f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    types += f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    types += f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/>'
    links = f'<Relationship Id="s" Type="{_LINKS}/styles" Target="styles.xml"/>'
    links += f'<Relationship Id="t" Type="{_LINKS}/sharedStrings" Target="sharedStrings.xml"/>'
    entries, members = "", {}
    for number, name in enumerate(names, 1):
        types += f'<Override PartName="/xl/worksheets/s{number}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        links += f'<Relationship Id="r{number}" Type="{_LINKS}/worksheet" Target="worksheets/s{number}.xml"/>'
        state = ' state="hidden"' if name in hidden else ""
        entries += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"{state}/>'
        members[f"xl/worksheets/s{number}.xml"] = sheets[name]
    strings = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{types}</Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
        **members,
    }


def workbook_bytes(rows):
    """A workbook of one sheet of texts."""
    return zip_bytes(workbook_members({"Usage": sheet_xml(rows)}))


def parquet_bytes(rows):
    """A Parquet file of rows of texts, the first one being the names; an empty text is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names, *records = rows
    columns = [[row[place] or None for row in records] for place in range(len(names))]
    table = pa.Table.from_arrays([pa.array(column, pa.string()) for column in columns], names=names)
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=7)
    return out.getvalue()
