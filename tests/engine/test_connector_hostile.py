"""Every connector that is registered, before a server that means harm: it ends, in time, with a code and no secret.

All names lead to one server here, which lets everybody log in and then does what a test says. A new connector is tried
without a line of its own, unless its settings need something special (SPECIAL).
"""

import gzip
import itertools
import json
import socket
import ssl
import time
import traceback
import unittest.mock
from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors import CONNECTORS, ConnectorError, Policy, Secret, Window
from cloud_billing_engine.connectors.pinned import Door, _TimedSocket
from cloud_billing_engine.connectors.web import Web
from local_server import LocalServer, Reply

x509 = pytest.importorskip("cryptography.x509")
HOST = "hostile.example.com"
CANARY = "CBCANARY-7d1f4a"
NOW = datetime(2026, 10, 6, 12, 30, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 10, 5, 22, tzinfo=timezone.utc), datetime(2026, 10, 6, 12, tzinfo=timezone.utc))
SECONDS = 1


def make_key():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key, pem.decode()


KEY, KEY_PEM = make_key()
# What cannot be made up from the kind of a setting.
SPECIAL = {
    "azure_blob": {"tenant": "t", "client_id": "c", "client_secret": Secret(CANARY)},
    "google_bigquery": {
        "key_file": Secret(
            json.dumps(
                {
                    "type": "service_account",
                    "client_email": "b@example.com",
                    "private_key": KEY_PEM,
                    "private_key_id": "1",
                    "token_uri": f"https://{HOST}/token",
                    "project_id": "project-1",
                }
            )
        ),
        "table": "project-1.billing.gcp_billing_export_v1_X",
    },
    "cloudkitty": {"user": "u", "password": Secret(CANARY), "project": "p"},
    "microsoft_csp": {"currency": "EUR", "refresh_token": Secret(CANARY)},
    "sftp": {
        "secret": Secret(CANARY),
        "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJpbGxpbmdiaWxsaW5nYmlsbGluZ2JpbGxpbmc=",
    },
    "vcloud": {"metrics": "disk.*"},
}


def make_options(connector):
    """Settings by their kinds, pointed at the server of the test; secrets are canaries."""
    options = {}
    for setting in connector.settings:
        if setting.kind == "url":
            options[setting.name] = f"https://{HOST}/api"
        elif setting.kind == "host":
            options[setting.name] = HOST
        elif setting.is_secret and setting.required:
            options[setting.name] = Secret(CANARY)
        elif setting.required and not setting.default:
            options[setting.name] = "x"
        elif setting.default:
            options[setting.name] = setting.default
    return {**options, **SPECIAL.get(connector.name, {})}


