"""The systems that test_connectors_on_screen.py connects: real ones where there are any (S3, Blob, SFTP, Prometheus,
CloudKitty), else servers that answer as the provider documents. Each is started for one test and stops with its stack.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
import test_connector_google_bigquery as google
from cloud_billing_engine.connectors import Secret
from cloud_billing_engine.connectors.providers.azure_sign import SharedKey
from local_api import Api
from local_api import Reply as ApiReply
from local_server import LocalServer, Reply
from preset_servers import SERVERS, CpanelTraffic, HubSpot, basic
from provider_samples import provider_file
from servers.azurite import Azurite
from servers.moto import Moto
from servers.openstack import CloudKitty
from servers.prometheus import Prometheus
from servers.sftp import Sftp
from soap_server import fault, serve_soap, usage
from test_cloudkitty_server import make_frame
from test_connector_azure_cost_details import Azure
from test_connector_microsoft_csp import Microsoft, invoice
from test_connector_opencost import answer as allocations
from test_connector_vcloud import Cells, machine
from test_connectors_cloud import documented_policy, put_run

NOW = datetime.now(timezone.utc)
LAST_MONTH = NOW.replace(day=1) - timedelta(days=1)
FILE = b"id,start,account,service,quantity,unit\n1,2026-10-01,acme,calls,5,\n2,2026-10-01,bolt,calls,0.25,\n"
BUCKETS = ("bills", "nothing-yet")


@dataclass
class System:
    """One that runs. places: what stands in for {names} in what is filled in.   empty: takes away all that it has."""

    places: dict = field(default_factory=dict)
    empty: Callable = lambda: None


def runs(stack, server, empty=lambda: None, **places):
    """A System of a server that is entered here."""
    server = stack.enter_context(server)
    return System({"url": server.url, "host": server.host, **places}, empty)


def needs_secret(answer, secret, path, refusal):
    """The same answers, to those who send this secret in the body to a path that ends so."""

    def ask(asked):
        is_wrong = asked.path.endswith(path) and secret not in asked.body.decode()
        return refusal if is_wrong else answer(asked)

    return ask


def start_s3(stack, _folder, _session):
    moto = Moto()
    stack.callback(moto.stop)
    access, secret = moto.make_key("reader", *(documented_policy("Amazon S3", bucket, "b/x") for bucket in BUCKETS))
    moto.lock()
    for bucket in BUCKETS:
        moto.make_bucket(bucket)
    month, following = LAST_MONTH, NOW
    folder = f"b/x/{month:%Y%m}01-{following:%Y%m}01"
    moto.put("bills", f"{folder}/a/cur-1.csv", provider_file("aws_cur"))
    manifest = b'{"assemblyId": "a", "account": "111122223333", "reportKeys": ["%s/a/cur-1.csv"]}' % folder.encode()
    moto.put("bills", f"{folder}/cur-Manifest.json", manifest)
    total = {"UnblendedCost": {"Amount": "0.2675", "Unit": "USD"}}
    period = {"Start": f"{month:%Y-%m}-01", "End": f"{following:%Y-%m}-01"}
    result = {"TimePeriod": period, "Total": total, "Groups": [], "Estimated": False}
    moto.seed_totals({"ResultsByTime": [result], "DimensionValueAttributes": []})
    return System({"url": moto.url, "access": access, "secret": secret, "month": f"{month:%Y-%m}"})


def start_azurite(stack, _folder, _session):
    if not shutil.which("npm"):
        pytest.skip("no npm to install azurite with")
    azurite = Azurite(lambda account, key: SharedKey(account, Secret(key)))
    stack.callback(azurite.stop)
    for container in BUCKETS:
        azurite.make_container(container)
    put_run(azurite, "run-1", "2026-11-01T04:00:00.1234567Z", [provider_file("azure_cost")])
    return System({"url": azurite.url})


def start_prometheus(stack, folder, _session):
    begin = int(NOW.timestamp()) - 30 * 3600
    samples = [f'calls_total{{customer="acme"}} {3 * n} {begin + 300 * n}' for n in range(30 * 12)]
    server = Prometheus(folder, "\n".join(["# TYPE calls counter", *samples, "# EOF", ""]))
    stack.callback(server.stop)
    return System({"url": server.url})


def start_sftp(stack, folder, _session):
    for name in ("out", "empty"):
        (folder / name).mkdir()
    (folder / "out" / "usage.csv").write_bytes(FILE)
    os.utime(folder / "out" / "usage.csv", (1_790_840_000, 1_790_840_000))
    server = stack.enter_context(Sftp(folder))
    return System({"port": str(server.port), "fingerprint": server.fingerprint})


def start_cost_details(stack, _folder, _session):
    azure, exports = Azure(), [{"name": "actual"}, {"name": "focus"}]
    refusal = Reply(401, {"error_description": "AADSTS7000215: Invalid client secret provided."})
    azure.months = {f"{LAST_MONTH:%Y-%m}": provider_file("azure_cost")}
    known = needs_secret(azure, "right", "/token", refusal)
    system = runs(
        stack,
        LocalServer(lambda asked: Reply(body={"value": exports}) if asked.path.endswith("/exports") else known(asked)),
        exports.clear,
    )
    azure.url = system.places["url"]
    return system


def start_csp(stack, _folder, _session):
    microsoft = Microsoft(*(invoice(f"G00{n}", f"{LAST_MONTH:%Y-%m}") for n in (1, 2)))
    refusal = Reply(401, {"error_description": "AADSTS7000222: The provided client secret keys are expired."})
    server = LocalServer(needs_secret(microsoft, "right", "/token", refusal))
    system = runs(stack, server, lambda: setattr(microsoft, "invoices", ()), month=f"{LAST_MONTH:%Y-%m}")
    microsoft.url = system.places["url"]
    return system


def start_google(stack, _folder, _session):
    exported = (NOW - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    server = google.Google(google.row(1, exported=exported), google.row(2, exported=exported))
    return runs(stack, LocalServer(server), server.rows.clear)


def start_cloudkitty(stack, folder, _session):
    cloud = CloudKitty(folder, billing=("sesame-of-the-tests", ("admin",)))
    stack.callback(cloud.stop)
    day = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    cloud.add([make_frame(hour, day) for hour in range(2)])
    return System({"url": cloud.url, "keystone": cloud.keystone.url})


def start_opencost(stack, _folder, _session):
    shown = []

    def ask(asked):
        if asked.headers.get("Authorization") != "Bearer right":
            return Reply(401)
        return Reply(body=b'{"code":200,"data":[{}]}') if shown else allocations(asked)

    return runs(stack, LocalServer(ask), lambda: shown.append("nothing"))


def start_vcloud(stack, _folder, _session):
    cells = Cells(machine(1), machine(2))
    return runs(stack, LocalServer(cells), cells.machines.clear)


def start_odoo(stack, _folder, _session):
    records = [
        {"id": number, "date": "2026-10-05", "partner_id": [7, "Acme"], "project_id": [3, "Support"],
         "unit_amount": 1.25, "product_uom_id": [4, "Hours"], "employee_id": [9, "Mara Maker"], "name": "Firewall"}
        for number in (11, 12)
    ]  # fmt: skip

    def ask(asked):
        if asked.headers["Authorization"] != "bearer k-1":
            return Reply(401, {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"})
        last = next(value for field, operator, value in asked.json["domain"] if (field, operator) == ("id", ">"))
        return Reply(body=[one for one in records if one["id"] > last])

    return runs(stack, LocalServer(ask), records.clear)


def start_this_odoo(_stack, _folder, session):
    partner = session.call("res.partner", "create", {"name": "Acme"})
    vals = {"name": "Firewall", "partner_id": partner, "date": f"{NOW:%Y-%m-%d}", "unit_amount": 1.5}
    made = session.call("account.analytic.line", "create", [vals, vals])
    nobody = session.call("res.users", "create", {"name": "Nina Nobody", "login": "nina"})
    return System({"nobody": str(nobody)}, lambda: session.call("account.analytic.line", "unlink", made))


def start_rest(stack, _folder, _session):
    rows = [{"id": f"e{n}", "at": "2026-10-01T00:00:00Z", "customer": {"code": "acme"}, "quantity": n} for n in (1, 2)]

    def ask(asked):
        is_known = asked.headers.get("Authorization") == "Bearer right"
        return {"events": rows} if is_known else ApiReply(b'{"error":"token unknown"}', 401)

    return runs(stack, Api(ask), rows.clear)


def start_soap(stack, _folder, _session):
    rows = [(f"r{n}", f"2026-10-01T0{n}:00:00Z", f"{n}.50", "acme") for n in range(3)]

    def ask(call):
        password = call.in_header("Password")
        return usage(rows) if password is not None and password.text == "right" else fault("Not you")

    return runs(stack, serve_soap(ask), rows.clear)


def start_files(stack, _folder, _session):
    files = [FILE]

    def ask(asked):
        if asked.headers.get("Authorization") != basic("meter", "right"):
            return ApiReply(b"", 401)
        return ApiReply(files[0]) if files else ApiReply(b"", 404)

    return runs(stack, Api(ask), files.clear)


class CpanelOfToday(CpanelTraffic):
    """Traffic of whichever month is asked for."""

    def answer(self, asked):
        return {"data": {"acct": [self.account("acme", 3 * 2**30)]}, "metadata": {"command": "showbw", "result": 1}}


class HubSpotOfToday(HubSpot):
    """Line items that were changed an hour ago."""

    @staticmethod
    def time(_item):
        return int((NOW - timedelta(hours=1)).timestamp() * 1000)


# What a preset's system answers where there is nothing.
NO_ANSWERS = {
    "autotask": {"items": [], "pageDetails": {"count": 0, "nextPageUrl": None}},
    "connectwise": [],
    "cpanel_disk": {"data": {"accounts": []}, "metadata": {"command": "get_disk_usage", "result": 1}},
    "cpanel_traffic": {"data": {"acct": []}, "metadata": {"command": "showbw", "result": 1}},
    "hubspot": {"total": 0, "results": []},
    "proxmox": {"data": []},
    "salesforce": {"totalSize": 0, "done": True, "records": []},
    "servicenow": {"result": []},
    "topdesk": ApiReply(b"", 204),
    "whmcs": {"result": "success", "totalresults": 0, "startnumber": 0, "numreturned": 0, "products": ""},
}


def start_preset(name):
    """The start of a preset's system; it lets in whoever knows its secrets, also when it has nothing."""

    def start(stack, _folder, _session):
        server = {"cpanel_traffic": CpanelOfToday, "hubspot": lambda: HubSpotOfToday(3)}.get(name, SERVERS[name])()
        usual = server.answer

        def empty():
            server.answer = lambda asked: usual(asked) if asked.path.endswith("/token") else NO_ANSWERS[name]

        return runs(stack, Api(server), empty)

    return start
