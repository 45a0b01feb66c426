"""Files on an SFTP server, whose host key is known before anything is said to it. Needs paramiko.

A file is taken once for its size and time of change. One that still grows is left for the next time.
"""

import posixpath
import stat
from contextlib import contextmanager
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..base import Connector, Delivery, Fact, Payload, Problem, Seen, Setting, get_option, need_library
from ..errors import ConnectorError
from .ssh import open_transport

MAX_FILES = 100_000
_BLOCK = 256 * 1024
_SAMPLE = 64 * 1024
# Names that programs give to what they have not finished.
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", "~")

SETTINGS = (
    Setting("host", "Server", kind="host"),
    Setting("port", "Port", kind="number", required=False, default="22"),
    Setting(
        "host_key",
        "Host key",
        required=False,
        help="The fingerprint of the server's key, as SHA256:..., several with blanks between them. Leave it empty, run"
        " the test, compare what it shows with what the server's owner says, and enter it.",
    ),
    Setting("login", "User"),
    Setting("secret", "Password", kind="secret", required=False, help="Or the passphrase of the private key."),
    Setting("private_key", "Private key", kind="long_secret", required=False, help="In OpenSSH or PEM form."),
    Setting("folder", "Folder", required=False, default=".", group="what"),
    Setting("pattern", "Only files named", required=False, default="*", help="Such as *.csv.gz.", group="what"),
    Setting(
        "settle_seconds",
        "Seconds without growing",
        kind="number",
        required=False,
        default="10",
        help="A file is taken when it has the same size and time after so many seconds.",
        group="more",
    ),
    Setting(
        "done_folder",
        "Move taken files to",
        required=False,
        help="A folder on the server. Files are moved once they are taken in for good, which the next run sees.",
        group="more",
    ),
)


class SftpConnector(Connector):
    name = "sftp"
    title = "Files over SFTP"
    summary = "New files of a folder: CSV, JSON, XML, Parquet, Excel, packed or not."
    brings_tables = True
    settings = SETTINGS

    def hosts(self, options):
        host = (options.get("host") or "").strip().lower()
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        port = str(options.get("port") or "").strip() or "22"
        return {host if port == "22" else f"{host}:{port}"} if host else set()

    def check(self, options):
        problems = super().check(options)
        if not options.get("secret") and not options.get("private_key"):
            problems.append(Problem("secret", "setting_missing"))
        bad = [key for key in (options.get("host_key") or "").split() if not key.startswith("SHA256:")]
        return [*problems, *(Problem("host_key", "not_a_fingerprint", {"value": key[:100]}) for key in bad)]

    def test(self, options, web, now):
        given = _given(options)
        with open_transport(given, web, needs_login=bool(given["host_key"])) as transport:
            values = {"fingerprint": transport.fingerprint}
            if not given["host_key"]:
                return Seen([Fact("host_key_new", values)])
            fingerprint = Fact("host_key_seen", values)
            with Folder(transport, given, web) as folder:
                files = folder.list()
                values = {"count": len(files), "folder": given["folder"], "newest": files[-1].name if files else ""}
                sample = Payload(files[-1].name, (folder.read_beginning(files[-1]),)) if files else None
        return Seen([fingerprint, Fact("files_seen" if files else "no_files", values)], sample)

    def fetch(self, options, web, window, known):
        given = _given(options)
        with open_transport(given, web) as transport, Folder(transport, given, web) as folder:
            files = [file for file in folder.list() if window.start <= file.modified]
            new = [file for file in files if known.get(folder.name_of(file)) != file.version]
            for file in folder.settled(new):
                chunks = folder.read(file)
                yield Delivery(folder.name_of(file), file.version, "", [Payload(file.name, chunks)])
            if given["done_folder"]:
                folder.move([file for file in files if file not in new])


def _given(options):
    given = {setting.name: get_option(options, setting) for setting in SETTINGS}
    given["folder"] = given["folder"].rstrip("/") or "/"
    return given


class RemoteFile(NamedTuple):
    """A file as the server lists it. time: of its last change, in seconds since 1970."""

    time: int
    name: str
    size: int

    @property
    def version(self):
        return f"{self.size}:{self.time}"

    @property
    def modified(self):
        return datetime.fromtimestamp(self.time, timezone.utc)


