"""The settings of the generic REST connector."""

from ..base import Setting
from .auth_settings import AUTH_SETTINGS
from .question_settings import PAGE_SETTINGS, PLACES_HELP, ROW_SETTINGS, TIME_SETTINGS

SETTINGS = (
    Setting(
        "base_url",
        "Address of the system",
        kind="url",
        help="Where its addresses begin, as https://api.example.com/v1. Only this server is asked.",
    ),
    *AUTH_SETTINGS,
    Setting("path", "Path", required=False, help=f"Behind the address, as usage/records. {PLACES_HELP}", group="what"),
    Setting(
        "method",
        "Method",
        kind="choice",
        choices=(("GET", "GET"), ("POST", "POST, for a query")),
        default="GET",
        group="what",
    ),
    Setting(
        "params",
        "Parameters of the address",
        kind="mapping",
        required=False,
        help=f'A JSON object, as {{"from": "{{start}}", "to": "{{end}}"}}. {PLACES_HELP} A parameter whose place has no'
        " value yet, as the cursor of the first page, is left out.",
        group="what",
    ),
    Setting(
        "body",
        "Body of the query",
        kind="mapping",
        required=False,
        help=f"For POST, a JSON object. {PLACES_HELP}",
        group="what",
        when=("method", ("POST",)),
    ),
    Setting(
        "body_kind",
        "The body is sent as",
        kind="choice",
        required=False,
        choices=(("json", "JSON"), ("form", "form fields")),
        default="json",
        group="more",
        when=("method", ("POST",)),
    ),
    Setting(
        "row_path",
        "Where the rows are",
        required=False,
        help="The path to the rows in the answer, as data.items[*]; empty where the answer is the list of them.",
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
            ("next_link", "Address of the next page in the answer"),
            ("link_header", "Address of the next page in the header Link"),
        ),
        default="none",
        group="what",
    ),
    *PAGE_SETTINGS,
    Setting(
        "next_path",
        "Where the next address is",
        required=False,
        help="As links.next, or @odata.nextLink.",
        group="what",
        when=("paging", ("next_link",)),
    ),
    Setting(
        "headers", "Headers", kind="mapping", required=False, help="A JSON object, for headers besides.", group="more"
    ),
    *ROW_SETTINGS,
)
