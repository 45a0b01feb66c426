"""Hostile files by number: each is made from its number alone, so that the one that broke something can be made again.

Two of three are valid files of every reader, in every container, with damage done to their bytes or to their cells;
the rest are attacks of one kind each.
"""

import base64
import csv
import functools
import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from typing import NamedTuple

from provider_samples import RECORDS, provider_file
from reader_samples import csv_bytes, focus_file
from table_samples import parquet_bytes, sheet_xml, workbook_members, zip_bytes
from tree_documents import LINE, allocations, consumption, feed, frames, ipdr, matrix, statement

MIB = 1024**2
MAPPING = {
    "columns": {"start": ["day"], "account": ["who"], "service": ["what"], "quantity": ["how much"]},
    "constants": {"unit": "hour"},
    "key": "content",
    "key_fields": ["start", "account", "service", "quantity"],
    "period": "day",
}
OWN = [["day", "who", "what", "how much"], *([f"2026-10-{day:02}", "Bakery", "Machines", "1.5"] for day in range(1, 9))]
EVENTS = [
    ["id", "start", "account", "service", "quantity", "unit"],
    *([f"E-{n}", "2026-10-05 10:00:00", "Bakery", "Machines", "1.5", "hour"] for n in range(8)),
]
# What a cell may hold that is no number, no date, no name.
CELLS = (
    "NaN", "Infinity", "-inf", "1e400", "1e-400", "9" * 400, "=1+1", '=HYPERLINK("http://localhost/","x")', "@SUM(A1)",
    "+1", "1,5", "1 000", "\u202e1", "\0", "\ud7ff\uffff", "2026-13-45", "0000-00-00", "9999-12-31T23:59:60Z", "now",
    "../../etc/passwd", "'; DROP TABLE x; --", "<b>x</b>", '{"a":', "[" * 5000, '"', "\r", "\n", "x" * 20_000,
)  # fmt: skip


class HostileFile(NamedTuple):
    """kind: what is done.   reader: the one that a person chose.   name: as uploaded.   chunks(): its bytes.

    is_refused: nothing of it may be read; otherwise rows and errors may come, and a refusal as well.
    """

    kind: str
    reader: str
    name: str
    chunks: object
    options: dict
    is_refused: bool = False


