"""An SSH connection to a server whose key is known. Needs paramiko.

The login is sent after the server has shown a key whose fingerprint is the one that was entered: who answers in its
place learns no password.
"""

import base64
import hashlib
import io
from contextlib import contextmanager

from ..base import need_library
from ..errors import ConnectorError

_KEYS = ("Ed25519Key", "ECDSAKey", "RSAKey")


class Transport:
    """raw: paramiko's Transport.   fingerprint: of the key that the server showed, as ssh-keygen writes it."""

    def __init__(self, raw, host):
        self.raw = raw
        self.host = host
        self.fingerprint = make_fingerprint(raw.get_remote_server_key().asbytes())

    @contextmanager
    def telling(self):
        """Failures of the connection as ConnectorErrors."""
        with _telling(self.host):
            yield


def make_fingerprint(key):
    """'SHA256:...' of a public key's bytes."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip('=')}"


@contextmanager
def open_transport(given, web, needs_login=True):
    """A Transport to given's host, closed at the end; logged in unless only its key is wanted.

    given: host, port, host_key, login, secret, private_key.   Raises ConnectorError host_key_unknown, host_key_wrong,
    ssh_login_refused, bad_private_key and those of web.open_socket.
    """
    paramiko = need_library("paramiko")
    host = given["host"]
    key = _read_key(paramiko, given) if needs_login and given["private_key"] else None
    raw = paramiko.Transport(web.open_socket(host, int(given["port"])))
    try:
        raw.banner_timeout = raw.auth_timeout = raw.handshake_timeout = web.policy.connect_seconds
        with _telling(host):
            raw.start_client(timeout=web.policy.connect_seconds)
            transport = Transport(raw, host)
            if needs_login:
                _check_key(transport, given)
                _log_in(raw, given, key)
        yield transport
    finally:
        raw.close()


def _check_key(transport, given):
    known = given["host_key"].split()
    if transport.fingerprint not in known:
        code = "host_key_wrong" if known else "host_key_unknown"
        raise ConnectorError(code, host=transport.host, fingerprint=transport.fingerprint)


def _log_in(raw, given, key):
    if key is not None:
        raw.auth_publickey(given["login"], key)
    else:
        raw.auth_password(given["login"], given["secret"].reveal())
    if not raw.is_authenticated():
        # A second step, such as a code by telephone, which nobody is here to enter.
        raise ConnectorError("ssh_login_refused", host=given["host"])


def _read_key(paramiko, given):
    """The private key of whatever kind it is."""
    passphrase = given["secret"].reveal() if given["secret"] else None
    for kind in _KEYS:
        try:
            return getattr(paramiko, kind).from_private_key(io.StringIO(given["private_key"].reveal()), passphrase)
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            # Another kind, or the wrong passphrase.
            continue
    raise ConnectorError("bad_private_key", host=given["host"])


@contextmanager
def _telling(host):
    paramiko = need_library("paramiko")
    try:
        yield
    except ConnectorError:
        raise
    except paramiko.AuthenticationException:
        raise ConnectorError("ssh_login_refused", host=host) from None
    except TimeoutError:
        raise ConnectorError("timed_out", is_transient=True, host=host) from None
    except (EOFError, ConnectionError):
        raise ConnectorError("cut_off", is_transient=True, host=host) from None
    except paramiko.SSHException as error:
        if "timeout" in str(error).lower() or "No existing session" in str(error):
            raise ConnectorError("timed_out", is_transient=True, host=host) from None
        raise ConnectorError("bad_answer", host=host, detail="SSH") from None
