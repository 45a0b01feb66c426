"""A file as a table, whatever it is packed in and written as: the one door through which readers of columns read.

`open_table` looks at the first bytes, takes off one gzip or zip archive and asks each kind of table whether they are
its own; what nobody knows is text with delimiters. It never guesses what is in the table: that is for the readers.

Options, all optional; those that do not concern a file are passed over
  delimiter   of a text: a comma unless said otherwise
  encoding    of a text without a byte order mark, of text.ENCODINGS: UTF-8 unless said otherwise
  skip_rows   how many rows stand above the header: 0 unless said otherwise
  member      which file of a zip archive with several
  is_member   the bytes are those of a file of an archive, so another archive in them is refused
  sheet       which sheet of a workbook with several
  row_path    where the rows of a tree are, see the kinds of table that are trees
  schema      text of an XSD that a document of XML must be valid against
  table       the name of the kind, so that nobody looks at the first bytes
  bookmark    the bookmark.Bookmark behind which a text or Parquet is read, and which then moves on with what is read
  ahead       ahead(items, count) -> the items of an iterator, up to `count` of them made before they are taken, by
              another thread: a file that is packed is unpacked while what came before is read
"""

from typing import NamedTuple

from ..base import RejectedFile
from .text import Records, join_cells
from .unpack import BLOCKS_AHEAD, GZIP_MAGIC, SNIFF_BYTES, ZIP_MAGICS, Archive, count_bytes, inflate, peek
from .workbook import Workbook

TEXT = "text"
TABLES = {}
# Files that are no table and are told by their first bytes, so that a person reads what was uploaded.
_NO_TABLE = {b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf"}


class TableKind(NamedTuple):
    """How a kind of file becomes a table; see register_table."""

    name: str
    sniff: object
    open: object


def register_table(name, sniff, open):
    """Add a kind of table to TABLES.

    sniff(first_bytes, file_name) -> bool: whether the file is of this kind. first_bytes are unpacked and at least
    unpack.SNIFF_BYTES, unless the file is shorter.
    open(chunks, *, file_name, limits, options) -> text.Table. chunks are unpacked, counted and read lazily.
    Raises ValueError when the name is taken by another kind.
    """
    kind = TableKind(name, sniff, open)
    if name == TEXT or TABLES.setdefault(name, kind) != kind:
        raise ValueError(f"a table called {name!r} is registered already")


def open_table(chunks, *, file_name, limits, options=None):
    """The text.Table of a file. chunks: iterable of bytes, cut anywhere.   options: see the module.

    Raises RejectedFile, here or while the table is read.
    """
    try:
        return _open(chunks, file_name, limits, options or {})
    except RejectedFile as error:
        error.file = error.file or file_name
        raise


def read_start(chunks, *, file_name, limits, options=None, size=SNIFF_BYTES):
    """The first bytes of a file, unpacked: `size` of them unless there are fewer; none of a workbook.

    Raises RejectedFile.
    """
    try:
        _head, chunks = _unpack(chunks, limits, options or {})
        start = b""
        if isinstance(chunks, Archive):
            return start
        for chunk in chunks:
            start += chunk
            if len(start) >= size:
                break
        return start[:size]
    except RejectedFile as error:
        error.file = error.file or file_name
        raise


def open_several(chunks, *, file_name, limits, options=None):
    """The unpack.Archive of a file that holds several, or one with something beside it; None of any other file.

    Its files are read one by one, each by `archive.read(name)` and with the option is_member; `archive.choose()` says
    which ones. None also where an option names the one that is meant.   Raises RejectedFile.
    """
    try:
        head, chunks = peek(chunks)
        if not head.startswith(ZIP_MAGICS) or (options or {}).get("member"):
            return None
        archive = Archive(chunks, limits)
        if archive.is_workbook():
            return None
        names, beside = archive.choose()
        if not names or (len(names) == 1 and not beside):
            return None
        archive.check_total(names)
        return archive
    except RejectedFile as error:
        error.file = error.file or file_name
        raise


def _open(chunks, file_name, limits, options):
    head, chunks = _unpack(chunks, limits, options)
    if isinstance(chunks, Archive):
        return Workbook(chunks, sheet=options.get("sheet"), **_of_every_table(file_name, limits, options))
    for magic, kind in _NO_TABLE.items():
        if head.startswith(magic):
            raise RejectedFile("not_text", detail=kind)
    return _find_kind(head, file_name, options)(
        count_bytes(chunks, limits), file_name=file_name, limits=limits, options=options
    )


def _unpack(chunks, limits, options, is_unpacked=False):
    """(the first bytes, all chunks) of what is in a file; of a workbook its Archive stands for the chunks."""
    head, chunks = peek(chunks)
    is_unpacked = is_unpacked or bool(options.get("is_member"))
    if head.startswith(GZIP_MAGIC):
        if is_unpacked:
            raise RejectedFile("packed_twice")
        return _unpack(_make_ahead(inflate(chunks, limits), options), limits, options, is_unpacked=True)
    if head.startswith(ZIP_MAGICS):
        archive = Archive(chunks, limits)
        if archive.is_workbook():
            return head, archive
        if is_unpacked:
            raise RejectedFile("packed_twice")
        member = archive.find_table(options.get("member"))
        return _unpack(_make_ahead(archive.read(member), options), limits, options, is_unpacked=True)
    return head, chunks


def _make_ahead(pieces, options):
    make_ahead = options.get("ahead")
    return make_ahead(pieces, BLOCKS_AHEAD) if make_ahead else pieces


def _find_kind(head, file_name, options):
    if options.get("table"):
        return _open_text if options["table"] == TEXT else TABLES[options["table"]].open
    return next((kind.open for kind in TABLES.values() if kind.sniff(head, file_name)), _open_text)


def _open_text(chunks, *, file_name, limits, options):
    return Records(
        chunks,
        delimiter=options.get("delimiter") or ",",
        encoding=options.get("encoding"),
        **_of_every_table(file_name, limits, options),
    )


def _of_every_table(file_name, limits, options):
    return {
        "file_name": file_name,
        "limits": limits,
        "skip_rows": options.get("skip_rows") or 0,
        "bookmark": options.get("bookmark"),
    }


def read_header(chunks, *, file_name, limits, options=None):
    """The column names of a file, for choosing or checking its reader. Raises RejectedFile."""
    return open_table(chunks, file_name=file_name, limits=limits, options=options).header()


def reread(reader, header, text, *, row_no, file_name, limits, options=None):
    """The usage rows and errors of a corrected `RowError.text`, as a list: one, more if the text holds more records.

    header: the file's own, from `read_header`.   options: those of the file; `text` has commas whatever the file had.
    Raises RejectedFile, no_rows when nothing is left of the record.
    """
    options = {**(options or {}), "table": TEXT, "delimiter": ",", "encoding": None, "skip_rows": 0}
    file = f"{join_cells(header)}\r\n{text}\r\n".encode()
    items = reader.read([file], file_name=file_name, limits=limits, options=options)
    return [item._replace(row_no=row_no) for item in items]
