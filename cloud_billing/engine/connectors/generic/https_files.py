"""Files at an address: one that is written anew, or one for each hour, day or month, by the date in its address."""

import hashlib
import posixpath
import tempfile
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from ..base import Connector, Delivery, Fact, Payload, Problem, Seen, Setting, Window, is_on
from ..errors import ConnectorError
from ..places import get_place
from . import auth, template
from .auth_settings import AUTH_SETTINGS
from .collecting import read_given

_OK, _SAME = 200, 304
_BLOCK = 256 * 1024
IN_MEMORY = 8 * 1024**2
# The finest place in an address says how often there is a file.
_STEPS = ("hour", "day", "month")
_SAMPLE = 64 * 1024
_ETAG, _MODIFIED = "etag:", "modified:"

SETTINGS = (
    Setting(
        "url",
        "Address of the files",
        kind="url",
        help="As https://files.example.com/usage-{year}-{month}-{day}.csv.gz. Places: {year} {month} {day} {hour}, in"
        " UTC; without any it is one file.",
    ),
    *AUTH_SETTINGS,
    Setting(
        "takes_running",
        "Take the file of the running time",
        kind="flag",
        required=False,
        help="For files that are there and change before their month, day or hour is over.",
        group="what",
    ),
    Setting(
        "may_be_missing",
        "A time may have no file",
        kind="flag",
        required=False,
        help="Otherwise a file that is not there is told, and waited for.",
        group="what",
    ),
    Setting(
        "headers", "Headers", kind="mapping", required=False, help="A JSON object, for headers besides.", group="more"
    ),
)


class HttpsFilesConnector(Connector):
    name = "https_files"
    title = "Files over HTTPS"
    summary = "A file at an address, or one for each hour, day or month: CSV, JSON, XML, Parquet, Excel, packed or not."
    settings = SETTINGS
    has_windows = True
    brings_tables = True
    overlap = timedelta(days=7)

    def hosts(self, options):
        return auth.find_hosts(options, options.get("url"))

    def check(self, options):
        problems = super().check(options)
        if problems:
            return problems
        used = template.find_places(options["url"])
        problems += [Problem("url", "unknown_place", {"place": place}) for place in sorted(used - {*_STEPS, "year"})]
        needed = {"hour": ("day", "month", "year"), "day": ("month", "year"), "month": ("year",)}.get(
            find_step(used), ()
        )
        missing = sorted({*needed} - used) or (["month"] if used == {"year"} else [])
        problems += [Problem("url", "place_missing", {"place": place}) for place in missing]
        if template.find_places(urlsplit(options["url"]).netloc):
            problems.append(Problem("url", "place_in_host"))
        return [*problems, *auth.check_auth(options)]

    def test(self, options, web, now):
        files = Files(options, web)
        moment = max(files.moments_until(now), default=None)
        answer = files.ask(moment, "")
        if answer is None:
            return Seen([Fact("file_not_there", {"name": files.name_of(moment)})])
        sample = b""
        for block in answer.chunks():
            sample += block
            if len(sample) >= _SAMPLE:
                break
        answer.close()
        return Seen([Fact("file_seen", {"name": files.name_of(moment)})], Payload(files.file_name(moment), (sample,)))

    def fetch(self, options, web, window, known):
        files, missing = Files(options, web), []
        for moment in files.moments(window):
            name = files.name_of(moment)
            answer = files.ask(moment, known.get(name, ""))
            if answer is None:
                missing += [name] if files.must_be_there(moment, window.end) else []
            elif answer.status != _SAME:
                version, chunks = get_version(answer)
                if known.get(name) != version:
                    yield Delivery(name, version, "", [Payload(files.file_name(moment), chunks)])
                answer.close()
        if missing:
            raise ConnectorError("dates_missing", is_transient=True, files=", ".join(missing[:5]), count=len(missing))


def find_step(places):
    """'hour', 'day', 'month', or None for one file."""
    return next((step for step in _STEPS if step in places), None)


class Files:
    """The files at the address: which there should be, and the asking for one. A moment of None is the only file."""

    def __init__(self, options, web):
        self._given = read_given(options, SETTINGS)
        self._web = web
        self._step = find_step(template.find_places(self._given["url"]))
        self._headers = self._given["headers"]
        self._auth = auth.make_auth(self._given, web, self._given["hmac_headers"])

    # --- which files

    def moments(self, window):
        """The starts of the hours, days or months of a window that are over, oldest first; [None] for one file."""
        if self._step is None:
            return [None]
        found, moment = [], self._floor(window.start)
        while self._is_due(moment, window.end):
            found.append(moment)
            moment = self._next(moment)
        return found

    def moments_until(self, now):
        """The same for the last two of them."""
        if self._step is None:
            return [None]
        start = self._floor(self._floor(now) - timedelta(seconds=1))
        return self.moments(Window(start, now))

    def must_be_there(self, moment, end):
        """Whether it is a fault that there is no file."""
        return self._next(moment) <= end and not is_on(self._given["may_be_missing"])

    def _is_due(self, moment, end):
        return moment < end if is_on(self._given["takes_running"]) else self._next(moment) <= end

    def _floor(self, moment):
        first = {"hour": {}, "day": {"hour": 0}, "month": {"hour": 0, "day": 1}}[self._step]
        return moment.replace(minute=0, second=0, microsecond=0, **first)

    def _next(self, moment):
        return self._floor(
            moment + {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=32)}[self._step]
        )

    # --- one file

    def url_of(self, moment):
        if moment is None:
            return self._given["url"]
        parts = {"year": f"{moment:%Y}", "month": f"{moment:%m}", "day": f"{moment:%d}", "hour": f"{moment:%H}"}
        return template.fill_text(self._given["url"], parts)

    def name_of(self, moment):
        """What the delivery is called; the query of the address is not part of it, because it may be a key."""
        parts = urlsplit(self.url_of(moment))
        date = "" if moment is None else f" {moment:%Y-%m-%d %H:%M}"
        return f"{parts.hostname}{unquote(parts.path)}{date}"

    def file_name(self, moment):
        return posixpath.basename(unquote(urlsplit(self.url_of(moment)).path)) or "file"

    def ask(self, moment, version):
        """The Answer, with status 304 where it is that version still; None where there is no such file."""
        headers = {name: str(value) for name, value in self._headers.items()}
        if version.startswith(_ETAG):
            headers["If-None-Match"] = version.removeprefix(_ETAG)
        elif version.startswith(_MODIFIED):
            headers["If-Modified-Since"] = version.removeprefix(_MODIFIED)
        try:
            request = {"url": self.url_of(moment), "headers": headers, "ok": (_OK, _SAME)}
            answer = auth.send(self._web, self._auth, method="GET", **request)
        except ConnectorError as error:
            if error.code != "not_found" or moment is None:
                raise
            return None
        if answer.status == _OK and "text/html" in answer.headers.get("Content-Type", ""):
            # A page that asks to log in, as a rule.
            answer.close()
            raise ConnectorError("page_instead", host=get_place(answer.url))
        return answer


def get_version(answer):
    """(version, blocks of bytes) of an answer: by its ETag, its date, or its content, which is then read first."""
    etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    if etag or modified:
        return (f"{_ETAG}{etag}" if etag else f"{_MODIFIED}{modified}"), answer.chunks()
    # Closed, and with it gone, when its blocks are read.
    kept, digest = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY), hashlib.sha256()  # noqa: SIM115
    for block in answer.chunks():
        digest.update(block)
        kept.write(block)
    kept.seek(0)
    return f"sha256:{digest.hexdigest()}", iter(lambda: kept.read(_BLOCK), b"")
