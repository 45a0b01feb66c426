"""What was fetched and is put aside, because its digest has to be known before it is handed on."""

import hashlib
from tempfile import SpooledTemporaryFile

from .base import Payload

_IN_MEMORY = 8 * 1024**2
_BLOCK = 64 * 1024


class Kept:
    """Files of one delivery in the order in which they were added, in a temporary file when they are large.

    digest: hex of names and contents; the same files have the same one.
    """

    def __init__(self):
        # Closed when its payloads were handed on, and gone with the object otherwise.
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._places = []
        self._hash = hashlib.sha256()

    def __len__(self):
        return len(self._places)

    @property
    def digest(self):
        return self._hash.hexdigest()[:32]

    def add(self, name, blocks):
        """Put the blocks of one file aside."""
        start = self._file.tell()
        for block in blocks:
            self._file.write(block)
            self._hash.update(block)
        end = self._file.tell()
        self._hash.update(f"\0{name}\0{end - start}\0".encode())
        self._places.append((name, start, end))

    def payloads(self):
        """The files again, as Payloads; the temporary file goes with the last one."""
        with self._file:
            for name, start, end in self._places:
                yield Payload(name, self._read(start, end))

    def _read(self, start, end):
        self._file.seek(start)
        while start < end:
            block = self._file.read(min(_BLOCK, end - start))
            start += len(block)
            yield block
