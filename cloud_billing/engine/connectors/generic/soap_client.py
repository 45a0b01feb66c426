"""zeep, kept within bounds: what it loads and sends goes through `web`, and no document may bring entities along."""

import base64
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urljoin

from ..base import need_library
from ..errors import ConnectorError
from ..quiet import hide, quiet, silence
from .paging import is_same_server

_IN_BODY = re.compile(rb"<(?:[\w.-]+:)?Body(?:\s[^>]*)?>\s*<(?:[\w.-]+:)?([\w.-]+)")
_FAULT = re.compile(rb"<(?:[\w.-]+:)?Fault[\s>]")
# A server answers a fault with one of these; without a fault in it they are failures like any other.
_FAULT_STATUS = (400, 500)
_LOGGERS = (
    "zeep.transports", "zeep.wsdl.wsdl", "zeep.wsdl.bindings.soap", "zeep.wsdl.bindings.http", "zeep.xsd.schema",
    "zeep.xsd.visitor", "zeep.xsd.types.simple", "zeep.xsd.types.any", "zeep.xsd.elements.attribute",
)  # fmt: skip


class Service:
    """A service of a WSDL. given: values of the SOAP settings. The WSDL is asked for at the first call."""

    def __init__(self, given, web):
        self._given = given
        self._web = web
        self._client = None
        self._proxy = None
        self._transport = None
        self._secrets = [given["secret"]] if given["secret"] else []

    def call(self, operation, parameters, header=None):
        """The result of an operation as JSON says it, numbers as text. header: {name: values} of SOAP headers.

        Raises ConnectorError: no_operation, soap_parameters, soap_fault, bad_answer, bad_wsdl and those of `web`.
        """
        silence(*_LOGGERS)
        zeep = need_library("zeep")
        need_library("zeep.exceptions")
        with quiet():
            proxy = self._open(zeep)
            try:
                method = proxy[operation]
            except (AttributeError, KeyError, ValueError):
                raise ConnectorError("no_operation", operation=operation) from None
            headers = [self._make_header(zeep, name, values) for name, values in (header or {}).items()]
            try:
                result = method(**(parameters or {}), **({"_soapheaders": headers} if headers else {}))
            except ConnectorError:
                raise
            except zeep.exceptions.Fault as fault:
                raise ConnectorError("soap_fault", said=self._hide(fault.message)) from None
            except (zeep.exceptions.ValidationError, TypeError, ValueError, LookupError) as error:
                raise ConnectorError("soap_parameters", operation=operation, said=self._hide(error)) from None
            except zeep.exceptions.Error as error:
                raise ConnectorError("bad_answer", detail=type(error).__name__) from None
            self._check_body(operation)
            return as_json(zeep.helpers.serialize_object(result, dict))

    def _check_body(self, operation):
        """Refuse an answer to another question, which zeep takes for one without content."""
        described = self._proxy._binding.get(operation)
        body, found = described.output.body, _IN_BODY.search(self._transport.last)
        expected = body.qname.localname if described.style == "document" and body is not None else None
        if expected and (not found or found[1].decode() != expected):
            raise ConnectorError("bad_answer", detail="SOAP body")

    def keep_quiet_about(self, secret):
        """Let a session that came up on the way be shown in no error."""
        self._secrets.append(secret)
        self._web.keep_quiet_about(secret)

    def _hide(self, error):
        return hide(str(error or ""), self._secrets)

    # --- the WSDL

    def _open(self, zeep):
        """The proxy of the service, made once."""
        if self._proxy is None:
            for module in ("zeep.helpers", "zeep.wsse.username", "zeep.wsdl.utils"):
                need_library(module)
            given, self._transport = self._given, Transport(self._web, self._given, zeep)
            settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)
            try:
                self._client = zeep.Client(
                    given["wsdl_url"] or Pasted(given["wsdl"]),
                    transport=self._transport,
                    settings=settings,
                    wsse=self._make_token(zeep),
                )
                self._proxy = self._bind()
            except ConnectorError:
                raise
            except Exception as error:
                raise ConnectorError("bad_wsdl", detail=f"{type(error).__name__}: {self._hide(error)}"[:200]) from None
        return self._proxy

    def _bind(self):
        given = self._given
        proxy = self._client.bind(given["service"] or None, given["port"] or None)
        if proxy is None:
            raise ConnectorError("bad_wsdl", detail="no service")
        if given["endpoint"]:
            proxy._binding_options["address"] = given["endpoint"]
        return proxy

    def _make_token(self, zeep):
        given = self._given
        if given["auth"] not in ("wsse", "wsse_digest"):
            return None
        token = zeep.wsse.username.UsernameToken
        return token(given["login"], given["secret"].reveal(), use_digest=given["auth"] == "wsse_digest")

    def _make_header(self, zeep, name, values):
        """The element of a SOAP header: as the WSDL describes it, else with members in the element's own namespace."""
        try:
            return self._client.get_element(name)(**values)
        except (zeep.exceptions.Error, LookupError, ValueError):
            # Not described there.
            pass
        etree = need_library("lxml.etree")
        try:
            element, space = etree.Element(name), etree.QName(name).namespace
            for member, value in values.items():
                etree.SubElement(element, f"{{{space}}}{member}" if space else member).text = str(value)
        except (ValueError, AttributeError):
            raise ConnectorError("bad_header", header=name) from None
        return element


class Pasted:
    """A WSDL given as text, as zeep reads files."""

    def __init__(self, text):
        self._text = text

    def read(self):
        refuse_doctype(self._text.encode())
        return self._text.encode()


class Transport:
    """What zeep asks of its transport: documents of the WSDL's own server, and posts to the service."""

    def __init__(self, web, given, zeep):
        self._web = web
        self._given = given
        self._to_text = zeep.wsdl.utils.etree_to_string
        self.last = b""

    def load(self, url):
        """A document that is, or is imported by, the WSDL: from its server alone, never from this machine's files."""
        base = self._given["wsdl_url"]
        whole = urljoin(base, url or "")
        if not base or not is_same_server(base, whole):
            raise ConnectorError("import_elsewhere", document=str(url)[:200])
        content = self._web.request("GET", whole, auth=self._make_auth()).read()
        refuse_doctype(content)
        return content

    def post_xml(self, address, envelope, headers):
        """The Reply to an envelope."""
        answer = self._web.request(
            "POST",
            address,
            data=self._to_text(envelope),
            headers=headers,
            auth=self._make_auth(),
            ok=(200, 202, *_FAULT_STATUS),
            # Operations of ours only ask.
            is_repeatable=True,
        )
        content = answer.read()
        if answer.status in _FAULT_STATUS and not _FAULT.search(content):
            raise ConnectorError("server_error", is_transient=answer.status >= 500, status=answer.status, said="")
        refuse_doctype(content)
        self.last = content
        return Reply(answer.status, content, answer.headers)

    def _make_auth(self):
        if self._given["auth"] != "basic":
            return None
        # requests encodes a text as Latin-1, which not every password is.
        return self._given["login"].encode(), self._given["secret"].reveal().encode()


class Reply:
    """An answer with the names that zeep asks by."""

    encoding = "utf-8"

    def __init__(self, status, content, headers):
        self.status_code = status
        self.content = content
        self.headers = headers


def refuse_doctype(content):
    """Refuse a document type, by which XML brings entities and other files; in UTF-16 it would not be seen here."""
    if b"<!DOCTYPE" in content or b"\0" in content:
        raise ConnectorError("bad_answer", detail="DOCTYPE")


def as_json(value):
    """What zeep made of a result, as decoded JSON with numbers as text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, dict):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    return str(value)
