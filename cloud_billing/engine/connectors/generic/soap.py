"""Any SOAP service that a WSDL describes: which operation is called with what, and where the rows are, are settings."""

import re
from datetime import timedelta

from ..base import Connector, Problem
from ..errors import ConnectorError
from ..places import get_place, get_places
from ..secret import Secret
from . import template
from .collecting import Found, Query, check_query, read_object
from .json_rows import look_up
from .soap_client import Service
from .soap_settings import SETTINGS

_ADDRESS = re.compile(r"<[\w.-]*:?address\s[^<>]*?location\s*=\s*[\"']([^\"'<>]+)[\"']")


class SoapConnector(Connector):
    name = "soap"
    title = "SOAP (WSDL)"
    summary = "Any SOAP service: the WSDL, the operation, its parameters and where the rows are, by settings."
    settings = SETTINGS
    readers = ("own_columns",)
    brings_tables = True
    has_windows = True
    overlap = timedelta(days=1)

    def hosts(self, options):
        urls = [options.get("wsdl_url"), options.get("endpoint")]
        if not options.get("endpoint"):
            urls += _ADDRESS.findall(options.get("wsdl") or "")
        return get_places(urls)

    def check(self, options):
        problems = super().check(options)
        if problems:
            return problems
        if not options.get("wsdl_url") and not options.get("wsdl"):
            problems.append(Problem("wsdl_url", "setting_missing"))
        if (options.get("auth") or "none") != "none" or options.get("login_operation"):
            problems += [Problem(name, "setting_missing") for name in ("login", "secret") if not options.get(name)]
        if options.get("login_operation") and not options.get("session_header"):
            problems.append(Problem("session_header", "setting_missing"))
        return [*problems, *check_query(options, [read_object(options.get("parameters"))], "parameters")]

    def test(self, options, web, now):
        return SoapQuery(options, web).test(now)

    def fetch(self, options, web, window, known):
        yield from SoapQuery(options, web).fetch(window, known)


class SoapQuery(Query):
    """A call and its result, page by page."""

    def __init__(self, options, web):
        super().__init__(options, SETTINGS, web)
        self.host = get_place(self.given["endpoint"] or self.given["wsdl_url"] or "")
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", self.given["operation"]).strip("-")[:60] or "rows"
        self._parameters = self.given["parameters"]
        self._service = Service(self.given, web)
        self._header = None

    def get_templates(self):
        return [self._parameters]

    def ask(self, values, url):
        if self.given["login_operation"] and self._header is None:
            self._header = self._log_in()
        result = self._service.call(self.given["operation"], template.fill(self._parameters, values), self._header)
        return Found(result)

    def _log_in(self):
        """{name of a header: its values} with the session that the login gives. Raises ConnectorError no_session."""
        given = self.given
        values = {"user": given["login"], "password": given["secret"].reveal()}
        result = self._service.call(given["login_operation"], template.fill(given["login_parameters"], values))
        session = look_up(result, given["session_path"]) if given["session_path"] else result
        if not isinstance(session, str) or not session:
            raise ConnectorError("no_session", operation=given["login_operation"])
        self._service.keep_quiet_about(Secret(session))
        return template.fill(given["session_header"], {"session": session})
