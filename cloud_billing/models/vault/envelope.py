"""The envelope of one secret: AES-256-GCM under a data key of its own, which the key outside the database wraps.

Pure functions of bytes. Both ciphertexts name what they belong to (their "additional data"): moved to another record,
company, name or version of the key they do not open.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
# The first byte of each ciphertext: a later way of writing them gets another one.
_FORMAT = b"\x01"


class EnvelopeError(ValueError):
    """The ciphertext does not belong here, or was changed, or the key is another one."""


def seal(value, key, version, place):
    """(wrapped data key, ciphertext) of a text.

    key: 32 bytes, of that version.   place: tuple of texts and numbers that says whose secret it is.
    """
    data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    return wrap(data_key, key, version, place), _encrypt(data_key, value.encode(), _bind("value", *place))


def open_sealed(wrapped_key, ciphertext, key, version, place):
    """The text of `seal`. Raises EnvelopeError."""
    data_key = unwrap(wrapped_key, key, version, place)
    return _decrypt(data_key, ciphertext, _bind("value", *place)).decode()


def wrap(data_key, key, version, place):
    """A data key, encrypted with a version of the key."""
    return _encrypt(key, data_key, _bind("data key", version, *place))


def unwrap(wrapped_key, key, version, place):
    """The data key of `wrap`. Raises EnvelopeError."""
    return _decrypt(key, wrapped_key, _bind("data key", version, *place))


def get_fingerprint(value, key, company_id):
    """Eight hexadecimal digits of a text, keyed: the same for the same text in one company, and no help to guess it."""
    digits = _digest(key, _bind("fingerprint", company_id, value))[:8].upper()
    return f"{digits[:4]}-{digits[4:]}"


def get_key_fingerprint(key):
    """Sixteen hexadecimal digits that tell one key from another."""
    return _digest(key, b"key")[:16]


def _digest(key, content):
    own = hmac.digest(key, b"cloud_billing fingerprint", hashlib.sha256)
    return hmac.new(own, content, hashlib.sha256).hexdigest()


def _encrypt(key, content, bound):
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, content, bound)


def _decrypt(key, ciphertext, bound):
    ciphertext = bytes(ciphertext)
    if not ciphertext.startswith(_FORMAT):
        raise EnvelopeError("another format")
    nonce, content = ciphertext[1 : 1 + _NONCE_BYTES], ciphertext[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, content, bound)
    except (InvalidTag, ValueError):
        raise EnvelopeError("does not open") from None


def _bind(*parts):
    """Parts as bytes with their lengths, so that no two lists of parts give the same."""
    texts = [str(part).encode() for part in ("cloud_billing", *parts)]
    return b"".join(len(text).to_bytes(4, "big") + text for text in texts)
