"""Anchors: the head of a chain as one line that is kept outside the database, in a file, a syslog, a mail or on paper.

Whoever cuts off or rebuilds a chain cannot change what is kept elsewhere. The section [cloud_billing] of odoo.conf says
where; no screen does, so that nobody who only has a screen moves it:
    audit_anchor_file = /var/backups/odoo/{database}.anchors     appended to; best on another machine
    audit_anchor_syslog = /dev/log                               or host:port, by UDP
"""

import logging
import os
import re
import sys
from contextlib import closing
from logging.handlers import SYSLOG_UDP_PORT, SysLogHandler
from pathlib import Path
from typing import NamedTuple

from ..vault import key_store

_LINE = re.compile(
    # Mail programs break long lines at spaces.
    r"cloud_billing\s+anchor\s+database=(?P<database>\S+)\s+company=(?P<company>\d+)\s+seq=(?P<seq>\d+)"
    r"\s+mac=(?P<mac>[0-9a-f]{64})\s+sealed="
)


class Head(NamedTuple):
    """The last seal of a chain. company_id: 0 for events of no company.   mac: hexadecimal.   sealed_at: datetime."""

    company_id: int
    seq: int
    mac: str
    sealed_at: object


def format_line(database, head):
    return (
        f"cloud_billing anchor database={database} company={head.company_id} seq={head.seq} mac={head.mac}"
        f" sealed={head.sealed_at.isoformat()}Z"
    )


def parse(texts, database=None):
    """{chain: {seq: set of MACs}} of any texts that hold anchors; those of other databases are passed over.

    database: None takes all, where the person says that they belong here.
    """
    found = {}
    for text in texts:
        for match in _LINE.finditer(text):
            if database in (None, match["database"]):
                found.setdefault(int(match["company"]), {}).setdefault(int(match["seq"]), set()).add(match["mac"])
    return found


def merge(*many):
    """One {chain: {seq: set of MACs}} of several."""
    merged = {}
    for anchors in many:
        for chain, by_seq in anchors.items():
            for seq, macs in by_seq.items():
                merged.setdefault(chain, {}).setdefault(seq, set()).update(macs)
    return merged


def get_file(database):
    """The Path of the anchor file, None where odoo.conf names none."""
    path = key_store.read_options().get("audit_anchor_file")
    return Path(path.replace("{database}", database)) if path else None


def read_file(database):
    """The anchors of the file; nothing where there is none yet. Raises OSError."""
    path = get_file(database)
    if path is None or not path.exists():
        return {}
    with path.open(encoding="ascii", errors="replace") as file:
        return parse(file, database)


def append_file(database, lines):
    """Write lines at the end of the file and to the disk; its place, None where there is none. Raises OSError."""
    path = get_file(database)
    if path is None:
        return None
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    return str(path)


def send_syslog(lines):
    """Send lines to the syslog; its place, None where there is none. Raises OSError."""
    place = key_store.read_options().get("audit_anchor_syslog")
    if not place:
        return None
    host, _colon, port = place.rpartition(":")
    address = place if place.startswith("/") else (host or place, int(port) if host else SYSLOG_UDP_PORT)
    with closing(_Syslog(address=address, facility=SysLogHandler.LOG_AUTH)) as handler:
        for line in lines:
            handler.emit(logging.makeLogRecord({"msg": line, "levelno": logging.INFO, "levelname": "INFO"}))
    return place


class _Syslog(SysLogHandler):
    """What cannot be sent is told, and not swallowed as for a log."""

    def handleError(self, record):
        raise sys.exception() or OSError(self.address)
