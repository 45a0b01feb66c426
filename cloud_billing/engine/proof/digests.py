"""Digests of JSON values: the same values have the same digest, whatever wrote them and in whatever order."""

import hashlib
import json


def digest(value):
    """SHA-256, in hex, of the value as JSON with sorted keys and no blanks. Dates and the like are their text."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_without(document, name):
    """The digest of an object without one of its keys: the one that holds the digest."""
    return digest({key: value for key, value in document.items() if key != name})
