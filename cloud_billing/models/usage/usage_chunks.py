"""From a delivery's files to chunks of COPY text, read ahead in a thread while the database takes the chunk before.

The thread parses and formats, which is Python's work; the caller's thread only waits for COPY, during which psycopg2
lets the other one run. The thread never touches the database: it asks for the parts of a file through the same queue
in which it hands over chunks, so that memory holds two chunks and two parts whatever the size of the delivery.
"""

import hashlib
import queue
import threading
from datetime import datetime, timezone
from itertools import islice, repeat
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...engine.readers import Archive, Bookmark, Limits, RejectedFile, RowError, UsageRow
from .ahead import Ahead, Stopped
from .file_parts import PART_BYTES
from .thread_switch import quick_turns

# Measured: fewer rows cost more statements, more rows only memory.
CHUNK_ROWS = 10_000
# A stream is what a person maps: a file that makes so many has an id in a column that should repeat.
MAX_PLACES = 500_000
# So many places are looked up by what they say; beyond that by a digest, which takes a third of the memory.
_MAX_PLACES_AS_TEXT = 50_000
# Beyond this a file is not one with some bad rows but one that this reader does not understand.
MAX_ERRORS = 100_000
_SEEN_MASK = 2**27 - 1
_SLICE = 256 * 1024
_UNREAD = b"\n" * _SLICE
_WAITING = 1
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

IDENTITY = (
    "provider",
    "provider_account",
    "sub_account",
    "service",
    "sku",
    "region",
    "charge_kind",
    "unit",
    "currency",
)
# The columns of COPY in the order of a line. The first ones are the same for all rows that one place has in a file.
COPY_COLUMNS = (
    "source_id", "scope", "import_id", "file_sequence", "delivery_id", "stream_id",
    "row_no", "ordinal", "row_key", "payload_hash", "external_id", "service_start", "service_end", "billing_month",
    "quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted", "resource", "tags",
)  # fmt: skip

_AT = {name: position for position, name in enumerate(UsageRow._fields)}
_place_of = itemgetter(*(_AT[name] for name in (*IDENTITY, "billing_month")))
_MONTH = len(IDENTITY)


class FileParts(NamedTuple):
    """A file to read: its number within the delivery, its name, its bytes, how many parts it was kept in.

    is_compressed: as it came, gzip or the like.   archive, member: number of the archive that it came in, which the
    parts are those of, and its name in there; size is then unpacked.
    """

    sequence: int
    name: str
    size: int
    part_count: int
    is_compressed: bool = False
    archive: int = 0
    member: str = ""


class ReadPlan(NamedTuple):
    """How to read a delivery.

    month_zone: name of the zone in which a row without a billing month gets the month of its service start; None: none.
    expected_month: 'YYYY-MM-01' or None; a row of another month refuses the file.   is_append: rows have ids.
    account_tag: the engine's AccountTag, where a tag is a part of accounts.
    """

    reader: object
    options: dict
    is_append: bool
    month_zone: str | None = None
    expected_month: str | None = None
    limits: Limits = Limits()
    account_tag: object = None


class Place(NamedTuple):
    """A stream and a partition that were met for the first time. number: from 0, as used in Chunk.places."""

    number: int
    identity: tuple
    identity_hash: str
    sub_account_name: str
    sku_name: str
    billing_month: str | None


class Chunk(NamedTuple):
    """What one transaction takes in: pairs (number of a place, COPY text of a row without the columns of its place).

    lines: of a snapshot, rows that no row of the run before them equals.   repeats: rows that may equal one; their
    ordinals count from 0 in each chunk.   read: rows and errors.   place: of a Bookmark, not behind the last row.
    """

    file_sequence: int
    file_name: str
    last_row_no: int
    bytes_read: int
    read: int
    new_places: list
    lines: list
    repeats: list
    errors: list
    place: tuple = (0, 0)


class Start(NamedTuple):
    """Behind which row of which file a run begins, and the place of a Bookmark in that file that is not behind it."""

    file_sequence: int = 0
    row_no: int = 0
    place: tuple = (0, 0)


_BEGINNING = Start()


class _Part(NamedTuple):
    file: FileParts
    index: int


def read_chunks(plan, files, load_part, start=_BEGINNING, size=CHUNK_ROWS):
    """Yield the Chunks of a delivery, in order, from the row after `start` on.

    load_part(file, index) -> bytes, called in the caller's thread.   Raises RejectedFile behind the chunks before it.
    Places are numbered from 0 over the whole run: a resumed run numbers them anew.
    """
    reader = _ReadAhead(plan, files, start, size)
    reader.start()
    try:
        with quick_turns():
            for item in reader:
                if isinstance(item, _Part):
                    reader.parts.put(load_part(item.file, item.index))
                else:
                    yield item
    finally:
        reader.stop()


