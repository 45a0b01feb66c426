"""The table of test_connectors_on_screen.py: what is filled in for each kind of connector, and what must be read."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

import connector_systems as systems
import test_connector_google_bigquery as google
from cloud_billing_engine.connectors import CONNECTORS
from preset_servers import SERVERS
from servers.azurite import ACCOUNT, KEY
from servers.prometheus import PASSWORD as PROMETHEUS_PASSWORD
from servers.prometheus import USER as PROMETHEUS_USER
from servers.sftp import PASSWORD, USER
from test_connector_azure_cost_details import SCOPE

ROWS = {"columns": {"id": ["id"], "start": ["at"], "account": ["customer.code"], "quantity": ["quantity"]},
        "constants": {"service": "calls"}, "period": "instant"}  # fmt: skip

NEW_KEY = "It is wrong, has expired, or lacks the right to read this: make a new one at the provider and type it in"
NO_ROWS = "There are no rows of the last day. Where there should be some, compare what is fetched with what its own"
NO_RECORDS = "Where there should be some, compare what is fetched with what its own pages show"
NOTHING = "There is nothing to be seen. Where there should be, look at the rights of the login"
NEW_HOST_KEY = (
    "The server shows the host key {fingerprint}, and no password was sent yet. Compare the key with what the server's "
    "owner says, enter it as Host Key, and test again."
)
NOBODY = (
    "127.0.0.1 cannot be reached: nobody answers there. See whether it runs, whether the port is right, and whether a "
    "firewall lets this server through."
)

# Tests of which docs/connectors.md shows a picture: (kind, which of them).
PICTURES = {
    ("s3", "refused"), ("s3", "nothing"), ("azure_blob", "saw"), ("google_bigquery", "refused"), ("prometheus", "saw"),
    ("opencost", "gone"), ("cloudkitty", "saw"), ("sftp", "first"), ("sftp", "saw"), ("soap", "refused"),
    ("proxmox", "saw"),
}  # fmt: skip


@dataclass
class Kind:
    """A row of the table. start(stack, folder, session) -> System; closing the stack stops it.

    fill: {setting: what is typed, or the value that is chosen; True: ticked}.   secrets: {setting: text}; wrong: others
    in their place.   refuse, clear: settings that are changed to be refused, to find nothing.   saw, refused, nothing:
    what must be read of a good test, of a wrong key, of an empty place.   first: settings that are filled in otherwise
    at first, and what is asked then.   rows: whether a good test shows some.   alone: nobody is spoken to whom one
    could not reach.   meaning: of a value, mapping: of its own format, as its source has them.
    """

    start: Callable
    fill: dict
    saw: str
    refused: str
    nothing: str
    secrets: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)
    refuse: dict = field(default_factory=dict)
    clear: dict = field(default_factory=dict)
    first: tuple = ()
    rows: bool = True
    is_clear_green: bool = False
    alone: bool = False
    reader: str = ""
    meaning: str = ""
    mapping: dict | None = None


def preset(name, saw="Rows on the first page:", nothing=NO_ROWS):
    """The row of a preset: what its server in the engine's tests takes."""
    server = SERVERS[name]
    fill = {"server": "{url}", **server.settings}
    return Kind(systems.start_preset(name), fill, saw, NEW_KEY, nothing, secrets=dict(server.secrets))


STATE = {"saw": "It says how things stand now:", "nothing": NOTHING}

