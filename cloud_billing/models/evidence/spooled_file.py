"""A file that is made while it is fetched: in memory, above some size on the disk, gone once it is sent."""

import tempfile

_IN_MEMORY = 8 * 2**20
_CHUNK = 64 * 2**10


def open_file():
    """An empty binary file; `serve` closes it."""
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def serve(file, head=b""):
    """Yield the head and then all of the file as chunks of bytes, and close it."""
    with file:
        if head:
            yield head
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