class _ReadAhead(Ahead):
    """Makes chunks; between them it hands over the _Parts of files that it wants to have."""

    def __init__(self, plan, files, start, size):
        super().__init__(self._read_files(files), _WAITING, threading.Event())
        self.plan = plan
        self.start_at = start
        self.size = size
        self.parts = queue.Queue(1)
        self.maker = ChunkMaker(plan)
        self.bytes_read = 0
        self.helpers = []
        self.opened = None, None

    def stop(self):
        self.is_stopped.set()
        self.parts.put(b"")
        for thread in (self, *self.helpers):
            thread.join()
        # What it reads from knows this thread, and is in a cycle with its reader: what is large goes at once.
        self.maker = self.parts = self.helpers = self.opened = None

    def _make_ahead(self, items, count):
        """The option `ahead` of tables: one more thread, which unpacks, and for that needs no turns of Python's."""
        helper = Ahead(items, count, self.is_stopped)
        self.helpers.append(helper)
        helper.start()
        return iter(helper)

    def _read_files(self, files):
        for file in files:
            if file.sequence < self.start_at.file_sequence:
                self.bytes_read += file.size
            else:
                yield from self._read_file(file)

    def _bytes_of(self, file, bookmark):
        pieces = self._open_archive(file).read(file.member) if file.member else self._parts_of(file, bookmark)
        for piece in pieces:
            self.bytes_read += len(piece)
            yield piece

    def _open_archive(self, file):
        """The archive of a file; it stays open for the next one, because what is in it lies next to each other."""
        number, archive = self.opened
        if number != file.archive:
            # The former one gives its place back before the next one takes its own.
            self.opened = None, None
            archive = Archive(self._parts_of(file, Bookmark()), self.plan.limits)
            self.opened = file.archive, archive
        return archive

    def _parts_of(self, file, bookmark):
        # Kept in parts of another size, or packed by who sent it: a place in the text says nothing of the parts.
        may_pass = not (file.is_compressed or file.member) and file.part_count == -(-file.size // PART_BYTES)
        for index in range(file.part_count):
            if may_pass and (index + 1) * PART_BYTES <= bookmark.unread_to:
                # Neither loaded nor unpacked: of what was taken in before, nobody reads more than the beginning.
                yield from repeat(_UNREAD, PART_BYTES // _SLICE)
                continue
            self.hand_over(_Part(file, index))
            part = memoryview(self.parts.get())
            if self.is_stopped.is_set():
                raise Stopped
            for at in range(0, len(part), _SLICE):
                yield bytes(part[at : at + _SLICE])

    def _read_file(self, file):
        plan, start = self.plan, self.start_at
        is_begun = file.sequence == start.file_sequence
        bookmark = Bookmark(*(start.place if is_begun else ()))
        options = {**plan.options, "is_member": bool(file.member), "ahead": self._make_ahead}
        if getattr(plan.reader, "is_by_record", False):
            options["bookmark"] = bookmark
        items = plan.reader.read(
            self._bytes_of(file, bookmark), file_name=file.name, limits=plan.limits, options=options
        )
        if is_begun:
            items = (item for item in items if item.row_no > start.row_no)
        while chunk := self._make_chunk(file, items, bookmark):
            yield chunk
            # Nothing of it stays here while the next one is made.
            del chunk

    def _make_chunk(self, file, items, bookmark):
        """The next chunk of a file, None where all is read."""
        batch = list(islice(items, self.size))
        return self.maker.make(file, batch, self.bytes_read)._replace(place=bookmark.get()) if batch else None


class ChunkMaker:
    """Formats rows as COPY text and numbers the places they belong to, over all chunks of one run."""

    def __init__(self, plan):
        self._plan = plan
        self._seen = bytearray(0 if plan.is_append else (_SEEN_MASK + 1) // 8)
        self._recent_numbers = {}
        self._numbers = {}
        self._new_places = []
        self._error_count = 0
        self._zone = ZoneInfo(plan.month_zone) if plan.month_zone else None
        self._months = {}

    def make(self, file, batch, bytes_read=0):
        """The Chunk of a list of UsageRows and RowErrors of one file. Raises RejectedFile."""
        errors = [item for item in batch if type(item) is RowError]
        rows = batch
        if errors:
            rows = [item for item in batch if type(item) is not RowError]
            self._error_count += len(errors)
            if self._error_count > MAX_ERRORS:
                raise RejectedFile("too_many_errors", file.name, errors[-1].row_no, errors[-1].column, MAX_ERRORS)
        if self._plan.account_tag:
            rows = [self._plan.account_tag.apply(row) for row in rows]
        if self._zone:
            rows = [row if row.billing_month else self._with_month(row) for row in rows]
        make_lines = self._append_lines if self._plan.is_append else self._snapshot_lines
        lines, repeats = make_lines(file, rows)
        new_places, self._new_places = self._new_places, []
        return Chunk(
            file.sequence, file.name, batch[-1].row_no, bytes_read, len(batch), new_places, lines, repeats, errors
        )

    def _snapshot_lines(self, file, rows):
        """(lines, repeats): a row's key is its content.

        Which rows repeat an earlier one is told by one bit per digest: none is missed, and so few are suspected wrongly
        that it costs nothing; the database decides on those. A set of all digests would grow with the file.
        """
        numbers, seen, ordinals = self._recent_numbers, self._seen, {}
        lines, repeats = [], []
        for row in rows:
            place = _place_of(row)
            number = numbers.get(place)
            if number is None:
                number = self._get_place_number(file, row, place)
            (row_no, _id, _pr, _pa, _su, _sn, _se, _sk, _skn, _re, _ki, _un, _cu, start, end, month, quantity, billed,
             effective, listed, contracted, resource, tags, content) = row  # fmt: skip
            slot = int.from_bytes(content[:4], "big") & _SEEN_MASK
            bit = 1 << (slot & 7)
            if seen[slot >> 3] & bit:
                target, ordinal = repeats, ordinals.get(content, 0)
                ordinals[content] = ordinal + 1
            else:
                seen[slot >> 3] |= bit
                target, ordinal = lines, 0
            if not resource.isprintable() or "\\" in resource:
                resource = resource.translate(_ESCAPES)
            if "\\" in tags:
                tags = tags.replace("\\", "\\\\")
            line = (
                f"{row_no}\t{ordinal}\t\\\\x{content.hex()}\t\\\\x\t\\N\t{start}\t{end}\t{month or _NULL}\t"
                f"{quantity or _NULL}\t{billed or _NULL}\t{effective or _NULL}\t{listed or _NULL}\t"
                f"{contracted or _NULL}\t{resource}\t{tags}\n"
            )
            target.append((number, line))
        return lines, repeats

    def _append_lines(self, file, rows):
        """(lines, []): a row's key is a digest of its id, beside it its content; ordinals are the database's."""
        numbers, lines = self._recent_numbers, []
        for row in rows:
            place = _place_of(row)
            number = numbers.get(place)
            if number is None:
                number = self._get_place_number(file, row, place)
            key = get_row_key(row.external_id).hex()
            costs = (row.cost_billed, row.cost_effective, row.cost_list, row.cost_contracted)
            cells = (
                str(row.row_no),
                "0",
                f"\\\\x{key}",
                f"\\\\x{row.content_hash.hex()}",
                row.external_id.translate(_ESCAPES),
                row.service_start,
                row.service_end,
                row.billing_month or _NULL,
                row.quantity or _NULL,
                *(cost or _NULL for cost in costs),
                row.resource.translate(_ESCAPES),
                row.tags.replace("\\", "\\\\"),
            )
            lines.append((number, "\t".join(cells) + "\n"))
        return lines, []

    def _get_place_number(self, file, row, place):
        if len(self._recent_numbers) >= _MAX_PLACES_AS_TEXT:
            self._recent_numbers.clear()
        key = _digest((*place[:_MONTH], place[_MONTH] or ""))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._new_place(file, row, place)
        self._recent_numbers[place] = number
        return number

    def _new_place(self, file, row, place):
        month = place[_MONTH]
        if month and month != (self._plan.expected_month or month):
            raise RejectedFile("other_month", file.name, row.row_no, detail=(month, self._plan.expected_month))
        number = len(self._numbers)
        if number >= MAX_PLACES:
            raise RejectedFile("too_many_streams", file.name, row.row_no, detail=MAX_PLACES)
        identity = place[:_MONTH]
        identity_hash = _digest(identity).hex()
        self._new_places.append(Place(number, identity, identity_hash, row.sub_account_name, row.sku_name, month))
        return number

    def _with_month(self, row):
        start = row.service_start
        month = self._months.get(start)
        if month is None:
            if len(self._months) > MAX_ERRORS:
                self._months.clear()
            local = datetime.fromisoformat(start).replace(tzinfo=timezone.utc).astimezone(self._zone)
            month = self._months[start] = f"{local:%Y-%m}-01"
        return row._replace(billing_month=month)


def get_row_key(external_id):
    """By what an appended row is known: 16 bytes made of its id."""
    return hashlib.blake2b(external_id.encode(), digest_size=16).digest()


def _digest(values):
    return hashlib.blake2b("\0".join(values).encode(), digest_size=16).digest()
