"""What a file is packed in: gzip or a zip archive, opened in bounded memory, every byte counted on its way.

gzip is read as a stream. A zip archive says what it holds at its end, so it is copied to a temporary file first,
without a name and only for as long as it is read. Names inside an archive are compared and shown; they never become a
path.
"""

import struct
import tempfile
import weakref
import zipfile
import zlib
from itertools import chain

from ..base import RejectedFile
from .members import choose_members

BLOCK = 256 * 1024
# Unpacked before they are read, where another thread unpacks: some thousand rows.
BLOCKS_AHEAD = 8
# Enough to tell one kind of table from another.
SNIFF_BYTES = 1024
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_MAX_NAMES_SHOWN = 20
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64_SIZE = 20


def peek(chunks):
    """(the first bytes, at least SNIFF_BYTES unless there are fewer; all chunks with the first ones joined)."""
    chunks = iter(chunks)
    head = b""
    for chunk in chunks:
        head += bytes(chunk)
        if len(head) >= SNIFF_BYTES:
            break
    return head, chain((head,), chunks)


def inflate(chunks, limits):
    """Decompress one or more gzip members. A missing end is a fault, never a shorter file."""
    member = zlib.decompressobj(wbits=31)
    taken = given = 0
    for data in map(bytes, chunks):
        taken += len(data)
        while data:
            if member is None:
                # Tape and block tools fill up with zeros after the last member.
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                text = member.decompress(data, BLOCK)
            except zlib.error:
                raise RejectedFile("corrupt_gzip") from None
            data = member.unused_data if member.eof else member.unconsumed_tail
            given += len(text)
            check_ratio(given, taken - len(data), limits)
            if text:
                yield text
            if member.eof:
                member = None
    yield from _rest_of(member)


def _rest_of(member):
    """What a member still holds when the input is over; raises unless it is complete."""
    if member is None:
        return
    while text := member.decompress(b"", BLOCK):
        yield text
    if not member.eof:
        raise RejectedFile("truncated_gzip")


def check_ratio(given, taken, limits):
    """Raises RejectedFile when `taken` bytes became more than bills do."""
    if given > limits.ratio_from and given > limits.max_ratio * taken:
        raise RejectedFile("ratio_too_high", detail=limits.max_ratio)


def count_bytes(chunks, limits):
    """The chunks, until they are too large."""
    total = 0
    for chunk in map(bytes, chunks):
        total += len(chunk)
        if total > limits.max_bytes:
            raise RejectedFile("too_large", detail=limits.max_bytes)
        yield chunk


def spool(chunks, limits):
    """A temporary binary file of the chunks, for formats that are read from their end. Raises RejectedFile."""
    file = tempfile.TemporaryFile(prefix="cloud_billing.")  # noqa: SIM115 - closed below or by its Archive
    try:
        size = 0
        for chunk in map(bytes, chunks):
            size += len(chunk)
            if size > limits.max_spool:
                raise RejectedFile("too_large", detail=limits.max_spool)
            file.write(chunk)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


class Archive:
    """A zip archive in a temporary file. Raises RejectedFile where it is damaged, encrypted or too much of anything."""

    def __init__(self, chunks, limits):
        self.limits = limits
        self.file = spool(chunks, limits)
        weakref.finalize(self, self.file.close)
        _check_directory(self.file, limits)
        try:
            self.zip = zipfile.ZipFile(self.file)
        # zipfile lets through what its parts raise at headers that make no sense.
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError, EOFError):
            raise RejectedFile("corrupt_zip") from None
        self.members = {member.filename: member for member in self.zip.infolist()}
        self.size = self.file.seek(0, 2)

    def is_workbook(self):
        return "[Content_Types].xml" in self.members and any(name.startswith("xl/") for name in self.members)

    def find_table(self, wanted=None):
        """The name of the one member that is a table, or of `wanted` among several. Raises RejectedFile."""
        if wanted:
            # Before they are chosen: however many others there are, one is meant.
            found = [name for name in self._list_names() if wanted in (name, name.rsplit("/", 1)[-1])]
            if len(found) == 1:
                return found[0]
        names, _beside = self.choose()
        if len(names) == 1 and not wanted:
            return names[0]
        if not names:
            raise RejectedFile("empty_file")
        raise RejectedFile("several_members", detail=tuple(names[:_MAX_NAMES_SHOWN]))

    def choose(self):
        """(names of the files that are data in reading order, names of those that are not). Raises RejectedFile."""
        return choose_members(self._list_names(), self.limits)

    def _list_names(self):
        """The names of all files and folders; one that two of them have stands there twice."""
        return [member.filename for member in self.zip.infolist()]

    def check_total(self, names):
        """Raise RejectedFile where these members together are too much: they can share the bytes they are packed in."""
        total = sum(self.members[name].file_size for name in names)
        check_ratio(total, self.size, self.limits)
        if total > self.limits.max_bytes:
            raise RejectedFile("too_large", detail=self.limits.max_bytes)

    def read(self, name):
        """The bytes of a member in pieces, counted as they come and not as the archive promises."""
        member = self.members[name]
        if member.flag_bits & 1:
            raise RejectedFile("encrypted", detail="zip")
        # zipfile unpacks the other methods without a bound on what one piece becomes.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RejectedFile("corrupt_zip")
        # An archive that says so itself is not read up to there; one that lies is counted.
        check_ratio(member.file_size, member.compress_size, self.limits)
        try:
            with self.zip.open(member) as stream:
                given = 0
                while piece := stream.read(BLOCK):
                    given += len(piece)
                    check_ratio(given, member.compress_size, self.limits)
                    yield piece
        except RejectedFile:
            raise
        except (zipfile.BadZipFile, zlib.error, ValueError, struct.error, NotImplementedError, RuntimeError, OSError,
                EOFError):  # fmt: skip
            raise RejectedFile("corrupt_zip") from None
        if given != member.file_size:
            raise RejectedFile("corrupt_zip")


def _check_directory(file, limits):
    """Refuse a directory of members larger than a table's archive has: zipfile reads it into memory as a whole."""
    size = file.seek(0, 2)
    at = max(size - _END.size - 65535, 0)
    file.seek(at)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise RejectedFile("corrupt_zip")
    sizes = [_END.unpack_from(tail, at)[5]]
    at -= _LOCATOR_64_SIZE
    if at >= _END_64.size and tail.startswith(b"PK\x06\x07", at):
        sizes.append(_END_64.unpack_from(tail, at - _END_64.size)[8])
    directory = max((size for size in sizes if size != 0xFFFFFFFF), default=0)
    if directory > limits.max_directory:
        raise RejectedFile("too_many_members", detail=limits.max_members)
    file.seek(0)
