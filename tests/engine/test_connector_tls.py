"""TLS: the certificate is of the name that was asked for, whatever address the connection goes to."""

import ipaddress
import socket
import ssl
import time
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from cloud_billing_engine.connectors import ConnectorError, Policy
from cloud_billing_engine.connectors.web import Web
from local_server import LocalServer, RawServer, Reply

x509 = pytest.importorskip("cryptography.x509")
HOST = "usage.example.test"


class Authority(NamedTuple):
    """Somebody who signs certificates, and a folder to put them in."""

    key: object
    certificate: object
    folder: object

    @property
    def pem(self):
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.certificate.public_bytes(Encoding.PEM).decode()

    def serve(self, name, days=30):
        """A server's context with a certificate of `name` that is good for so many days."""
        from cryptography.hazmat.primitives import serialization

        key, certificate = make_certificate(name, self, days)
        file = self.folder / f"{name}{days}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def make_certificate(name, issuer=None, days=30):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(timezone.utc)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        names = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        names = x509.DNSName(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([names]), False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
    )
    return key, builder.sign(issuer.key if issuer else key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    key, certificate = make_certificate("test authority")
    return Authority(key, certificate, tmp_path_factory.mktemp("tls"))


def open_web(server, authorities="", name=HOST, **limits):
    """A Web for which `name` is an inner host that points to the server."""
    place = frozenset({f"{name}:{server.port}"})
    limits = {"idle_seconds": 5, "connect_seconds": 5, "max_seconds": 10, "attempts": 1} | limits

    def resolver(host, port, type=0):
        return socket.getaddrinfo("127.0.0.1", port, type=type)

    return Web(Policy(place, place, authorities=authorities, **limits), resolver=resolver, sleep=lambda _seconds: None)


def get(server, web, name=HOST):
    return web.request("GET", f"https://{name}:{server.port}/").json()


class TestCertificates:
    def test_the_name_is_asked_for_and_checked_though_the_connection_goes_to_an_address(self, authority):
        context, names = authority.serve(HOST), []
        context.sni_callback = lambda _socket, name, _context: names.append(name)
        with LocalServer([Reply(body={"a": 1})], tls=context) as server:
            assert get(server, open_web(server, authority.pem)) == {"a": 1}
        assert names == [HOST]
        assert server.asked[0].headers["Host"] == f"{HOST}:{server.port}"

    @pytest.mark.parametrize(
        ("name", "days", "trusted", "detail"),
        [
            ("other.example.test", 30, True, "CERTIFICATE_VERIFY_FAILED"),
            ("127.0.0.1", 30, True, "CERTIFICATE_VERIFY_FAILED"),
            (HOST, 30, False, "CERTIFICATE_VERIFY_FAILED"),
            (HOST, -1, True, "CERTIFICATE_VERIFY_FAILED"),
        ],
    )
    def test_of_another_name_an_address_a_stranger_or_yesterday(self, authority, name, days, trusted, detail):
        with LocalServer([Reply(body={})], tls=authority.serve(name, days)) as server:
            web = open_web(server, authority.pem if trusted else "")
            with pytest.raises(ConnectorError) as caught:
                get(server, web)
            with pytest.raises(ConnectorError, match="tls_failed"):
                web.session.get(f"https://{HOST}:{server.port}/", verify=False)
        assert (caught.value.code, caught.value.is_transient) == ("tls_failed", False)
        assert caught.value.values["detail"] == detail
        assert server.asked == []

    def test_no_tls_at_all(self):
        with LocalServer([Reply(body={})]) as server, pytest.raises(ConnectorError, match="tls_failed"):
            get(server, open_web(server))

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_tls_of_yesterday(self, authority):
        context = authority.serve(HOST)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with LocalServer([Reply(body={})], tls=context) as server, pytest.raises(ConnectorError):
            get(server, open_web(server, authority.pem))
        assert server.asked == []


class TestSlowAndCut:
    def test_a_body_byte_by_byte(self, authority):
        with LocalServer(lambda _asked: Reply(body=server.drip(b"x", 0.05)), tls=authority.serve(HOST)) as server:
            start = time.monotonic()
            with pytest.raises(ConnectorError, match="timed_out"):
                get(server, open_web(server, authority.pem, max_seconds=1))
            assert time.monotonic() - start < 3

    @pytest.mark.parametrize("blocks", [[b"", b""], [b"\x16", *[b"\x03"] * 200]])
    def test_a_greeting_that_never_ends(self, blocks):
        with RawServer(blocks, 0.2 if len(blocks) > 2 else 9) as server:
            start = time.monotonic()
            with pytest.raises(ConnectorError):
                get(server, open_web(server, connect_seconds=1))
            assert time.monotonic() - start < 3

    def test_a_greeting_that_is_cut_is_tried_again(self):
        with RawServer([]) as server, pytest.raises(ConnectorError) as caught:
            get(server, open_web(server))
        assert (caught.value.code, caught.value.is_transient) == ("cut_off", True)

    def test_a_body_without_its_end(self, authority):
        reply = Reply(body=b"half", length=100, is_cut=True)
        with LocalServer([reply], tls=authority.serve(HOST)) as server, pytest.raises(ConnectorError) as caught:
            get(server, open_web(server, authority.pem))
        assert caught.value.code == "cut_off"
