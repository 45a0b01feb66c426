"""A secret shows itself nowhere: not as text, not in logs in any of its forms, not to code that somebody typed."""

import base64
import copy
import json
import logging
import pickle
import subprocess
import sys
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from cloud_billing_engine.connectors import redaction
from cloud_billing_engine.connectors.redaction import MASK, redact
from cloud_billing_engine.connectors.secret import Secret
from hypothesis import given
from hypothesis import strategies as st

VALUE = "p&ss/w+rd ö<'\"\\\n'%s{0}"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nqZ7Yx1lF0vQm3Kc8u2Td\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text", [str, repr, "{}".format, "%s".__mod__, lambda one: f"{one:>20}", lambda one: repr([one])]
)
def test_a_secret_as_text_is_stars(text):
    assert MASK in text(Secret(VALUE))
    assert VALUE not in text(Secret(VALUE))


def test_code_of_the_server_gets_the_value():
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash, vars])
def test_it_is_neither_copied_nor_written_nor_hashed(write):
    with pytest.raises(TypeError):
        write(Secret(VALUE))


def test_secrets_compare_by_value_and_with_nothing_else():
    assert Secret("same value") == Secret("same value")
    assert Secret("same value") != Secret("other value")
    assert Secret("same value") != "same value"
    with pytest.raises(TypeError):
        Secret(b"bytes")


# What somebody types into a server action is evaluated like this: in a dictionary, not in a module.
@pytest.mark.parametrize(
    "code",
    [
        "secret.reveal()",
        "list(map(lambda one: one.reveal(), [secret]))",
        "'{0._Secret__value}'.format(secret)",
        "'{0.reveal}'.format(secret)",
        "secret._Secret__value",
        "'{0._known.patterns}'.format(redaction)",
        "type('Other', (), {'reveal': lambda self: secret.reveal()})().reveal()",
    ],
)
def test_typed_code_gets_nothing(code):
    with pytest.raises(PermissionError):
        eval(code, {"secret": Secret(VALUE), "redaction": redaction})


@pytest.mark.parametrize(
    "form",
    [
        str,
        quote,
        quote_plus,
        lambda value: quote(value, safe=""),
        json.dumps,
        repr,
        escape,
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    ],
)
def test_every_form_is_hidden(form):
    Secret(VALUE)
    hidden = redact(f"GET /?key={form(VALUE)} failed")
    assert hidden.startswith("GET /?key=")
    assert hidden.endswith(" failed")
    assert MASK in hidden
    assert "ss/w" not in hidden and form(VALUE)[2:-2] not in hidden


@given(before=st.text(max_size=9), after=st.text(max_size=9), value=st.text(min_size=8, max_size=30))
def test_no_base64_of_a_longer_text_holds_it(before, after, value):
    """As in the header of a login with name and password, wherever the value begins in it."""
    try:
        content = f"{before}:{value}:{after}".encode()
        Secret(value)
    except UnicodeEncodeError:
        return
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert redact(f"Basic {encode(content).decode()}") == f"Basic {MASK}"


def test_lines_of_a_key_file_are_hidden_one_by_one():
    Secret(json.dumps({"type": "service_account", "private_key": PEM}))
    for line in PEM.splitlines()[1:3]:
        assert redact(f"could not read {line!r}") == f"could not read '{MASK}'"
    assert redact("type service_account of -----BEGIN PRIVATE KEY-----") != MASK


def test_a_text_without_secrets_stays_and_short_ones_blacken_nothing():
    Secret("abc")
    assert redact("abcdef 123") == "abcdef 123"


def test_the_newest_are_kept(monkeypatch):
    known = redaction._Known()
    monkeypatch.setattr(redaction, "_known", known)
    monkeypatch.setattr(redaction, "MAX_KNOWN", 2)
    for value in ("first value", "second value", "first value", "third value"):
        redaction.remember(value)
    assert redact("first value, second value, third value") == f"{MASK}, second value, {MASK}"


def test_logs_of_anybody_hold_no_secret(caplog):
    Secret(VALUE)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3.connectionpool").debug('"GET %s" %s', f"/?key={quote_plus(VALUE)}", 401)
    logging.getLogger("odoo.sql_db").error("bad query: %s", VALUE)
    try:
        try:
            raise ValueError(VALUE)
        except ValueError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        logging.getLogger("any").exception("failed")
    assert "ss/w" not in caplog.text
    assert VALUE not in caplog.text
    assert caplog.text.count(MASK) >= 3
    # What happened is told all the same.
    assert "RuntimeError: outer" in caplog.text
    assert "401" in caplog.text


def test_a_record_whose_arguments_do_not_fit_is_hidden_too(caplog):
    Secret(VALUE)
    logging.getLogger("any").warning("%s and %s", *[VALUE])
    assert "ss/w" not in caplog.text


def test_other_records_are_as_they_were(caplog):
    Secret(VALUE)
    logging.getLogger("any").warning("%s of %s", 3, "rows")
    assert (caplog.records[-1].msg, caplog.records[-1].args) == ("%s of %s", (3, "rows"))


def test_who_looks_first_sees_the_record_as_it_was_made(caplog, monkeypatch):
    monkeypatch.setattr(redaction, "_first", [])
    Secret(VALUE)
    for _time in range(2):
        redaction.look_first(take_last_argument)
    logging.getLogger("any").warning("%s %s", VALUE, f"{VALUE} and more")
    assert caplog.records[-1].getMessage() == f"{MASK} left out"


def take_last_argument(record):
    record.args = (record.args[0], "left out") if len(record.args) == 2 else pytest.fail("looked twice")


def test_without_secrets_nothing_is_installed():
    """A process that uses none pays nothing."""
    code = (
        "import logging, engine.connectors.secret as s; before = logging.getLogRecordFactory();"
        "assert before is logging.LogRecord; s.Secret('some value');"
        "assert logging.getLogRecordFactory() is not before"
    )
    folder = redaction.__file__.rsplit("/engine/", 1)[0]
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
