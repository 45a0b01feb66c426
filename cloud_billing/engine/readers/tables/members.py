"""Which files of a zip archive are data, and in what order they are read where there are several.

Months and parts of a delivery come packed together, beside what is no data: a manifest, a description, what operating
systems add. Data is read one after the other; what is passed over is named, so that a person sees that it was.
"""

import re

from ..base import RejectedFile

# Told by the whole name, by its end, or by what it is called: a name without its folders and in small letters.
_NAMES = (".ds_store", "thumbs.db", "desktop.ini", "_success")
_TITLES = ("readme", "license", "licence", "notice", "changelog")
_SUFFIXES = (
    ".md", ".pdf", ".html", ".htm", ".url", ".png", ".jpg", ".jpeg", ".gif",
    ".md5", ".sha1", ".sha256", ".sha512", ".asc", ".sig",
)  # fmt: skip
# The list of its parts that a provider lays beside them: my-report-Manifest.json, _manifest.xml.
_MANIFEST = re.compile(r"(.*[-_.])?manifest(\.(json|xml|ya?ml|txt))?")
_FOLDER = "__macosx/"
_DIGITS = re.compile(r"\d+")
# A number in a name is no longer than this; one that is, is compared by its digits from the left.
_MAX_DIGITS = 20


def is_beside(name):
    """Whether a file of an archive is known to be no data by its name."""
    name = name.lower()
    if name.startswith(_FOLDER):
        return True
    name = name.rsplit("/", 1)[-1]
    title = name.split(".", 1)[0]
    return (
        name in _NAMES
        or name.startswith("._")
        or title in _TITLES
        or name.endswith(_SUFFIXES)
        or bool(_MANIFEST.fullmatch(name))
    )


def choose_members(names, limits):
    """(names of data in reading order, names that are passed over) of an archive's files. Folders are neither.

    names: as they stand in the archive.   Raises RejectedFile.
    """
    files = [name for name in names if not name.endswith("/")]
    data = [name for name in files if not is_beside(name)]
    if len(data) > limits.max_members:
        raise RejectedFile("too_many_members", detail=limits.max_members)
    if len(set(data)) < len(data):
        raise RejectedFile("member_twice", detail=next(name for name in data if data.count(name) > 1))
    return sorted(data, key=_by_number), [name for name in files if is_beside(name)]


def _by_number(name):
    """part-2 before part-10; the name itself where only zeros differ."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(_MAX_DIGITS), name), name
