"""The keys of the record, derived from the versions of the vault's key: one for the seal, one for the program's mark.

Functions of a module and no methods, as in `vault/keys`: Python that is typed into Odoo reaches methods, never a key.
A version is known by its fingerprint, not by its number, which begins anew where a key was lost.
"""

import hashlib
import hmac
import os
import time
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..vault import envelope, keys
from ..vault.key_store import KeyStoreError, get_store

# A mark is made for every event: its key is read from the store again after this long.
_MARK_SECONDS = 60
_NONCE_BYTES, _MAC_BYTES, PRINT_BYTES = 8, 16, 8
# By database: the moment of the last look and the RecordKeys, None where there were none.
_marking = {}


class RecordKeys(NamedTuple):
    """fingerprint: of the version of the vault's key, 16 hexadecimal digits.   seal, mark: 32 bytes each."""

    fingerprint: str
    seal: bytes
    mark: bytes


def derive(key):
    """The RecordKeys of a version of the vault's key."""
    return RecordKeys(
        envelope.get_key_fingerprint(key),
        _derive(key, b"cloud_billing audit seal"),
        _derive(key, b"cloud_billing audit mark"),
    )


def load_all(env):
    """{fingerprint: RecordKeys} of every version in the store. Raises KeyStoreError."""
    found = map(derive, get_store(env.cr.dbname).load().values())
    return {each.fingerprint: each for each in found}


def take_current(env):
    """The RecordKeys to seal with; the first time of all the key file is made.

    Raises UserError with the remedy, which is in the audit trail then (once an hour).
    """
    known = keys.fetch_fingerprints(env)
    if not known:
        key, _version = keys.take_current(env)
        return derive(key)
    # A version that was added to the file and not taken by Rotate is nobody's yet.
    newest = max(known)
    return derive(keys.read(env, [newest])[newest])


def get_marking(database):
    """The RecordKeys that mark events now, None where no key can be had: recording never fails for that."""
    moment, found = _marking.get(database, (None, None))
    if moment is None or time.monotonic() - moment > _MARK_SECONDS:
        try:
            versions = get_store(database).load()
            found = derive(versions[max(versions)])
        except KeyStoreError as error:
            # Of a file that is not there yet the next event asks again: the sealer is about to make it.
            if error.code == "no_file" and not found:
                return None
        _marking[database] = (time.monotonic(), found)
    return found


def make_mark(record_keys, content):
    """The program's mark on an event. content: bytes that tell the event."""
    begun = bytes.fromhex(record_keys.fingerprint) + os.urandom(_NONCE_BYTES)
    return begun + _mac(record_keys.mark, begun + content)[:_MAC_BYTES]


def check_mark(known, mark, content):
    """Whether a mark is the program's: True, False, or None where the key it was made with is not known."""
    record_keys = known.get(mark[:PRINT_BYTES].hex())
    if record_keys is None:
        return None
    begun = mark[: PRINT_BYTES + _NONCE_BYTES]
    return hmac.compare_digest(mark[len(begun) :], _mac(record_keys.mark, begun + content)[:_MAC_BYTES])


def _derive(key, purpose):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(key)


def _mac(key, content):
    return hmac.digest(key, content, hashlib.sha256)
