"""Presets, SOAP, SFTP and files over HTTPS in a real Odoo: settings, Test, the scheduled fetch, the import, the rows.

Every system is a server on this machine. The clock of Odoo stands at midnight after 1 October 2026.
"""

import json
import os
import re
from contextlib import ExitStack
from decimal import Decimal

from cloud_billing_engine.connectors import CONNECTORS
from local_api import Api, Reply
from preset_servers import SERVERS, basic
from servers.sftp import PASSWORD, USER, Sftp
from soap_server import fault, serve_soap, usage

TIME = 1_790_840_000
WRONG_KEY = re.compile("refuses the key.*type it in here|refuses the call. Type the secret in again|refuses the login")
CSV = b"id,start,account,service,quantity,unit\n1,2026-10-01T05:00:00Z,acme,calls,5,\n2,2026-10-01,bolt,calls,0.25,\n"
FILE_USAGE = [("1", "2026-10-01 05:00:00", "acme", "calls", "5"), ("2", "2026-10-01 00:00:00", "bolt", "calls", "0.25")]
SOAP_ROWS = [(f"r{n}", f"2026-10-01T{n:02d}:00:00Z", f"{n}.50", "acme") for n in range(12)]
SOAP_MAPPING = {
    "columns": {"id": ["id"], "start": ["at"], "account": ["customer.code"], "quantity": ["quantity"]},
    "constants": {"service": "calls"},
    "period": "instant",
}
SCRIPT = """
import json
from datetime import timedelta
from freezegun import freeze_time

admin = env.ref("base.user_admin")
admin.group_ids = [(4, env.ref("cloud_billing.group_administrator").id)]
cases, told = json.loads({cases!r}), {{}}
formats, sources = env["cloud.usage.format"], env["cloud.usage.source"].with_user(admin)
with freeze_time("2026-10-02 00:00:00"):
    for name, case in cases.items():
        vals = {{"name": name, "responsible_id": admin.id, "reader": case.get("reader", "own_columns")}}
        if case.get("proposal"):
            vals["format_id"] = formats._make_proposed(case["proposal"], name, env.company).id
        elif case.get("mapping"):
            vals["format_id"] = formats._make(name, env.company, case["mapping"]).id
        connector = env["cloud.connector"].with_user(admin).create({{
            "source_id": sources.create(vals).id, "kind": case["kind"], "options": case["options"], "tz": "UTC",
            "fetch_from": "2026-10-01",
        }})
        connector.host_ids.is_inner = True
        connector.action_allow_hosts()
        told[name] = {{}}
        for turn in ("wrong", "right"):
            for secret, word in case["secrets"].items():
                connector.set_secret(secret, word if turn == "right" else f"wrong-{{word}}")
            connector.action_test()
            test = connector.run_ids.sorted("id")[-1]
            told[name][turn] = [test.outcome, test.story, bool(test.preview)]
        connector.action_turn_on()
        env.cr.commit()
    env["cloud.connector.fetcher"]._cron_fetch_usage()
    env["cloud.usage.importer"]._cron_import_usage()
    env.cr.commit()
    # What was taken is known: the next day brings nothing of it again.
with freeze_time("2026-10-02 00:30:00"):
    env["cloud.connector"].search([]).with_user(admin).action_fetch()
    env.cr.commit()
    env["cloud.connector.fetcher"]._cron_fetch_usage()
    env["cloud.usage.importer"]._cron_import_usage()
    env.cr.commit()
for connector in env["cloud.connector"].search([]):
    rows = env["cloud.usage.record"].search([("source_id", "=", connector.source_id.id), ("is_live", "=", True)])
    told[connector.name] |= {{
        "runs": connector.run_ids.filtered(lambda run: run.kind != "test").mapped(lambda run: [run.outcome, run.story]),
        "imports": [[one.state, one.rows_rejected, one.rows_quarantined] for one in connector.source_id.import_ids],
        "rows": [
            [row.external_id or "", str(row.service_start), row.stream_id.sub_account,
             row.stream_id.service, str(row.quantity)]
            for row in rows
        ],
    }}
print("TOLD " + json.dumps(told))
"""


