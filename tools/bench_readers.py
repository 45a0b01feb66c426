"""What each reader costs alone, and what a kind of file adds: rows per second of one core, without Odoo.

Run by `make bench ONLY=readers` in a process of its own: prints JSON, {"<reader or kind of file>": [seconds of
processor time, rows, bytes]}. The records are those that the tests of the readers are made of; every row says another
quantity.
"""

import gzip
import io
import json
import statistics
import sys
import time
import zipfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
SUB_ACCOUNTS = 200
_SLICE = 256 * 1024
# A workbook is slow to read and ends at a million rows: fewer of them tell as much.
_WORKBOOK_SHARE = 20


def bench_readers(_measured, rows, repeat):
    """The part of tools/bench.py: figures of `measure` in lines."""
    import python_env
    from common import run, step

    python, found = python_env.ready("odoo") or python_env.ensure("engine"), []
    for nth in range(repeat):
        with step(f"Read {rows // 10:,} rows of each format, {nth + 1} of {repeat}"):
            found.append(json.loads(run([python, __file__, str(rows // 10)], "Reading")))
    lines = [f"READERS alone, {rows // 10:,} rows of each format, in processor time of one core"]
    for name in found[0]:
        times = [one[name][0] for one in found]
        _seconds, count, size = found[0][name]
        middle = statistics.median(times)
        lines.append(
            f"    {name:42}{middle:8.2f} s (least {min(times):.2f})  {count / middle:12,.0f} rows/s"
            f"  {size / 1e6 / middle:8.1f} MB/s"
        )
    return lines


def measure(rows):
    """{name: [seconds, rows, bytes]} of a file in each format."""
    return {name: _time(reader, content, count) for name, reader, content, count in _files(rows)}


def _time(reader, content, count):
    from cloud_billing_engine.readers import Limits, UsageRow, get_reader

    chunks = (content[at : at + _SLICE] for at in range(0, len(content), _SLICE))
    start = time.process_time()
    read = sum(
        type(item) is UsageRow
        for item in get_reader(reader).read(chunks, file_name=reader, limits=Limits(max_ratio=10**6), options={})
    )
    seconds = time.process_time() - start
    if read != count:
        raise SystemExit(f"{reader}: {read} of {count} rows were read")
    return [seconds, count, len(content)]


def _files(rows):
    """(name, reader, bytes, how many rows) of every format that is a table."""
    import make_focus
    from provider_samples import RECORDS, provider_file
    from table_samples import workbook_bytes

    focus = b"".join(make_focus.focus_blocks(rows, sub_accounts=SUB_ACCOUNTS))
    yield "focus", "focus", focus, rows
    yield "focus, gzip", "focus", gzip.compress(focus, 6), rows
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("usage.csv", focus)
    yield "focus, zip", "focus", packed.getvalue(), rows
    yield "focus, UTF-16", "focus", focus.decode().encode("utf-16"), rows
    parquet = io.BytesIO()
    make_focus.write_parquet(parquet, rows, sub_accounts=SUB_ACCOUNTS)
    yield "focus, Parquet", "focus", parquet.getvalue(), rows
    few = max(rows // _WORKBOOK_SHARE, 1)
    blocks = b"".join(make_focus.focus_blocks(few, sub_accounts=SUB_ACCOUNTS)).decode()
    yield "focus, workbook", "focus", workbook_bytes(list(make_focus.read_cells(blocks))), few
    yield "csv", "csv", _events(rows), rows
    for reader in RECORDS:
        yield reader, reader, _bill(*provider_file(reader).splitlines(), reader, rows), rows


def _bill(header, record, reader, rows):
    """A bill of so many rows that differ in the number of their reader that repeats least."""
    from provider_samples import OCI, RECORDS

    plain = {"oci_cost": OCI["lineItem/referenceNo"]}.get(reader) or _quantity(RECORDS[reader])
    before, found, after = record.partition(f",{plain},".encode())
    if not found:
        before, found, after = b"", b"", record.partition(f"{plain},".encode())[2]
    comma = b"," if before else b""
    lines = (b"%s%s%d,%s" % (before, comma, number, after) for number in range(1, rows + 1))
    return b"\n".join((header, *lines, b""))


def _quantity(record):
    return next(value for name, value in record.items() if name.lower().endswith(("quantity", "amount")) and value)


def _events(rows):
    lines = (b"e-%d,2026-10-05 10:00:00,account %d,Storage,%d.25,GB" % (n, n % SUB_ACCOUNTS, n) for n in range(rows))
    return b"\n".join((b"id,time,account,service,quantity,unit", *lines, b""))


if __name__ == "__main__":
    sys.path[:0] = [str(TOOLS), str(TOOLS.parent / "tests" / "engine")]
    import conftest  # noqa: F401 - loads the engine

    print(json.dumps(measure(int(sys.argv[1]))))
