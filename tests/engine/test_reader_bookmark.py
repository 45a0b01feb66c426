"""A file whose reading was stopped is read on at a bookmark: the same rows, without what is before it."""

import gzip
import io
import json
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cloud_billing_engine.readers import Bookmark, Limits, RejectedFile, get_reader
from cloud_billing_engine.readers.tables.tree_table import TreeTable
from reader_samples import FOCUS_1_0, RECORD, focus_file
from table_samples import workbook_bytes

# Every third record has line breaks and quotes in a cell, every eleventh is an error, some lines are blank.
RECORDS = [
    {
        "BilledCost": "x" if n % 11 == 3 else str(n),
        "SubAccountName": 'Three\n"lines"\nhere' if n % 3 == 2 else f"Name {n} é",
    }
    for n in range(150)
]
TEXT = focus_file(*RECORDS).replace(b"\nNimbus", b"\n\nNimbus", 15)
CHUNK = 700


def items(data, bookmark, reader="focus", **options):
    """What a reader hands out, one by one."""
    chunks = (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))
    options = {**options, "bookmark": bookmark}
    return get_reader(reader).read(chunks, file_name="usage.csv", limits=Limits(), options=options)


def check(data, every=1, **how):
    """Stop behind every row, or every so many, and go on.

    Returns how many rows were read twice at most, and the last place.
    """
    bookmark, places, whole = Bookmark(), [], []
    for item in items(data, bookmark, **how):
        whole.append(item)
        places.append(bookmark.get())
    most = 0
    for stop in range(0, len(whole), every):
        row_no, place = whole[stop].row_no, places[stop]
        assert place[0] <= row_no
        again = list(items(data, Bookmark(*place), **how))
        assert [item for item in again if item.row_no > row_no] == whole[stop + 1 :], (row_no, place)
        most = max(most, sum(item.row_no <= row_no for item in again))
    return most, bookmark.get()


def parquet(rows_of_a_group):
    records = [{**RECORD, **record} for record in RECORDS]
    columns = {name: [record.get(name, "NULL") for record in records] for name in FOCUS_1_0}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, row_group_size=rows_of_a_group)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [TEXT, TEXT.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + TEXT, gzip.compress(TEXT), TEXT.decode().encode("utf-16")],
    ids=["plain", "windows", "mark", "gzip", "utf-16"],
)
def test_a_text_goes_on_at_a_line(data):
    most, (row_no, offset) = check(data)
    if not data.startswith(b"\x1f\x8b"):
        # A row takes 250 bytes; a block whose last line break is within a cell is no place. One of gzip is all of it.
        assert most <= 30
        assert row_no > 130 and offset > len(TEXT) * 8 // 10