class Folder:
    """The folder of a connection that is logged in."""

    def __init__(self, transport, given, web):
        self._given = given
        self._web = web
        self._transport = transport
        self._sftp = None

    def __enter__(self):
        paramiko = need_library("paramiko")
        with self._telling():
            self._sftp = paramiko.SFTPClient.from_transport(self._transport.raw)
            self._sftp.get_channel().settimeout(self._web.policy.idle_seconds)
        return self

    def __exit__(self, *exc_info):
        self._sftp.close()

    @contextmanager
    def _telling(self, name=None):
        """Failures of the server as ConnectorErrors; name: of the file it is about, else it is the folder."""
        host, place = self._given["host"], name or self._given["folder"]
        try:
            with self._transport.telling():
                yield
        except FileNotFoundError:
            raise ConnectorError("no_such_file", host=host, file=place) from None
        except PermissionError:
            raise ConnectorError("no_permission", host=host, file=place) from None
        except OSError as error:
            raise ConnectorError(
                "sftp_failed", is_transient=True, host=host, file=place, said=str(error)[:100]
            ) from None

    def name_of(self, file):
        """What a delivery is called."""
        return f"{self._given['host']}/{posixpath.join(self._given['folder'], file.name).lstrip('./')}"

    def list(self):
        """The finished files of the folder that fit the pattern, oldest first."""
        found = []
        with self._telling():
            for count, entry in enumerate(self._sftp.listdir_iter(self._given["folder"])):
                if count >= MAX_FILES:
                    raise ConnectorError("too_many_files", host=self._given["host"], allowed=MAX_FILES)
                file = _as_file(entry)
                if file and fnmatchcase(file.name, self._given["pattern"]):
                    found.append(file)
        return sorted(found)

    def settled(self, files):
        """Those of the files that did not change while the time to settle went by."""
        if not files:
            return []
        self._web.sleep(int(self._given["settle_seconds"]))
        later = set(self.list())
        return [file for file in files if file in later]

    def read_beginning(self, file):
        with self._telling(file.name), self._open(file) as remote:
            return remote.read(_SAMPLE)

    def read(self, file):
        """Yield the file's blocks. Raises ConnectorError file_changed where it is not the one that was listed."""
        policy, came, begun = self._web.policy, 0, self._web.clock()
        if file.size > policy.max_bytes:
            raise ConnectorError("too_large", host=self._given["host"], limit=policy.max_bytes)
        with self._telling(file.name), self._open(file) as remote:
            remote.prefetch(file.size)
            while block := remote.read(_BLOCK):
                came += len(block)
                if came > file.size:
                    break
                if self._web.clock() - begun > policy.max_seconds:
                    raise ConnectorError("timed_out", is_transient=True, host=self._given["host"])
                yield block
            now = self._sftp.stat(self._path(file))
        if came != file.size or (now.st_size, int(now.st_mtime or 0)) != (file.size, file.time):
            raise ConnectorError("file_changed", is_transient=True, host=self._given["host"], file=file.name)

    def move(self, files):
        """Move files to the folder of what is done, beside one of that name by the time of change."""
        for file in files:
            target = posixpath.join(self._given["done_folder"], file.name)
            with self._telling(target):
                if self._is_there(target):
                    target = f"{target}.{file.time}"
                self._sftp.rename(self._path(file), target)

    def _is_there(self, path):
        try:
            self._sftp.stat(path)
        except FileNotFoundError:
            return False
        return True

    def _open(self, file):
        return self._sftp.open(self._path(file), "rb", bufsize=_BLOCK)

    def _path(self, file):
        return posixpath.join(self._given["folder"], file.name)


def _as_file(entry):
    """The RemoteFile of an entry of a list; None for what is no finished file with a plain name."""
    name, mode = entry.filename, entry.st_mode
    if not name or "/" in name or "\0" in name or name.startswith(".") or name.endswith(_UNFINISHED):
        return None
    if (mode and not stat.S_ISREG(mode)) or not entry.st_size or entry.st_mtime is None:
        return None
    return RemoteFile(int(entry.st_mtime), name, int(entry.st_size))
