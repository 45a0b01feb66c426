"""What is not said: URLs in the logs of libraries, and secrets in what a server answers."""

import base64
import json
import logging
import re
import threading
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from .secret import MASK

MAX_SAID = 300
_SHORTEST_SECRET = 4
_OPEN_HEADERS = {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"}
_thread = threading.local()


class _Silence(logging.Filter):
    """Drops what is logged of our own questions; of others' in the same process all is logged as ever."""

    def filter(self, record):
        return not getattr(_thread, "is_quiet", False)


_SILENCE = _Silence()


def silence(*names):
    """Let these loggers be silent inside `quiet`; a connector names those of the library that it uses."""
    for name in names:
        # Twice the same filter is once.
        logging.getLogger(name).addFilter(_SILENCE)


# urllib3 writes whole URLs, with the signatures and keys in them.
silence("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "urllib3.response")


@contextmanager
def quiet():
    """Keep the silenced loggers silent in this thread."""
    before = getattr(_thread, "is_quiet", False)
    _thread.is_quiet = True
    try:
        yield
    finally:
        _thread.is_quiet = before


def hide(text, secrets, request=None):
    """A text without the secrets, however they are written, cut to a line that can be shown.

    request: the prepared question; a server that echoes it shows its headers.
    """
    for word in sorted(set(_secret_words(secrets, request)), key=len, reverse=True):
        text = text.replace(word, MASK)
    return re.sub(r"[\x00-\x20\x7f\s]+", " ", text).strip()[:MAX_SAID]


def _secret_words(secrets, request):
    texts = [secret.reveal() for secret in secrets]
    for name, value in request.headers.items() if request is not None else ():
        if name.lower() not in _OPEN_HEADERS:
            value = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            texts += [value, *value.split()]
    for text in texts:
        if len(text) >= _SHORTEST_SECRET:
            encoded = base64.b64encode(text.encode()).decode()
            yield from (text, quote(text, safe=""), quote_plus(text), encoded, json.dumps(text)[1:-1])
