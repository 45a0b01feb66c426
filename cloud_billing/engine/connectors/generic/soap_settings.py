"""The settings of the generic SOAP connector."""

from ..base import Setting
from .question_settings import PAGE_SETTINGS, ROW_SETTINGS, TIME_SETTINGS

_PLACES = (
    "Places: {start} {end} of the time asked for, {year} {month} {month_number} of its month, {page} {offset} {size}"
    " {cursor} of the page."
)

SETTINGS = (
    Setting(
        "wsdl_url",
        "Address of the WSDL",
        kind="url",
        required=False,
        help="As https://erp.example.com/usage?wsdl. What it imports must be on the same server.",
    ),
    Setting(
        "wsdl",
        "WSDL",
        kind="long_text",
        required=False,
        help="The text of the WSDL, where no address gives it. It cannot import anything.",
        group="more",
    ),
    Setting(
        "endpoint",
        "Address of the service",
        kind="url",
        required=False,
        help="Where another one is asked than the WSDL says.",
        group="more",
    ),
    Setting("service", "Service", required=False, help="Where the WSDL has several.", group="more"),
    Setting("port", "Port", required=False, help="Where the service has several.", group="more"),
    Setting(
        "auth",
        "How it logs in",
        kind="choice",
        choices=(
            ("none", "By nothing, or by the login operation"),
            ("wsse", "WS-Security UsernameToken, password as text"),
            ("wsse_digest", "WS-Security UsernameToken, password as digest"),
            ("basic", "User name and password over HTTP"),
        ),
        default="none",
    ),
    Setting("login", "User name", required=False),
    Setting("secret", "Password", kind="secret", required=False),
    Setting(
        "login_operation",
        "Login operation",
        required=False,
        help="The operation that gives a session, where the system wants one.",
        group="more",
    ),
    Setting(
        "login_parameters",
        "Parameters of the login",
        kind="mapping",
        required=False,
        default='{"username": "{user}", "password": "{password}"}',
        help="A JSON object with the places {user} and {password}.",
        group="more",
    ),
    Setting(
        "session_path",
        "Where the session is",
        required=False,
        help="In what the login gives, as sessionId; empty where it gives nothing else.",
        group="more",
    ),
    Setting(
        "session_header",
        "Session header",
        kind="mapping",
        required=False,
        help='A JSON object, as {"{urn:example.com}SessionHeader": {"sessionId": "{session}"}}.',
        group="more",
    ),
    Setting("operation", "Operation", group="what"),
    Setting(
        "parameters",
        "Parameters",
        kind="mapping",
        required=False,
        help='A JSON object, as {"from": "{start}", "to": "{end}"}; parts of parts are objects within. ' + _PLACES,
        group="what",
    ),
    Setting(
        "row_path",
        "Where the rows are",
        required=False,
        help="The path to the rows in the result, as usage.record[*]; empty where the result is the list of them.",
        group="what",
    ),
    *TIME_SETTINGS,
    Setting(
        "paging",
        "Pages",
        kind="choice",
        choices=(
            ("none", "One answer with everything"),
            ("page", "Page numbers"),
            ("offset", "Number of the first row"),
            ("cursor", "Cursor in the answer"),
        ),
        default="none",
        group="what",
    ),
    *PAGE_SETTINGS,
    *ROW_SETTINGS,
)