@pytest.mark.parametrize("rows_of_a_group", [1, 7, 100, 1000])
def test_parquet_goes_on_at_a_batch_within_its_row_group(rows_of_a_group, monkeypatch):
    monkeypatch.setattr("cloud_billing_engine.readers.tables.parquet._BATCH_CELLS", 20 * len(FOCUS_1_0))
    data = parquet(rows_of_a_group)
    most, (row_no, offset) = check(data, every=4)
    assert most <= 20
    assert (row_no, offset) == (151, -(-150 // rows_of_a_group))


def test_a_workbook_goes_on_behind_the_row():
    columns = list(FOCUS_1_0)
    rows = [columns, *([{**RECORD, **record}.get(name, "") for name in columns] for record in RECORDS[:30])]
    # An empty row counts, and a row without a number has the next one.
    data = workbook_bytes([*rows[:9], [""] * len(columns), *rows[9:]])
    most, (row_no, offset) = check(data)
    assert (most, row_no, offset) == (1, 32, 0)
    unread = workbook_bytes([*rows[:9], ["=1+1"] * len(columns), *rows[9:]])
    bookmark = Bookmark(12, 0)
    assert [item.row_no for item in items(unread, bookmark)] == list(range(13, 33))


def json_records():
    return [
        {**RECORD, **record, "Tags": "{}", **({"x_later": str(n)} if n % 50 == 30 else {})}
        for n, record in enumerate(RECORDS)
    ]


def as_lines(records):
    """JSON lines, two of which are none and some of which are blank."""
    lines = [json.dumps(record, ensure_ascii=n % 2 == 0) for n, record in enumerate(records)]
    return "\n".join([*lines[:40], "{broken", "", *lines[40:90], "[1", *lines[90:]]).encode()


@pytest.fixture
def short_header(monkeypatch):
    """The header of a tree is made of ten rows, so that most are behind it."""
    monkeypatch.setattr("cloud_billing_engine.readers.tables.tree_table.HEADER_ROWS", 10)


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (as_lines(json_records()), {}),
        (gzip.compress(as_lines(json_records())), {}),
        (as_lines(json_records()).decode().encode("utf-16"), {}),
        (json.dumps(json_records(), ensure_ascii=False).encode(), {}),
        (json.dumps({"a": [1, 2], "usage": {"rows": json_records()}, "z": 1}, indent=1).encode(),
         {"row_path": "usage.rows"}),
    ],
    ids=["lines", "gzip", "utf-16", "list", "list within"],
)  # fmt: skip
def test_json_goes_on_at_an_element(data, options, short_header):
    most, (row_no, place) = check(data, every=3, **options)
    # All of the header is read in any case.
    assert most <= 12
    assert row_no > 140 and place > 100_000
    # What lies before it is passed unread: between the header and the place anything may stand.
    if data[:1] in b"[{":
        text, bookmark = data.decode(), Bookmark()
        reading = items(data, bookmark, **options)
        for _row in range(100):
            next(reading)
        row_no, place = bookmark.get()
        spoilt = text[: place - 9_000] + "]" * 9_000 + text[place:]
        rows = list(items(spoilt.encode(), Bookmark(row_no, place), **options))
        assert rows == list(items(data, Bookmark(row_no, place), **options))
        assert rows[0].row_no == row_no + 1 > 90


def element(record):
    cells = "".join(f"<{name}>{escape(cell)}</{name}>" for name, cell in record.items())
    return f"<row>{cells}</row>"


# Several values, rows within rows, members of an object: places of which the surroundings are not the same.
COUNTED = {
    "values": (f"{json.dumps(json_records()[:60])}\n{json.dumps(json_records()[60:])}", {"row_path": "[*]"}),
    "rows in rows": (
        json.dumps([json_records()[at : at + 5] for at in range(0, 150, 5)]), {"row_path": "[*][*]"}
    ),
    "members": (json.dumps({f"n{n}": record for n, record in enumerate(json_records())}), {"row_path": "*"}),
    "xml": (f"<all>{''.join(map(element, json_records()))}</all>", {}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options"), COUNTED.values(), ids=COUNTED)
def test_a_tree_whose_rows_are_not_in_one_list_is_counted_up_to_the_row(text, options, short_header, monkeypatch):
    made = []
    record = TreeTable._record
    monkeypatch.setattr(TreeTable, "_record", lambda table, row: made.append(table.row_no + 1) or record(table, row))
    _most, (row_no, _place) = check(text.encode(), every=7, **options)
    assert row_no > 0
    # Of the rows before it no record is made.
    made.clear()
    rows = list(items(text.encode(), Bookmark(100, 0), **options))
    assert made == list(range(101, 151))
    assert rows == list(items(text.encode(), Bookmark(), **options))[100:]


def test_documents_of_a_provider_hand_out_what_is_behind_the_row():
    points = {
        "metric": {"namespace": "n", "__name__": "m"},
        "values": [[1_790_000_000 + 60 * n, "1"] for n in range(40)],
    }
    data = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [points]}}).encode()
    how = {"reader": "prometheus", "sample_kind": "gauge", "unit": "x"}
    most, (row_no, place) = check(data, **how)
    assert (most, place) == (0, 0) and row_no > 30