def make_cases(stack, folder):
    """{name: what a person enters, and `usage` that must come of it}, with a running server behind each."""
    cases = {}
    for name, make in SERVERS.items():
        server = make()
        api = stack.enter_context(Api(server))
        cases[name] = {
            "kind": name,
            "options": {"server": api.url, **server.settings},
            "secrets": server.secrets,
            "usage": server.usage,
            "proposal": f"{name}/{next(iter(CONNECTORS[name].things))}",
        }
    soap = stack.enter_context(serve_soap(answer_call))
    cases["soap"] = {
        "kind": "soap",
        "mapping": SOAP_MAPPING,
        "options": {
            "wsdl_url": f"{soap.url}/usage.wsdl", "operation": "GetUsage", "row_path": "usage.record[*]",
            "parameters": json.dumps({"from": "{start}", "to": "{end}"}), "auth": "wsse", "login": "meter",
        },
        "secrets": {"secret": "canary-soap"},
        "usage": [(name, at.replace("T", " ").strip("Z"), who, "calls", much) for name, at, much, who in SOAP_ROWS],
    }  # fmt: skip
    files = stack.enter_context(Api(serve_file))
    cases["https_files"] = {
        "kind": "https_files",
        "reader": "csv",
        "options": {"url": f"{files.url}/usage/{{year}}-{{month}}-{{day}}.csv", "auth": "basic", "login": "meter"},
        "secrets": {"secret": "canary-files"},
        "usage": FILE_USAGE,
    }
    sftp = stack.enter_context(Sftp(folder))
    (folder / "out").mkdir()
    (folder / "out" / "usage.csv").write_bytes(CSV)
    os.utime(folder / "out" / "usage.csv", (TIME, TIME))
    cases["sftp"] = {
        "kind": "sftp",
        "reader": "csv",
        "options": {"host": "127.0.0.1", "port": str(sftp.port), "host_key": sftp.fingerprint, "login": USER,
                    "folder": "/out"},
        "secrets": {"secret": PASSWORD},
        "usage": FILE_USAGE,
    }  # fmt: skip
    return cases


def answer_call(call):
    """The rows to who logs in by WS-Security."""
    password = call.in_header("Password")
    return usage(SOAP_ROWS) if password is not None and password.text == "canary-soap" else fault("Not you")


def serve_file(asked):
    """The file of 1 October to who logs in."""
    if asked.headers.get("Authorization") != basic("meter", "canary-files"):
        return Reply(b"", 401)
    if asked.path != "/usage/2026-10-01.csv":
        return Reply(b"", 404)
    if asked.headers.get("If-None-Match") == '"1"':
        return Reply(b"", 304)
    return Reply(CSV, headers={"ETag": '"1"'})


def test_every_one_comes_in_as_its_system_says(database, script, tmp_path):
    with ExitStack() as stack:
        cases = make_cases(stack, tmp_path)
        printed = script(database(), SCRIPT.format(cases=json.dumps(cases))).communicate(timeout=600)[0]
    assert "TOLD " in printed, printed[-5000:]
    told = json.loads(printed.partition("TOLD ")[2].splitlines()[0])
    for name, case in cases.items():
        found = told[name]
        # A wrong key is told with what to do, and the right one with the first rows.
        assert found["wrong"][0] == "red", (name, found)
        assert WRONG_KEY.search(found["wrong"][1]), (name, found)
        assert found["right"][0] == "green", (name, found)
        assert found["right"][2], (name, "the test shows no rows", found)
        assert [outcome for outcome, _story in found["runs"]] == ["green", "green"], (name, found)
        assert {tuple(one) for one in found["imports"]} <= {("imported", 0, 0), ("known", 0, 0)}, (name, found)
        rows = sorted((*row, Decimal(quantity)) for *row, quantity in map(tuple, found["rows"]))
        assert rows == sorted((*row, Decimal(quantity)) for *row, quantity in case["usage"]), name
    words = [word for case in cases.values() for word in case["secrets"].values()]
    assert [word for word in words if len(word) > 5 and word in printed] == []
