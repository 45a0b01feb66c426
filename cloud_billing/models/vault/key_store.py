"""Where the key is kept: a file, an environment variable, or what a command prints. Never the database.

All three hold the same text: one line per version, `<version>:<32 bytes in base64>`; the highest version is the current
one. Lines that begin with # are comments. Of the environment variable commas separate lines too.

The section [cloud_billing] of odoo.conf says which:
    key_command = ["/usr/local/bin/billing-key", "--read"]     argv as JSON; no shell
    key_command_seconds = 10
    key_file = /etc/odoo/keys/{database}.key                   default: cloud_billing/{database}.key in data_dir
The variable CLOUD_BILLING_KEY comes before a file, a command before both.
"""

import base64
import binascii
import configparser
import fcntl
import json
import logging
import os
import re
import stat
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from odoo.tools import config

from ...engine.connectors.secret import Secret
from .envelope import KEY_BYTES

_logger = logging.getLogger(__name__)

SECTION = "cloud_billing"
VARIABLE = "CLOUD_BILLING_KEY"
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LINE = re.compile(r"([1-9][0-9]{0,8}):([A-Za-z0-9+/]+=*)")
_COMMAND_SECONDS = 10
# A command asks another system, perhaps one that counts: its answer is good for a while.
_COMMAND_ANSWER_SECONDS = 300
_HEADER = """\
# Cloud Billing: the key of the secrets in the database {database}.
# Keep a copy of this file apart from the backups of the database. Without it the secrets have to be typed again.
"""


class KeyStoreError(Exception):
    """The key cannot be had: `code` and values, which `key_messages` makes a sentence of. Never holds a key."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code, self.values = code, values


def get_store(database):
    """The store of a database as odoo.conf and the environment say."""
    options = read_options()
    if options.get("key_command"):
        return CommandStore(options)
    if os.environ.get(VARIABLE):
        return VariableStore()
    return FileStore(database, options)


def parse_keys(text, place):
    """{version: 32 bytes} of the text of a store. Raises KeyStoreError."""
    keys = {}
    lines = [line.strip() for line in text.splitlines()]
    words = [word for line in lines if not line.startswith("#") for word in line.replace(",", " ").split()]
    for word in words:
        match = _LINE.fullmatch(word)
        key = _decode(match[2]) if match else None
        if key is None or len(key) != KEY_BYTES or int(match[1]) in keys:
            raise KeyStoreError("bad_key", place=place)
        keys[int(match[1])] = key
    if not keys:
        raise KeyStoreError("bad_key", place=place)
    return keys


def format_keys(keys):
    """The text of {version: bytes}, one line each."""
    return "".join(f"{version}:{base64.b64encode(key).decode()}\n" for version, key in sorted(keys.items()))


class VariableStore:
    """The environment of the server holds the key; who starts the server adds versions."""

    kind = "variable"
    can_make = False
    place = VARIABLE

    def is_open(self):
        return False

    def load(self):
        """{version: key}."""
        return parse_keys(os.environ.get(VARIABLE, ""), VARIABLE)

    load_anew = load


class CommandStore:
    """A command prints the key: the way to a key manager. It is named in odoo.conf only, and no shell sees it."""

    kind = "command"
    can_make = False
    _answers = {}

    def is_open(self):
        return False

    def __init__(self, options):
        try:
            self.argv = json.loads(options["key_command"])
            self.seconds = int(options.get("key_command_seconds", _COMMAND_SECONDS))
        except ValueError:
            raise KeyStoreError("bad_command") from None
        if not isinstance(self.argv, list) or not self.argv or not all(isinstance(word, str) for word in self.argv):
            raise KeyStoreError("bad_command")
        self.place = self.argv[0]

    def load(self):
        """{version: key}; what the command said less than five minutes ago is not asked again."""
        moment, answer = self._answers.get(tuple(self.argv), (None, None))
        if moment is None or time.monotonic() - moment > _COMMAND_ANSWER_SECONDS:
            answer = Secret(self._run())
            keys = parse_keys(answer.reveal(), self.place)
            self._answers[tuple(self.argv)] = (time.monotonic(), answer)
            return keys
        return parse_keys(answer.reveal(), self.place)

    def load_anew(self):
        """{version: key}, asked now."""
        self._answers.pop(tuple(self.argv), None)
        return self.load()

    def _run(self):
        try:
            # Standard error goes nowhere: it may hold anything.
            done = subprocess.run(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise KeyStoreError("command_slow", place=self.place, seconds=self.seconds) from None
        except OSError as error:
            raise KeyStoreError("command_failed", place=self.place, reason=error.strerror) from None
        if done.returncode:
            raise KeyStoreError("command_failed", place=self.place, reason=f"exit code {done.returncode}")
        return done.stdout.decode("ascii", "replace")


class FileStore:
    """A file that only the server's user reads; made on first use, and changed by replacing it as a whole."""

    kind = "file"
    can_make = True
    # Files of which this process has warned.
    _warned = set()

    def __init__(self, database, options):
        default = os.path.join(config["data_dir"], "cloud_billing", "{database}.key")
        self.database = database
        self.path = Path((options.get("key_file") or default).replace("{database}", database))
        self.place = str(self.path)

    def load(self):
        """{version: key}. Raises KeyStoreError, with the code no_file where there is none."""
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise KeyStoreError("no_file", place=self.place) from None
        except UnicodeDecodeError:
            raise KeyStoreError("bad_key", place=self.place) from None
        except OSError as error:
            raise KeyStoreError("file_failed", place=self.place, reason=error.strerror) from None
        if self.is_open() and self.place not in self._warned:
            self._warned.add(self.place)
            _logger.warning("Other users of this machine can read the key file %s: chmod 600 it.", self.place)
        return parse_keys(text, self.place)

    def is_open(self):
        """Whether other users of the machine can read the file."""
        try:
            return bool(self.path.stat().st_mode & _OF_OTHERS)
        except OSError:
            return False

    def make(self):
        """The keys of a new file, or of the one that another worker has made meanwhile."""
        try:
            with self._lock():
                if not self.path.exists():
                    self._write({1: os.urandom(KEY_BYTES)})
                return self.load()
        except OSError as error:
            raise KeyStoreError("file_failed", place=self.place, reason=error.strerror) from None

    def add(self, after):
        """The keys with one of a higher version than `after`, which is made unless it is there already."""
        try:
            with self._lock():
                keys = self.load()
                if max(keys) <= after:
                    keys = {**keys, after + 1: os.urandom(KEY_BYTES)}
                    self._write(keys)
                return keys
        except OSError as error:
            raise KeyStoreError("file_failed", place=self.place, reason=error.strerror) from None

    def get_text(self, keys):
        """What the file says, for a copy of it."""
        return _HEADER.replace("{database}", self.database) + format_keys(keys)

    def _write(self, keys):
        """Replace the file as a whole: whoever reads sees the old one or the new one, after a crash too."""
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            # mkstemp makes it 0600.
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self.get_text(keys))
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    @contextmanager
    def _lock(self):
        """One worker at a time in the folder; its entries are on the disk when it is left."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
            os.fsync(folder)
        finally:
            os.close(folder)


def read_options():
    parser = configparser.RawConfigParser()
    if config["config"]:
        parser.read(config["config"])
    return dict(parser.items(SECTION)) if parser.has_section(SECTION) else {}


def _decode(text):
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
