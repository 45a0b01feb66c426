"""What wizards ask of the readers: which one knows a file, and what a file holds, without keeping anything."""

from odoo.exceptions import UserError

from ...engine.readers import (
    READERS,
    Limits,
    Preview,
    RejectedFile,
    UsageRow,
    file_chunks,
    get_reader,
    join_cells,
    open_table,
    read_header,
    read_outline,
)
from ...engine.readers.tables.text import BrokenRecord
from . import reader_messages

__all__ = [
    "get_asked",
    "is_document",
    "join_cells",
    "propose_delimiter",
    "propose_row_path",
    "read_first_header",
    "read_first_outline",
    "read_preview",
    "read_sample",
    "recognise",
]
DELIMITERS = (",", ";", "\t", "|")
# So many rows tell how a column is written.
SAMPLE_ROWS = 200
MAX_SAMPLE_CELL = 1000


def recognise(files, options):
    """The name of the one reader that knows the column names of the first file, or its paths, or False.

    files: (name, binary file) pairs.   options: of the readers, such as {"delimiter": ";"}.
    """
    header, outline = read_first_header(files, options), read_first_outline(files)
    names = [
        name
        for name, reader in READERS.items()
        if (header and reader.recognise(header)) or (outline and _recognises_tree(reader, outline))
    ]
    return names[0] if len(names) == 1 else False


def _recognises_tree(reader, outline):
    return is_document(reader.name) and reader.recognise_tree(outline)


def is_document(name):
    """Whether the reader of that name reads documents, which have no column names."""
    return hasattr(READERS.get(name), "recognise_tree")


def get_asked(name):
    """The options that the source must give the reader of that name: some of currency and sample_kind."""
    return getattr(READERS.get(name), "asks", ())


def read_first_outline(files):
    """The engine's Outline of the first file, None where it is no tree or cannot be read."""
    for name, content in files[:1]:
        content.seek(0)
        try:
            return read_outline(file_chunks(content), file_name=name, limits=Limits())
        except RejectedFile:
            return None
        finally:
            content.seek(0)
    return None


def read_first_header(files, options):
    """The column names of the first file, [] where it has none that can be read."""
    for name, content in files:
        try:
            return read_header(file_chunks(content), file_name=name, limits=Limits(), options=options)
        except RejectedFile:
            break
    return []


def propose_delimiter(files):
    """The delimiter that cuts the first line of the first file into most columns; None where none cuts it."""
    for name, content in files[:1]:
        widths = {}
        for delimiter in DELIMITERS:
            content.seek(0)
            widths[delimiter] = len(read_first_header([(name, content)], {"delimiter": delimiter}))
        content.seek(0)
        best = max(widths, key=widths.get)
        return best if widths[best] > 1 else None
    return None


def propose_row_path(files):
    """The path of most of the repeated elements of the first file, '' where it is no tree or cannot be read."""
    found = read_first_outline(files)
    return found.row_paths[0] if found and found.row_paths else ""


def read_sample(files, options):
    """{"header": names, "rows": lists of cells} of the first file's first rows. Raises RejectedFile."""
    name, content = files[0]
    table = open_table(file_chunks(content), file_name=name, limits=Limits(), options=options)
    header, rows = table.header(), []
    for cells in table:
        if not isinstance(cells, BrokenRecord) and any(cell.strip() for cell in cells):
            rows.append([cell[:MAX_SAMPLE_CELL] for cell in cells])
        if len(rows) == SAMPLE_ROWS:
            break
    return {"header": header, "rows": rows}


def read_preview(env, source, files, limit=None, options=None):
    """What files hold, or their first `limit` bytes, as `Preview.as_dict()` with `is_part`.

    At least a row for each kilobyte of them is read: a workbook, an archive and Parquet are read from their end, so
    that all bytes are there before the first row.
    files: (name, binary file) pairs.   options: what is said of these files beside the source's reader options.
    Raises UserError with a sentence for every file that is refused.
    """
    preview, is_part, refusals = Preview(), False, []
    reader, options = get_reader(source.reader), {**source._get_reader_options(), **(options or {})}
    account_tag = source._get_account_tag()
    for name, content in files:
        chunks = _Counted(file_chunks(content))
        try:
            for item in reader.read(chunks, file_name=name, limits=Limits(), options=options):
                if account_tag and isinstance(item, UsageRow):
                    item = account_tag.apply(item)
                preview.add(item)
                if limit and chunks.count > limit and preview.rows + preview.errors >= limit // 1024:
                    is_part = True
                    break
        except RejectedFile as error:
            refusals.append(reader_messages.explain_refusal(env, error))
    if refusals:
        raise UserError("\n".join(refusals))
    return {**preview.as_dict(), "is_part": is_part}


class _Counted:
    """Chunks of bytes that are counted on their way."""

    def __init__(self, chunks):
        self.chunks = chunks
        self.count = 0

    def __iter__(self):
        for chunk in self.chunks:
            self.count += len(chunk)
            yield chunk
