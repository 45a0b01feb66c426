"""Files in a bucket or container: the months a window touches, and files that other systems put there as deliveries.

What a provider exports has a manifest and is read by it, see `s3` and `azure_blob`. Where there is none, a file is a
delivery by itself, or all files of a folder are one.
"""

import hashlib
import posixpath
from collections.abc import Callable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..base import Delivery, Fact, Payload, Setting

# A file is there as a whole or not at all, a folder fills: so long it must have been quiet.
FOLDER_IS_QUIET_AFTER = timedelta(minutes=15)
_EASTERN, _WESTERN = timedelta(hours=14), timedelta(hours=12)


class StoredFile(NamedTuple):
    """One object of a bucket. version: its ETag as the server writes it.   modified: aware UTC."""

    name: str
    version: str
    size: int
    modified: datetime


class Store(NamedTuple):
    """What is asked of a bucket. title: as a person knows it, part of the names of deliveries.

    list(prefix) -> iterator of StoredFile.   open(StoredFile) -> iterator of bytes, of that version only.
    """

    title: str
    list: Callable
    open: Callable


SETTINGS = (
    Setting(
        "pattern",
        "Only files named",
        required=False,
        default="*",
        group="what",
        help="For files without a manifest. Such as *.csv.gz; * is any text. Empty: every file.",
    ),
    Setting(
        "together",
        "One delivery is",
        kind="choice",
        required=False,
        default="file",
        choices=(("file", "each file"), ("folder", "all files of a folder")),
        group="what",
        help="For files without a manifest. A month in several files must be one folder: else each takes the place of"
        " the one before it. A folder is taken when nothing was added for 15 minutes.",
    ),
)


def look(place, folder, files):
    """([Fact], the newest StoredFile or None): what a first page of files tells a person who tests."""
    if not files:
        return [Fact("store_empty", {"place": place, "folder": folder})], None
    newest = max(files, key=lambda file: file.modified)
    return [Fact("store_seen", {"place": place, "files": len(files), "newest": newest.name})], newest


def months(window):
    """The provider's months (UTC) that a window is meant to touch, as 'YYYY-MM', oldest first.

    A month of another time zone begins up to 14 hours before that of UTC and ends up to 12 hours after it: a window of
    one month there is one month here, and no report of its neighbour is asked for.
    """
    half = (window.end - window.start) / 2
    start, end = window.start + min(_EASTERN, half), window.end - min(_WESTERN, half)
    found = [f"{start:%Y-%m}"]
    while (month := next_month(found[-1])) and datetime.fromisoformat(f"{month}-01T00:00:00+00:00") < end:
        found.append(month)
    return found


def next_month(month):
    """'2026-11' of '2026-10'."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1:04}-01" if number == 12 else f"{year:04}-{number + 1:02}"


def version_of(files, *more):
    """A short text that is another one when any of the files is another, or another one is among them."""
    parts = sorted(f"{file.name}\0{file.version}" for file in files)
    return hashlib.blake2b("\0\0".join([*more, *parts]).encode(), digest_size=16).hexdigest()


def payloads(store, files):
    """A Payload for each file: under its own name, or with its folder where two would have the same."""
    names = [posixpath.basename(file.name) for file in files]
    for file, name in zip(files, names, strict=True):
        yield Payload(name if names.count(name) == 1 else file.name.replace("/", "_"), _open_late(store, file))


def _open_late(store, file):
    """The bytes of a file, asked for when the first is wanted."""
    yield from store.open(file)


def deliver(store, options, window, known):
    """Yield a Delivery for each new file or folder that last changed within the window, oldest first."""
    pattern = options.get("pattern") or "*"
    groups = {}
    for file in store.list(options.get("prefix") or ""):
        if file.size and not file.name.endswith("/") and fnmatchcase(posixpath.basename(file.name), pattern):
            is_folder = options.get("together") == "folder"
            groups.setdefault(posixpath.dirname(file.name) if is_folder else file.name, []).append(file)
    quiet = FOLDER_IS_QUIET_AFTER if options.get("together") == "folder" else timedelta(0)
    changed = sorted((max(file.modified for file in files), name, files) for name, files in groups.items())
    for modified, name, files in changed:
        name = f"{store.title}/{name}"
        version = files[0].version if len(files) == 1 else version_of(files)
        if window.start <= modified < window.end - quiet and known.get(name) != version:
            yield Delivery(
                name=name,
                version=version,
                partition="",
                payloads=tuple(payloads(store, sorted(files))),
                is_final=None,
                controls=(),
            )
