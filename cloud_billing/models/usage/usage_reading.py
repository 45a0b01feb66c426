"""What wizards ask of the readers: which one knows a file, and what a file holds, without keeping anything.

Of a zip archive that holds several files each is read like a file of its own, as the import will do it.
"""

from functools import partial
from typing import NamedTuple

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
    open_several,
    open_table,
    read_header,
    read_outline,
)
from ...engine.readers.tables.text import BrokenRecord
from . import reader_messages
from .cloud_usage_file_member import show_name

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
# Of each of many files so many bytes are looked at where only a beginning is.
_LEAST_SHARE = 64 * 1024


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
    try:
        for file in _unfold(files[:1], {}):
            return read_outline(file.open(), file_name=file.name, limits=Limits(), options=file.options)
    except RejectedFile:
        return None
    return None


def read_first_header(files, options):
    """The column names of the first file, [] where it has none that can be read."""
    try:
        for file in _unfold(files[:1], options):
            return read_header(file.open(), file_name=file.name, limits=Limits(), options=file.options)
    except RejectedFile:
        return []
    return []


def propose_delimiter(files):
    """The delimiter that cuts the first line of the first file into most columns; None where none cuts it."""
    widths = {delimiter: len(read_first_header(files, {"delimiter": delimiter})) for delimiter in DELIMITERS}
    best = max(widths, key=widths.get)
    return best if widths[best] > 1 else None


def propose_row_path(files):
    """The path of most of the repeated elements of the first file, '' where it is no tree or cannot be read."""
    found = read_first_outline(files)
    return found.row_paths[0] if found and found.row_paths else ""


def read_sample(files, options):
    """{"header": names, "rows": lists of cells} of the first file's first rows. Raises RejectedFile."""
    file = next(_unfold(files[:1], options))
    table = open_table(file.open(), file_name=file.name, limits=Limits(), options=file.options)
    header, rows = table.header(), []
    for cells in table:
        if not isinstance(cells, BrokenRecord) and any(cell.strip() for cell in cells):
            rows.append([cell[:MAX_SAMPLE_CELL] for cell in cells])
        if len(rows) == SAMPLE_ROWS:
            break
    return {"header": header, "rows": rows}


def read_preview(env, source, files, limit=None, options=None):
    """What files hold, or their first `limit` bytes, as `Preview.as_dict()` with `is_part`, `files` and `left_out`.

    At least a row for each kilobyte of them is read: a workbook, an archive and Parquet are read from their end, so
    that all bytes are there before the first row.
    files: (name, binary file) pairs.   options: what is said of these files beside the source's reader options.
    `files` in the answer: {name, rows, errors} of each that was read; `left_out`: names of what archives hold beside.
    Raises UserError with a sentence for every file that is refused.
    """
    preview, refusals = Preview(), []
    found = {"is_part": False, "files": [], "left_out": []}
    options = {**source._get_reader_options(), **(options or {})}
    try:
        unfolded = list(_unfold(files, options, found["left_out"]))
    except RejectedFile as error:
        raise UserError(reader_messages.explain_refusal(env, error)) from None
    share = limit and max(limit // max(len(unfolded), 1), min(limit, _LEAST_SHARE))
    for file in unfolded:
        rows, errors = preview.rows, preview.errors
        preview.file_name = file.name if len(unfolded) > 1 else None
        try:
            found["is_part"] |= _add_file(preview, source, file, share)
        except RejectedFile as error:
            refusals.append(reader_messages.explain_refusal(env, error))
        found["files"].append({"name": file.name, "rows": preview.rows - rows, "errors": preview.errors - errors})
    if refusals:
        raise UserError("\n".join(refusals))
    return {**preview.as_dict(), **found}


def _add_file(preview, source, file, limit):
    """Add up a file, or its first `limit` bytes; whether it was not all of it. Raises RejectedFile."""
    account_tag, chunks = source._get_account_tag(), _Counted(file.open())
    items = get_reader(source.reader).read(chunks, file_name=file.name, limits=Limits(), options=file.options)
    for count, item in enumerate(items, 1):
        if account_tag and isinstance(item, UsageRow):
            item = account_tag.apply(item)
        preview.add(item)
        if limit and chunks.count > limit and count >= limit // 1024:
            return True
    return False


class _File(NamedTuple):
    """A file that is read as one. open() -> its bytes in pieces, from the first one on.   options: for its reader."""

    name: str
    open: object
    options: dict


def _unfold(files, options, left_out=None):
    """Yield a _File for each of these, and of an archive of several one for each file in it, in reading order.

    files: (name, binary file) pairs.   left_out: a list to which the names of what is passed over are added.
    Raises RejectedFile.
    """
    for name, content in files:
        archive = open_several(_open(content), file_name=name, limits=Limits(), options=options)
        if not archive:
            yield _File(name, partial(_open, content), options)
            continue
        members, beside = archive.choose()
        if left_out is not None:
            left_out.extend(f"{name}/{show_name(member)}" for member in beside)
        for member in members:
            file_name = f"{name}/{show_name(member)}"
            yield _File(file_name, partial(archive.read, member), {**options, "is_member": True})


def _open(content):
    content.seek(0)
    return file_chunks(content)


class _Counted:
    """Chunks of bytes that are counted on their way."""

    def __init__(self, chunks):
        self.chunks = chunks
        self.count = 0

    def __iter__(self):
        for chunk in self.chunks:
            self.count += len(chunk)
            yield chunk