KINDS = {
    "s3": Kind(
        systems.start_s3,
        {"access_key": "{access}", "bucket": "bills", "prefix": "b/x", "check_totals": True, "endpoint": "{url}",
         "explorer_endpoint": "{url}"},
        "The newest export is of {month}. Files in its manifest: 1, of which are missing: 0. Cost Explorer says that "
        "{month} came to USD 0.2675.",
        "knows the key but not its secret: the signature is wrong. Type the secret in again, whole and without spaces",
        "s3://nothing-yet lets us in, but there is nothing in the folder “b/x”. The first export comes up to 24 hours "
        "after it was set up; otherwise compare the folder with the one of the export.",
        secrets={"secret_key": "{secret}"}, clear={"bucket": "nothing-yet"}, reader="aws_cur",
    ),
    "azure_blob": Kind(
        systems.start_azurite,
        {"account": ACCOUNT, "login": "key", "container": "bills", "prefix": "exports/actual", "endpoint": "{url}"},
        "The newest export is of 2026-10. Files in its manifest: 1, of which are missing: 0.",
        "lets this server in neither with this key nor from this network. Type in a key or signature that has not",
        "lets us in, but there is nothing in the folder “exports/actual”. The first export comes up to 24 hours after",
        secrets={"key": KEY}, wrong={"key": base64.b64encode(b"another key").decode()},
        clear={"container": "nothing-yet"}, reader="azure_cost",
    ),
    "azure_cost_details": Kind(
        systems.start_cost_details,
        {"tenant": "t-1", "client_id": "app", "scope": SCOPE, "endpoint": "{url}", "login_endpoint": "{url}"},
        f"The costs of {SCOPE} may be read. Its exports: 2. No report was made for this test, as reports are "
        "counted: Dry Run makes one and shows its rows.",
        "Microsoft refuses the client secret. Type in the value of the secret, not its ID, or make a new one. It says: "
        "“AADSTS7000215”.",
        # This connector is for those who have no export: what there is shows the report alone.
        "Its exports: 0. No report was made for this test, as reports are counted: Dry Run makes one and shows",
        secrets={"client_secret": "right"}, rows=False, is_clear_green=True, reader="azure_cost",
    ),
    "microsoft_csp": Kind(
        systems.start_csp,
        {"tenant": "t-1", "client_id": "app", "currency": "eur", "endpoint": "{url}", "partner_endpoint": "{url}",
         "login_endpoint": "{url}"},
        "Invoices in this currency: 2; the newest is of {month}.",
        "The client secret has expired. Make a new one under Certificates & secrets of the app registration and type",
        "There is no invoice in EUR yet. Where there should be one, compare Currency with the invoices in Partner",
        secrets={"client_secret": "right"}, rows=False, reader="csp",
    ),
    "google_bigquery": Kind(
        systems.start_google,
        {"table": google.TABLE, "endpoint": "{url}", "token_endpoint": "{url}/token"},
        f"Rows of {google.TABLE} in the newest invoice month, 2026-10: 2.",
        "Google refuses the service account. Its key may have been deleted, or the clock of this server is wrong: make "
        "a new key, or have the clock set.",
        "lets us in, but nothing was exported in the last 30 days. A new export begins within a day; the first one of",
        secrets={"key_file": google.KEY_FILE.reveal()}, wrong={"key_file": google.make_other_key_file()},
        rows=False, reader="gcp_billing",
    ),
    "cloudkitty": Kind(
        systems.start_cloudkitty,
        {"url": "{url}", "keystone": "{keystone}", "user": "billing", "project": "billing"},
        "UTC: 4.", NEW_KEY, NO_RECORDS,
        secrets={"password": "sesame-of-the-tests"}, clear={"filters": '{"project_id": "nobody"}'}, reader="cloudkitty",
    ),
    "opencost": Kind(
        systems.start_opencost, {"url": "{url}", "login": "bearer"}, "UTC: 1.", NEW_KEY, NO_RECORDS,
        secrets={"password": "right"}, reader="opencost",
    ),
    "prometheus": Kind(
        systems.start_prometheus,
        {"url": "{url}", "login": "basic", "user": PROMETHEUS_USER, "query": "calls_total", "sample_kind": "counter"},
        "UTC: 1, with values:", NEW_KEY,
        "Try it in the server's own page: the name of the metric, the labels, and whether it had values then.",
        secrets={"password": PROMETHEUS_PASSWORD}, clear={"query": "calls_of_another_name"}, reader="prometheus",
        meaning="counter",
    ),
    "vcloud": Kind(
        systems.start_vcloud, {"url": "{url}", "org": "shop"}, "Virtual machines that it sees: 2.", NEW_KEY,
        "It sees no virtual machines. Where there should be some, give the role of this user the right View vApp",
        secrets={"password": "token-1"},
    ),
    "rest": Kind(
        systems.start_rest,
        {"base_url": "{url}", "auth": "bearer", "path": "v1/events", "row_path": "events[*]",
         "params": '{"from": "{start}", "to": "{end}"}'},
        "Rows on the first page: 2. Columns: id, at, customer.code, quantity.", NEW_KEY, NO_ROWS,
        secrets={"secret": "right"}, mapping=ROWS,
    ),
    "soap": Kind(
        systems.start_soap,
        {"wsdl_url": "{url}/usage.wsdl", "auth": "wsse", "login": "meter", "operation": "GetUsage",
         "parameters": '{"from": "{start}", "to": "{end}"}', "row_path": "usage.record[*]"},
        "Rows on the first page: 3.",
        "refuses the call. Type the secret in again where it may be wrong, and compare the login and the parameters "
        "with what its documentation says. It says: “Not you”.",
        NO_ROWS,
        secrets={"secret": "right"}, mapping=ROWS,
    ),
    "https_files": Kind(
        systems.start_files,
        {"url": "{url}/usage/{year}-{month}-{day}.csv", "auth": "basic", "login": "meter"},
        "is there.", NEW_KEY,
        "The login works, but there is no file 127.0.0.1/usage/",
        secrets={"secret": "right"}, reader="csv",
    ),
    "sftp": Kind(
        systems.start_sftp,
        {"host": "127.0.0.1", "port": "{port}", "host_key": "{fingerprint}", "login": USER, "folder": "/out"},
        "Files in /out: 1; the newest is usage.csv.",
        "127.0.0.1 refuses the login. Compare user and password, or the private key",
        "There is no file in /empty that fits. Compare Folder and Only Files Named with what is there",
        secrets={"secret": PASSWORD}, clear={"folder": "/empty"}, reader="csv",
        first=({"host_key": ""}, NEW_HOST_KEY),
    ),
    "odoo": Kind(
        systems.start_odoo, {"url": "{url}"}, "{today}: 2.", NEW_KEY, NO_RECORDS,
        secrets={"api_key": "k-1"}, reader="csv",
    ),
    "this_odoo": Kind(
        systems.start_this_odoo,
        {"model": "account.analytic.line"},
        "{today}: 2.",
        "Nina Nobody may not read account.analytic.line, or not in this company. Give this user the right, or choose",
        NO_RECORDS,
        refuse={"user": "{nobody}"}, alone=True, reader="csv",
    ),
    **{name: preset(name) for name in ("autotask", "connectwise", "hubspot", "salesforce", "servicenow", "topdesk")},
    "cpanel_traffic": preset("cpanel_traffic"),
    **{name: preset(name, **STATE) for name in ("cpanel_disk", "proxmox", "whmcs")},
}  # fmt: skip


def get_mapping(name):
    """The mapping of the source's own format: the table's, else what the connector proposes first; None for none."""
    engine = CONNECTORS.get(name)
    proposed = next(iter(engine.get_mappings().values()), None) if engine else None
    return KINDS[name].mapping or (proposed and proposed[1])
