"""No secret of the large clouds' connectors is in an error or a log, whatever a server does with what it was sent.

The server finds the secrets in what it is sent (address, headers, body) and says them back in each field that is shown.
"""

import base64
import json
import logging
from datetime import datetime, timezone
from urllib.parse import quote, quote_plus, unquote

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from local_server import LocalServer, Reply
from test_connector_google_bigquery import KEY_FILE, TABLE

pytest.importorskip("requests_aws4auth")

NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 10, 31, tzinfo=timezone.utc), NOW)
# With signs that are written otherwise in addresses, forms and JSON. The last two come from a login, and are as long as
# Amazon's and Google's: longer than the line that is shown.
CANARY, TOKEN, SESSION = "canary/+\"key'=1", "canary-token+/2" * 40, "canary-session+/3" * 40
KEY = base64.b64encode(b"canary of a storage account").decode()
ENTRA = {"tenant": "t", "client_id": "c", "client_secret": Secret(CANARY)}
BY_ENTRA = {"account": "ouraccount", "container": "bills", **ENTRA}
ROLE = "arn:aws:iam::123456789012:role/r"
KINDS = {
    "key": ("s3", {"access_key": "AKIA", "secret_key": Secret(CANARY), "bucket": "bills", "check_totals": "1"}),
    "role": ("s3", {"access_key": "AKIA", "secret_key": Secret(CANARY), "bucket": "bills", "role_arn": ROLE}),
    "shared key": ("azure_blob", {**BY_ENTRA, "login": "key", "key": Secret(KEY)}),
    "signature": ("azure_blob", {**BY_ENTRA, "login": "sas", "sas": Secret(f"sv=1&sig={quote(CANARY, safe='')}")}),
    "application": ("azure_blob", {**BY_ENTRA, "login": "entra"}),
    "details": ("azure_cost_details", {**ENTRA, "scope": "subscriptions/1"}),
    "consent": ("microsoft_csp", {**ENTRA, "currency": "EUR", "refresh_token": Secret(CANARY + "r")}),
    "service account": ("google_bigquery", {"key_file": KEY_FILE, "table": TABLE}),
}
ENDPOINTS = ("endpoint", "sts_endpoint", "explorer_endpoint", "login_endpoint", "partner_endpoint", "token_endpoint")


def echo(asked):
    """The secrets that came with a question, as they were written and as they are: nothing else fills the line."""
    sent = " ".join([asked.path, str(asked.query), str(asked.headers), asked.body.decode("utf-8", "replace")])
    return " ".join(
        ["You said"] + [word for word in dict.fromkeys(spellings()) if word in sent or word in unquote(sent)]
    )


def refusal(asked, status, kind):
    """An answer of this status that echoes everything, in the shape of the provider's errors."""
    said = echo(asked)
    if kind in ("key", "role") and asked.method == "GET":
        said = said.replace("&", "&amp;").replace("<", "&lt;")
        return Reply(status, f"<Error><Code>{said}</Code><Message>{said}</Message></Error>".encode())
    told = {"error": {"message": said, "code": said, "errors": [{"reason": said, "message": said}]}}
    if "token" in asked.path:
        told = {"error": said, "error_description": said}
    if kind in ("key", "role"):
        told = {"__type": said, "message": said}
    return Reply(status, told, {"x-ms-error-code": said.replace("\n", " ")})


def give_token(asked):
    """A login that succeeds, of each provider; None for other questions."""
    if b"AssumeRole" in asked.body:
        parts = f"<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>{CANARY}</SecretAccessKey>"
        credentials = f"<Credentials>{parts}<SessionToken>{SESSION}</SessionToken></Credentials>"
        return Reply(body=f"<R><AssumeRoleResult>{credentials}</AssumeRoleResult></R>".encode())
    if asked.path.endswith(("/oauth2/v2.0/token", "/token")):
        return Reply(body={"access_token": TOKEN, "refresh_token": CANARY + "n"})
    return None


def spellings():
    for text in (CANARY, TOKEN, SESSION, KEY, json.loads(KEY_FILE.reveal())["private_key"][40:90]):
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        yield from (text, quote(text, safe=""), quote_plus(text), encoded, json.dumps(text)[1:-1])


@pytest.mark.parametrize("logs_in", [False, True], ids=["at the login", "behind it"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500])
@pytest.mark.parametrize("name", KINDS)
def test_no_secret_comes_back(name, status, logs_in, caplog):
    caplog.set_level(logging.DEBUG)
    kind, given = KINDS[name]

    def answer(asked):
        return (give_token(asked) if logs_in else None) or refusal(asked, status, name)

    with LocalServer(answer) as server:
        options = given | dict.fromkeys(ENDPOINTS, server.url) | {"token_endpoint": f"{server.url}/token"}
        secrets = [value for value in given.values() if isinstance(value, Secret)]
        told = []
        for ask in (
            lambda web: get_connector(kind).test(options, web, NOW),
            lambda web: list(get_connector(kind).fetch(options, web, WINDOW, {})),
        ):
            with server.web(secrets=secrets, now=lambda: NOW, limits={"attempts": 2}) as web:
                try:
                    told.append(repr(ask(web)))
                except ConnectorError as error:
                    told.append(f"{error} {error.values!r} {error.__cause__!r}")
    text = "\n".join([*told, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    # Not even the beginning of one, where a line was cut.
    assert [word for word in spellings() if word[:60] in text] == []