def make_certificate(names):
    from cryptography.hazmat.primitives import hashes, serialization

    now = datetime.now(timezone.utc)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in sorted(names)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """(a server's context, a client's that trusts it) for all hosts of all connectors."""
    hosts = {HOST}
    for connector in CONNECTORS.values():
        hosts |= {host.partition(":")[0] for host in connector.hosts(make_options(connector))}
    pem = make_certificate(hosts)
    file = tmp_path_factory.mktemp("hostile") / "server.pem"
    file.write_text(KEY_PEM + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    # Certificates of the machine take a tenth of a second to load, hundreds of times.
    client = Door(Policy(frozenset(), authorities=pem), time.monotonic).make_context()
    return context, client


def log_in_or(answer):
    """Let everybody log in, and do something else with every other question."""

    def reply(asked):
        if any(word in asked.path for word in ("token", "sessions", "/oauth")) and "reports" not in asked.path:
            token = {"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r-1"}
            return Reply(200, token, {"X-Subject-Token": "t-1", "X-VMWARE-VCLOUD-ACCESS-TOKEN": "t-1"})
        return answer(asked)

    return reply


def open_web(server, connector, options):
    """A Web of that connector's policy, of which every connection leads to the server."""
    limits = {"max_bytes": 10**6, "max_text_bytes": 10**6, "max_seconds": SECONDS, "idle_seconds": 1, "attempts": 2}
    policy = Policy(frozenset(connector.hosts(options)), **limits)
    slept = []
    web = Web(
        policy,
        secrets=[Secret(CANARY)],
        clock=lambda: time.monotonic() + sum(slept),
        sleep=slept.append,
        now=lambda: NOW,
        draw=lambda: 0,
    )

    def connect(host, port, usual):
        made = _TimedSocket(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(5)
        made.connect(("127.0.0.1", server.port))
        return made

    web.door.connect = connect
    return web


def test_one(connector, options, web):
    return connector.test(options, web, NOW)


def fetch_all(connector, options, web):
    for delivery in connector.fetch(options, web, WINDOW, {}):
        for payload in delivery.payloads:
            for _block in payload.chunks:
                pass


test_one.__test__ = False
ASK = {"test": test_one, "fetch": fetch_all}


def attack(server, connector, tls, ask):
    """The ConnectorError of a question that may fail in no other way, or None; nothing shows the canary."""
    options = make_options(connector)
    with unittest.mock.patch.object(Door, "make_context", return_value=tls[1]):
        web = open_web(server, connector, options)
    start = time.monotonic()
    try:
        ASK[ask](connector, options, web)
    except ConnectorError as error:
        told = f"{error} {error.values} {''.join(traceback.format_exception(error))}"
        assert CANARY not in told
        return error
    finally:
        assert time.monotonic() - start < 12 * SECONDS
        web.close()
    return None


def endless(_asked):
    return Reply(body=iter(lambda: b"x" * 65536, b""))


def endless_json(_asked):
    return Reply(body=itertools.chain([b'{"value":['], itertools.repeat(b"[1," * 20_000)))


def bomb(_asked):
    return Reply(body=gzip.compress(bytes(30_000_000)), headers={"Content-Encoding": "gzip"})


def elsewhere(_asked):
    return Reply(302, headers={"Location": "https://evil.example.org/"})


def polling_elsewhere(_asked):
    return Reply(202, headers={"Location": "https://evil.example.org/", "Retry-After": "1"})


def polling_without_end(asked):
    return Reply(202, {}, {"Location": f"https://{HOST}{asked.path}", "Retry-After": "60"})


def half(_asked):
    return Reply(body=b'{"value": [', length=1000, is_cut=True)


def echo(asked):
    return Reply(400, f"{asked.path} {asked.query} {asked.headers} {asked.body.decode('latin-1')}".encode())


def echo_as_json(asked):
    """As logins refuse: with a description, in which a careless one repeats what it was sent."""
    body = asked.body.decode("latin-1")
    return Reply(400, {"error": body, "error_description": body, "message": f"{asked.headers} {body}"})


def markup(_asked):
    entity = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;">]>'
    return Reply(body=f"{entity}<ListBucketResult><Name>&y;</Name></ListBucketResult>".encode())


def nothing(_asked):
    return Reply(body=b"")


def deep(_asked):
    return Reply(body=b"[" * 200_000)


ATTACKS = (
    endless, endless_json, bomb, elsewhere, polling_elsewhere, polling_without_end, half, echo, markup, nothing, deep,
)  # fmt: skip
LOGINS = (b"null", b'{"access_token": 1, "refresh_token": 1}', b"<a/>")
ODD = (None, -1, "x", [], [None], [{}], {"a": None})
ODD_KEYS = (
    "value", "data", "records", "record", "items", "item", "results", "result", "rows", "total", "totalSize", "count",
    "dataframes", "schema", "fields", "manifest", "blobs", "status", "jobComplete", "jobReference", "totalRows", "url",
    "pageToken", "metricSeries", "done", "nextRecordsUrl", "nextLink", "@odata.nextLink", "paging", "pageDetails", "id",
    "resourceLocation", "resultUrl", "error", "errors", "message", "code", "warnings", "properties", "name", "columns",
    "exportConfig", "runInfo", "deliveryConfig", "eTag", "zoneName", "ResultsByTime", "NextPageToken", "blobCount",
    "rootDirectory", "sasToken", "numBytes", "etag", "location", "tables", "invoices",
)  # fmt: skip
# What presets do is what the connector does that they set.
NAMES = sorted(name for name, connector in CONNECTORS.items() if "presets" not in type(connector).__module__)


@pytest.mark.parametrize("name", NAMES)
class TestEveryConnector:
    @pytest.mark.parametrize("answer", ATTACKS, ids=lambda function: function.__name__)
    def test_ends_with_a_code(self, tls, name, answer):
        with LocalServer(log_in_or(answer), tls=tls[0]) as server:
            for ask in ASK:
                attack(server, CONNECTORS[name], tls, ask)

    def test_ends_where_bytes_drip(self, tls, name):
        with LocalServer(lambda _asked: None, tls=tls[0]) as server:
            server.answer = log_in_or(lambda _asked: Reply(body=server.drip(b" ", 0.05)))
            attack(server, CONNECTORS[name], tls, "fetch")

    def test_ends_where_the_login_is_odd(self, tls, name):
        with LocalServer(echo_as_json, tls=tls[0]) as server:
            attack(server, CONNECTORS[name], tls, "test")
            for body in LOGINS:
                server.answer = lambda _asked, body=body: Reply(body=body)
                attack(server, CONNECTORS[name], tls, "test")

    @pytest.mark.parametrize("value", ODD, ids=str)
    def test_ends_where_an_answer_has_another_shape(self, tls, name, value):
        body = None if value is None else dict.fromkeys(ODD_KEYS, value)
        with LocalServer(log_in_or(lambda _asked: Reply(body=body)), tls=tls[0]) as server:
            for ask in ASK:
                attack(server, CONNECTORS[name], tls, ask)

    def test_ends_where_a_report_has_another_shape(self, tls, name):
        body = {key: [{}] for key in ODD_KEYS}
        answer = Reply(202, body, {"Retry-After": "60"})
        with LocalServer(log_in_or(lambda _asked: answer), tls=tls[0]) as server:
            attack(server, CONNECTORS[name], tls, "fetch")


class TestTheTestItself:
    def test_reaches_what_comes_after_the_login(self, tls):
        """An attack that is refused at the door proves nothing: the server has to be asked."""
        for name in set(NAMES) - {"sftp"}:
            with LocalServer(log_in_or(nothing), tls=tls[0]) as server:
                error = attack(server, CONNECTORS[name], tls, "fetch")
                assert server.asked, f"{name}: {error}"
                assert error is None or error.code in ("bad_answer", "bad_wsdl"), f"{name}: {error}"