def make_hostile(number):
    """The hostile file of that number."""
    rng = random.Random(number)
    if number % 3:
        return _damaged(rng)
    kinds = sorted(ATTACKS)
    kind = kinds[number // 3 % len(kinds)]
    return ATTACKS[kind](rng)._replace(kind=kind)


# === VALID FILES AND DAMAGE === #


def _valid_tables():
    """{reader: rows of cells} of what the readers of columns take."""
    made = {name: provider_file(name, {}, {}, {}) for name in RECORDS}
    made["focus"] = focus_file({}, {}, {})
    tables = {name: _cells(data) for name, data in made.items()}
    return {**tables, "csv": EVENTS, "own_columns": OWN}


def _cells(data):
    return list(csv.reader(io.StringIO(data.decode())))


def _valid_trees():
    """{reader: bytes} of what the readers of documents take."""
    return {
        "cloudkitty": frames({}, {}),
        "opencost": allocations({}, {}),
        "prometheus": matrix([1_760_000_000, "1"], [1_760_000_060, "2"]),
        "green_button": feed(),
        "ubl_utility": statement(consumption(LINE)),
        "ipdr": ipdr({}, {}),
    }


def _damaged(rng):
    trees = _valid_trees()
    if rng.random() < 0.35:
        reader = rng.choice(sorted(trees))
        data, name = trees[reader], f"usage.{'json' if trees[reader][:1] in b'{[' else 'xml'}"
        options = {"currency": "EUR", "sample_kind": rng.choice(["gauge", "counter"])}
    else:
        tables = _valid_tables()
        reader = rng.choice(sorted(tables))
        rows = [list(row) for row in tables[reader]]
        for _ in range(rng.randrange(3)):
            row = rng.choice(rows)
            row[rng.randrange(len(row))] = rng.choice(CELLS)
        name, data = _contain(rng, rows)
        options = {"mapping": MAPPING} if reader == "own_columns" else {}
    damage = rng.choice(("none", "flip", "cut", "splice", "repeat", "zeros", "insert"))
    data = _damage(rng, damage, data)
    if rng.random() < 0.2:
        data, name = gzip.compress(data, 1), f"{name}.gz"
        data = _damage(rng, rng.choice(("none", "cut", "flip")), data)
    if rng.random() < 0.1:
        name = rng.choice(("usage.xlsx", "usage.parquet", "usage.zip", "usage.pdf", "../../usage.csv", "=usage.csv"))
    return HostileFile(f"damaged: {damage}", reader, name, lambda: _pieces(rng, data), options)


def _contain(rng, rows):
    container = rng.choice(("csv", "csv", "utf-16", "zip", "xlsx", "parquet", "json", "lines"))
    if container == "csv":
        return "usage.csv", csv_bytes(rows)
    if container == "utf-16":
        return "usage.csv", csv_bytes(rows).decode().encode("utf-16")
    if container == "zip":
        return "usage.zip", zip_bytes({"usage.csv": csv_bytes(rows)})
    if container == "xlsx":
        rows = [["".join(letter for letter in cell if letter >= " ") for cell in row] for row in rows]
        return "usage.xlsx", zip_bytes(workbook_members({"Usage": sheet_xml(rows)}))
    if container == "parquet":
        rows[0] = [name or f"column {place}" for place, name in enumerate(rows[0])]
        return "usage.parquet", parquet_bytes(rows)
    objects = [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    if container == "json":
        return "usage.json", json.dumps(objects).encode()
    return "usage.jsonl", "\n".join(map(json.dumps, objects)).encode()


def _damage(rng, damage, data):
    at = rng.randrange(len(data) + 1)
    if damage == "flip":
        changed = bytearray(data)
        for _ in range(rng.choice((1, 1, 3, 20))):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if damage == "cut":
        return data[:at]
    if damage == "splice":
        start = rng.randrange(len(data) + 1)
        return data[:at] + data[start:]
    if damage == "repeat":
        return data[:at] + data[max(0, at - 200) : at] * rng.choice((2, 50)) + data[at:]
    if damage == "zeros":
        return data[:at] + bytes(rng.choice((1, 16, 4096))) + data[at + 16 :]
    if damage == "insert":
        return data[:at] + rng.choice((b"\xff\xfe", b"\xed\xa0\x80", b"\r", b'"', b"<!DOCTYPE x>", b"[[[[")) + data[at:]
    return data


def _pieces(rng, data):
    """The bytes in pieces; small ones now and then."""
    size = rng.choice((1, 7, 4096, 65536, 262144)) if len(data) < 5000 else rng.choice((4096, 65536, 262144))
    return [data[at : at + size] for at in range(0, len(data), size)]


# === ATTACKS === #


def _attack(name, chunks, reader="focus", is_refused=True, **options):
    return HostileFile("", reader, name, chunks, options, is_refused)


def _bytes(name, data, **options):
    return _attack(name, lambda: [data[at : at + 65536] for at in range(0, len(data), 65536)], **options)


def _gzip_bomb(rng):
    def chunks():
        packer = zlib.compressobj(9, wbits=31)
        yield packer.compress(csv_bytes(EVENTS))
        for _ in range(2048):
            yield packer.compress(rng.choice((b"a", b",", b"\n", b"0")) * MIB)
        yield packer.flush()

    return _attack("bomb.csv.gz", chunks, reader="csv")


def _zip_bomb(rng):
    filler = rng.choice(("a", ",", "\n", "0,0,0\n"))
    return _bytes("bomb.zip", _bomb("zip", "usage.csv", filler), reader="csv")


def _workbook_bomb(rng):
    part = rng.choice(("xl/sharedStrings.xml", "xl/worksheets/s1.xml", "xl/styles.xml", "xl/workbook.xml"))
    return _bytes("bomb.xlsx", _bomb("workbook", part, rng.choice((" ", "<a/>", "<row/>"))), reader="csv")


@functools.cache
def _bomb(kind, bad, filler):
    """An archive or a workbook in which one member grows to 100 MB."""
    members = workbook_members({"Usage": sheet_xml(EVENTS)}) if kind == "workbook" else {bad: csv_bytes(EVENTS)}
    out = io.BytesIO()
    piece = (filler * (MIB // len(filler))).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if name != bad:
                archive.writestr(name, content)
        content = members[bad].encode() if isinstance(members[bad], str) else members[bad]
        with archive.open(bad, "w") as member:
            member.write(content[: len(content) // 2])
            for _ in range(100):
                member.write(piece)
            member.write(content[len(content) // 2 :])
    return out.getvalue()


def _nested(rng):
    data = csv_bytes(EVENTS)
    for depth in range(rng.randrange(2, 30)):
        data = gzip.compress(data, 1) if rng.random() < 0.5 else zip_bytes({f"{depth}.zip": data})
    return _bytes("nested.zip", data, reader="csv")


def _entities(rng):
    level = rng.randrange(5, 40)
    names = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(level))
    text = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "ha">{names}]><r><i>&e{level};</i></r>'
    return _in_xml(rng, text)


def _external_entity(rng):
    place = rng.choice(("file:///etc/passwd", "http://127.0.0.1:9/x", "//127.0.0.1/x", "php://filter", "jar:file:x"))
    word = rng.choice(("SYSTEM", 'PUBLIC "-//x//y"'))
    kind = rng.choice(("e", "% e"))
    text = f'<!DOCTYPE r [<!ENTITY {kind} {word} "{place}">{"%e;" if "%" in kind else ""}]><r><i>&e;</i></r>'
    return _in_xml(rng, text)


def _in_xml(rng, text):
    """The document by itself, or as a part of a workbook."""
    reader = rng.choice(("green_button", "ubl_utility", "ipdr", "csv"))
    if reader != "csv" or rng.random() < 0.5:
        return _bytes("usage.xml", text.encode(), reader=reader, currency="EUR")
    members = workbook_members({"Usage": sheet_xml(EVENTS)})
    members[rng.choice(("xl/worksheets/s1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"))] = text
    return _bytes("usage.xlsx", zip_bytes(members), reader="csv")


def _long_line(rng):
    start = rng.choice((b"", csv_bytes(EVENTS), b'[{"id": "', b"<r><i>", b'{"id": "', csv_bytes(EVENTS) + b'"'))
    filler = rng.choice((b"x", b",", b"1", b" x")) * MIB

    def chunks():
        yield start
        for _ in range(1024):
            yield filler

    return _attack("long.csv", chunks, reader="csv")


def _deep(rng):
    opening, name = rng.choice(((b"[", "x.json"), (b'{"a":', "x.json"), (b"<a>", "x.xml"), (b'[{"a":[', "x.json")))
    return _bytes(name, opening * rng.randrange(1000, 300_000), reader=rng.choice(("csv", "opencost", "ipdr")))


def _wide(rng):
    names = [f"c{number}" for number in range(rng.choice((501, 5000, 200_000)))]
    rows = [names, ["1"] * len(names)]
    if rng.random() < 0.5 or len(names) > 5000:
        return _bytes("wide.csv", csv_bytes(rows))
    if rng.random() < 0.5:
        return _bytes("wide.json", json.dumps([dict(zip(*rows, strict=True))]).encode())
    return _bytes("wide.parquet", parquet_bytes(rows))


def _names_twice(rng):
    rows = [list(row) for row in EVENTS]
    rows[0][rng.randrange(1, 6)] = rng.choice(("ID", " id ", "Id", "external_id"))
    return _bytes("twice.csv", csv_bytes(rows), reader="csv")


def _encoding(rng):
    text = csv_bytes([*EVENTS, ["É-1", "2026-10-05 10:00:00", "Bäckerei", "Maschinen", "1", "Stück"]]).decode()
    wrong = rng.choice(("latin-1", "cp1252", "utf-16-le-cut", "utf-8-overlong", "utf-7", "surrogates"))
    data = {
        "latin-1": text.encode("latin-1"),
        "cp1252": text.encode("cp1252"),
        "utf-16-le-cut": text.encode("utf-16")[:-1],
        "utf-8-overlong": text.encode() + b"\xc0\xaf",
        "utf-7": text.encode() + b"\xfe+ZeVnLIqe-",
        "surrogates": text.encode() + "\ud800".encode("utf-8", "surrogatepass"),
    }[wrong]
    return _bytes("usage.csv", data, reader="csv")


def _nul(rng):
    data = bytearray(csv_bytes(EVENTS))
    data[rng.randrange(len(data))] = 0
    return _bytes("nul.csv", bytes(data), reader="csv")


def _bad_numbers(rng):
    bad = rng.choice(("NaN", "nan", "Infinity", "-inf", "1e400", "1e-400", "9" * 5000, "0x10", "१२", "1_000", "--1"))
    rows = [list(row) for row in EVENTS[:2]]
    rows[1][4] = bad
    if rng.random() < 0.5:
        text = ",".join(f"{json.dumps(name)}: {bad if name == 'quantity' else json.dumps(cell)}" for name, cell in
                        zip(*rows, strict=True))  # fmt: skip
        return _bytes("numbers.json", f"[{{{text}}}]".encode(), reader="csv", is_refused=bad not in ("9" * 5000,))
    return _bytes("numbers.csv", csv_bytes(rows), reader="csv")


def _formulas(rng):
    rows = [list(row) for row in EVENTS[:2]]
    sheet = sheet_xml(rows).replace(
        '<c r="E2" t="inlineStr"><is><t xml:space="preserve">1.5</t></is></c>',
        f'<c r="E2"><f>{rng.choice(("1+1", "WEBSERVICE(&quot;http://127.0.0.1/&quot;)", "SUM(A:A)"))}</f><v>2</v></c>',
    )
    return _bytes("formula.xlsx", zip_bytes(workbook_members({"Usage": sheet})), reader="csv")


def _paths(rng):
    name = rng.choice(("../../../etc/cron.d/x", "/etc/passwd", "C:\\x.csv", "a/../../b.csv", "x\0.csv", "." * 300))
    members = {name: csv_bytes(EVENTS)}
    if rng.random() < 0.5:
        members["usage.csv"] = csv_bytes(EVENTS)
    return _bytes("paths.zip", zip_bytes(members), reader="csv", is_refused=False)


def _several(rng):
    """Archives of several files, of which one, or all together, cannot be taken."""
    good = csv_bytes(EVENTS)
    members = {f"part-{n}.csv": good for n in range(1, rng.randrange(3, 9))}
    bad = rng.choice(list(members))
    kind = rng.choice(("other header", "archive", "gzip", "picture", "twice", "shared bytes", "no rows", "cut"))
    contents = {
        "other header": b"name,amount\na,1\n",
        "archive": zip_bytes({"a.csv": good}),
        "gzip": gzip.compress(good),
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "no rows": good.splitlines(keepends=True)[0],
        "shared bytes": good + b"\n" * 8 * MIB,
    }
    members[bad] = contents.get(kind, good)
    data = zip_bytes(members)
    if kind == "twice":
        data = data.replace(b"part-1.csv", b"part-2.csv")
    if kind == "cut":
        data = data[: rng.randrange(4, len(data) - 1)]
    if kind == "shared bytes":
        start = data.index(b"PK\x01\x02")
        entry = data[data.rindex(bad.encode()) - 46 : data.rindex(bad.encode()) + len(bad)]
        entries = [entry[:46] + f"part-{n:03}c".encode() for n in range(40)]
        sizes = len(entries), len(entries), sum(map(len, entries)), start
        data = data[:start] + b"".join(entries) + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *sizes, 0)
    return _bytes("several.zip", data, reader="csv")


def _lying_archive(rng):
    """Sizes in the directory of an archive that are not those of what is there."""
    data = bytearray(zip_bytes({"usage.csv": csv_bytes(EVENTS)}))
    at = data.rindex(b"PK\x01\x02") + rng.choice((16, 20, 24, 28, 42))
    struct.pack_into("<I", data, at, rng.choice((0, 1, 0xFFFFFFFF, rng.randrange(2**32))))
    return _bytes("lying.zip", bytes(data), reader="csv", is_refused=False)


def _truncated(rng):
    data, name = rng.choice(
        (
            (gzip.compress(csv_bytes(EVENTS)), "cut.csv.gz"),
            (zip_bytes({"usage.csv": csv_bytes(EVENTS)}), "cut.zip"),
            (zip_bytes(workbook_members({"Usage": sheet_xml(EVENTS)})), "cut.xlsx"),
            (parquet_bytes(EVENTS), "cut.parquet"),
        )
    )
    return _bytes(name, data[: rng.randrange(1, len(data) - 1)], reader="csv")


def _wrong_suffix(rng):
    data = rng.choice(
        (
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
            b"%PDF-1.7\n" + bytes(200),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            b"\x7fELF" + bytes(range(256)),
            b"<!DOCTYPE html><html><body>Log in</body></html>",
            base64.b64encode(rng.randbytes(3000)),
            rng.randbytes(5000),
            b"PAR1" + rng.randbytes(400) + b"PAR1",
        )
    )
    return _bytes(rng.choice(("usage.csv", "usage.xlsx", "usage.parquet", "usage.json.gz")), data)


def _long_cells(rng):
    """A cell of each row as long as a cell may be: what is looked for in it must not be looked for from each place."""
    tables = _valid_tables()
    reader = rng.choice(sorted(tables))
    rows = [list(row) for row in tables[reader]]
    if reader == "focus":
        rows = [[*row, "ConsumedQuantity" if row is rows[0] else "1"] for row in rows]
    place = rng.randrange(len(rows[0]))
    filler = rng.choice(("0", "9", "a", "a-", "a.", "1.", "1,", "[", "{", '"', " ", "-"))
    for row in rows[1:]:
        row[place] = rng.choice(("", "1", "a")) + filler * (130_000 // len(filler))
    options = {"mapping": MAPPING} if reader == "own_columns" else {}
    return _attack("cells.csv", lambda: [csv_bytes(rows)], reader=reader, is_refused=False, **options)


ATTACKS = {
    "a gzip that grows": _gzip_bomb,
    "a zip that grows": _zip_bomb,
    "a workbook that grows": _workbook_bomb,
    "archives in archives": _nested,
    "entities in entities": _entities,
    "an external entity": _external_entity,
    "a line of a gigabyte": _long_line,
    "depth": _deep,
    "more columns than anybody reads": _wide,
    "a name twice": _names_twice,
    "an encoding that is another one": _encoding,
    "a byte 0": _nul,
    "numbers that are none": _bad_numbers,
    "formulas": _formulas,
    "names that are paths": _paths,
    "a directory that lies": _lying_archive,
    "one bad file among several": _several,
    "half a file": _truncated,
    "another kind of file": _wrong_suffix,
    "cells as long as they may be": _long_cells,
}
