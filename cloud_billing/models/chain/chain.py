"""The chain as arithmetic: what a seal says, and what is wrong with one that is read back. Pure.

A chain belongs to a company (0: events of no company). Its seals are numbered from 1 without a gap; each holds the
digest of one event and the MAC of the seal before it, and is a MAC itself, which needs the key.
"""

import hashlib
import hmac
from typing import NamedTuple

from . import canonical, seal_keys
from .seal_schema import GENESIS, NO_COMPANY

# More than these are counted, not told: after the first one an auditor looks at the whole anyway.
MAX_FINDINGS = 20
# What may have another reason than that somebody altered the record.
DOUBTS = ("unmarked",)


class Seal(NamedTuple):
    """What a MAC is made over. digest, previous: 32 bytes.   sealed_at: text.   key_print: which key."""

    company_id: int
    seq: int
    event_id: int
    digest: bytes
    previous: bytes
    key_print: str
    sealed_at: str


def compute_mac(key, seal):
    """32 bytes: HMAC-SHA256 of a seal."""
    texts = [part.hex() if isinstance(part, bytes) else part for part in seal]
    return hmac.digest(key, canonical.to_bytes(["seal 1", *texts]), hashlib.sha256)


class ChainCheck:
    """Follows one chain from its first seal to its last and keeps what is wrong: `findings`, in the order of the chain.

    known: {fingerprint: RecordKeys}.   anchors: {seq: set of MACs in hexadecimal digits that were kept outside}.
    unmarked_until: text of a moment up to which sealed events may be without the program's mark.
    """

    def __init__(self, company_id, known, anchors=None, unmarked_until=None):
        self.company_id, self.known, self.unmarked_until = company_id, known, unmarked_until
        self.anchors = dict(anchors or {})
        self.seq, self.mac, self.sealed_at = 0, GENESIS, None
        self.count = self.waiting_count = self.anchor_count = self.finding_count = 0
        self.findings = []

    def feed(self, seal, mac, event):
        """Look at the next seal. event: (id, occurred_at, mark, *values) as read, None where it is not there."""
        kind, values = self._judge(seal, mac, event)
        self._check_anchor(seal.seq, mac)
        if kind:
            self.add(kind, seal.seq, seal.event_id, **values)
        self.count += 1
        self.seq, self.mac, self.sealed_at = seal.seq, mac, seal.sealed_at

    def feed_waiting(self, event):
        """Look at an event that has no seal yet."""
        self.waiting_count += 1
        kind = self._judge_mark(event[2], canonical.get_content(event[3:]), None)
        if kind:
            self.add(kind, None, event[0])

    def finish(self):
        """After the last seal: what was anchored beyond it is cut off."""
        if self.anchors:
            self.add("cut", max(self.anchors), None, last=self.seq)

    def get_state(self):
        """ok, doubt or broken."""
        kinds = {finding["kind"] for finding in self.findings}
        return "ok" if not kinds else "doubt" if kinds <= set(DOUBTS) else "broken"

    def add(self, kind, seq, event_id, **values):
        self.finding_count += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append({"kind": kind, "seq": seq, "event_id": event_id, **values})

    def _judge(self, seal, mac, event):
        """(kind of finding or None, its values): the first thing that is wrong with a seal or its event."""
        if seal.seq > self.seq + 1:
            return "gap", {"first": self.seq + 1, "last": seal.seq - 1}
        if seal.seq <= self.seq:
            return "order", {}
        if event is None:
            return "missing", {}
        chain = int(event[3]) if event[3] else NO_COMPANY
        if chain != self.company_id:
            return "company", {"company": chain}
        content = canonical.get_content(event[3:])
        if canonical.get_digest(*event[:3], content) != seal.digest:
            return "changed", {}
        record_keys = self.known.get(seal.key_print)
        # Without any key only digests and order can be judged; that there is none is told once, not for each seal.
        if record_keys is None and self.known:
            return "key", {"fingerprint": seal.key_print}
        if record_keys and not hmac.compare_digest(compute_mac(record_keys.seal, seal), mac):
            return "seal", {}
        if seal.previous != self.mac:
            return "order", {}
        return self._judge_mark(event[2], content, seal.sealed_at), {}

    def _judge_mark(self, mark, content, sealed_at):
        is_good = seal_keys.check_mark(self.known, mark, canonical.to_bytes(content)) if mark else None
        if is_good is not None:
            return None if is_good else "forged"
        # Before the first mark of all there was no key to mark with.
        is_early = not self.unmarked_until or (sealed_at and sealed_at <= self.unmarked_until)
        return None if is_early or not self.known else "unmarked"

    def _check_anchor(self, seq, mac):
        kept = self.anchors.pop(seq, None)
        if kept:
            self.anchor_count += 1
            if kept != {mac.hex()}:
                self.add("anchor", seq, None)
