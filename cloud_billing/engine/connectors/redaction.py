"""No log record and no text that we store or show holds a secret that this process has used.

`remember` is called by every `Secret`. From the first one on, a record factory looks at every log record before any
handler does: whoever logs (requests, zeep, paramiko, Odoo's failing SQL), and whatever handlers there are.
"""

import base64
import json
import logging
import re
import sys
import threading
import traceback
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

MASK = "***"
# Shorter ones would blacken every text and are guessed anyway.
MIN_LENGTH = 4
# Of base64 inside a longer text, and of one line of a key file: below this length chance hits are likely.
MIN_ENCODED = 6
MIN_PIECE = 20
# Tokens of an hour come and go; the newest ones are those that are in use.
MAX_KNOWN = 1000

_BASE64 = "[A-Za-z0-9+/_-]*"


def is_module_code(frame):
    """Whether a frame runs code of a Python module, not a text that somebody typed and the server evaluates."""
    module = sys.modules.get(frame.f_globals.get("__name__"))
    return module is not None and vars(module) is frame.f_globals


class _Known:
    """{value: pattern of all its forms}, newest last. Answers code of modules only."""

    def __init__(self):
        self.lock = threading.Lock()
        self.patterns = {}

    def __getattribute__(self, name):
        if not is_module_code(sys._getframe(1)):
            raise PermissionError("what is hidden is known to code of the server only")
        return super().__getattribute__(name)

    def add(self, value):
        with self.lock:
            # Taken out and put in again: the newest last.
            pattern = self.patterns.pop(value, None) or _compile(value)
            self.patterns = {**dict(list(self.patterns.items())[-MAX_KNOWN + 1 :]), value: pattern}


_known = _Known()
_first = []


def remember(value):
    """Hide a text from now on, in all the forms in which it travels. Too short ones are not hidden."""
    if len(value) >= MIN_LENGTH:
        _known.add(value)
        _install()


def redact(text):
    """The text with *** in the place of every secret that this process has used."""
    for forms, pattern in list(_known.patterns.values()):
        if any(form in text for form in forms):
            text = pattern.sub(MASK, text)
    return text


def _compile(value):
    """(forms to look for, pattern that replaces them): base64 with the whole word around it."""
    plain, encoded = _get_plain_forms(value), _get_encoded_forms(value)
    parts = [f"{_BASE64}{re.escape(form)}{_BASE64}=*" for form in sorted(encoded, key=len, reverse=True)]
    parts += [re.escape(form) for form in sorted(plain, key=len, reverse=True)]
    return (plain | encoded, re.compile("|".join(parts)))


def _get_plain_forms(value):
    """As it is, quoted for a URL, as Python, JSON and XML write it, and the long lines of a key file by themselves."""
    forms = {value, value.strip(), quote(value), quote(value, safe=""), quote_plus(value)}
    forms |= {repr(value)[1:-1], json.dumps(value)[1:-1], escape(value)}
    pieces = re.split(r'[\r\n"]|\\n', value)
    forms |= {piece for piece in pieces if len(piece) >= MIN_PIECE and not re.search(r"[\s:]|-----", piece)}
    return {form for form in forms if len(form) >= MIN_LENGTH}


def _get_encoded_forms(value):
    """What stays the same of its base64 wherever it stands in a longer text, such as user:password."""
    forms = set()
    content = value.encode()
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + content).decode().rstrip("=")
        # Characters that share bits with what stands before or behind are others each time.
        start = -(-offset * 8 // 6)
        end = (offset + len(content)) * 8 // 6
        forms |= {text[start:end], text[start:end].replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= MIN_ENCODED}


def look_first(change):
    """Let change(record) see each log record before its text is searched; once for the same function."""
    if change not in _first:
        _first.append(change)


def _install():
    make = logging.getLogRecordFactory()
    if getattr(make, "hides_secrets", False):
        return

    def make_hiding(*args, **kwargs):
        record = make(*args, **kwargs)
        _hide(record)
        return record

    make_hiding.hides_secrets = True
    logging.setLogRecordFactory(make_hiding)


def _hide(record):
    """Take the secrets out of a log record: its message, and the text of its exception with all that caused it."""
    for change in _first:
        change(record)
    try:
        message = record.getMessage()
    except Exception:
        # The handlers would print message and arguments one by one.
        message = f"{record.msg} {record.args!r}"
    hidden = redact(message)
    if hidden != message:
        record.msg, record.args = hidden, ()
    if record.exc_info and record.exc_info[0]:
        text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        hidden = redact(text)
        if hidden != text:
            # A formatter takes the text that is there, and would make it again of the exception.
            record.exc_text, record.exc_info = hidden, None
