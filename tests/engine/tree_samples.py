"""Short ways to open trees as tables in the tests of readers."""

import pytest
from cloud_billing_engine.readers import MORE, Limits, RejectedFile, open_table, spread


def open_bytes(data, size=65536, limits=None, **options):
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    return open_table(chunks, file_name="usage.json", limits=limits or Limits(), options=options)


def table(data, size=65536, limits=None, **options):
    """(header, records) of a file."""
    opened = open_bytes(data, size, limits, **options)
    return opened.header(), list(opened)


def records(data, **options):
    """The records as {column: text}, later columns among them, empty cells left out."""
    header, rows = table(data, **options)
    found = []
    for cells in rows:
        record = dict(zip(header, cells, strict=True))
        record |= spread(record.pop(MORE, ""))
        found.append({name: text for name, text in record.items() if text})
    return found


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        table(data, **options)
    assert caught.value.file == "usage.json"
    return caught.value