def test_what_lies_before_it_is_not_looked_at():
    lines = TEXT.split(b"\n")
    bookmark = Bookmark()
    reading = items(TEXT, bookmark)
    for _row in range(100):
        next(reading)
    lines[40:45] = [b"\xff" * len(line) for line in lines[40:45]]
    rows = list(items(b"\n".join(lines), Bookmark(*bookmark.get())))
    assert rows[0].row_no == bookmark.row_no + 1
    with pytest.raises(RejectedFile):
        list(items(b"\n".join(lines), Bookmark()))


def with_line_feeds(data, bookmark, given):
    """The bytes in pieces, line feeds in place of those that the table says nobody looks at; `given`: the others."""
    for at in range(0, len(data), CHUNK):
        piece = data[at : at + CHUNK]
        if at + CHUNK <= bookmark.unread_to:
            piece = b"\n" * CHUNK
        else:
            given.append(at)
        yield piece


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_feeds_may_stand_for_what_lies_before_it(mark):
    data, first = mark + TEXT, Bookmark()
    reading = items(data, first)
    whole = [next(reading) for _row in range(100)] + list(reading)
    for stop in (5, 60, 99):
        until, given = Bookmark(), []
        reading = items(data, until)
        for _row in range(stop + 1):
            next(reading)
        bookmark = Bookmark(*until.get())
        again = get_reader("focus").read(
            with_line_feeds(data, bookmark, given), file_name="f", limits=Limits(), options={"bookmark": bookmark}
        )
        assert [item for item in again if item.row_no > whole[stop].row_no] == whole[stop + 1 :]
    # The header's piece, and a few before the place: of those that were asked for before the header was known.
    assert given[0] == 0 and len(given) < len(data) // CHUNK // 2


def test_all_is_looked_at_where_a_place_is_not_one_of_the_file():
    for data in (TEXT.decode().encode("utf-16"), TEXT.decode().encode("utf-16-le")):
        encoding = {} if data[:2] == b"\xff\xfe" else {"encoding": "utf-16-le"}
        bookmark = Bookmark(50, 15_000)
        list(items(data, bookmark, **encoding))
        assert bookmark.unread_to == 0


def test_at_the_end_nothing_is_left_and_nothing_is_refused():
    for data in (TEXT, parquet(100)):
        bookmark = Bookmark()
        last = list(items(data, bookmark))[-1]
        assert all(item.row_no <= last.row_no for item in items(data, Bookmark(*bookmark.get())))
    rows = list(items(TEXT, Bookmark(last.row_no, len(TEXT))))
    assert rows == []


def test_a_fault_behind_it_refuses_the_file_with_its_own_row():
    bookmark = Bookmark()
    reading = items(TEXT, bookmark)
    for _row in range(120):
        next(reading)
    broken = TEXT[:-300] + b"\xff" + TEXT[-300:]
    refusals = []
    for start in (Bookmark(), Bookmark(*bookmark.get())):
        with pytest.raises(RejectedFile) as caught:
            list(items(broken, start))
        refusals.append((caught.value.reason, caught.value.row))
    assert refusals[0] == refusals[1] and refusals[0][1] > 140
    packed = gzip.compress(TEXT)[:-20]
    with pytest.raises(RejectedFile) as caught:
        list(items(packed, Bookmark(120, 1000)))
    assert caught.value.reason in ("truncated_gzip", "corrupt_gzip")


def test_readers_of_rows_say_so_and_others_do_not():
    names = ("focus", "csv", "own_columns", "aws_cur", "azure_cost", "gcp_billing", "oci_cost", "csp")
    by_record = {name for name in names if getattr(get_reader(name), "is_by_record", False)}
    # The first record of an AWS bill says how many columns the others have.
    assert by_record == {"focus", "csv", "own_columns", "azure_cost", "gcp_billing", "oci_cost", "csp"}
