"""What a program is refused leaves an event, by each door of a real server, of one database and of several."""

import ast
import json
import urllib.error
import urllib.request
import xmlrpc.client

import pytest
from web import Session, WebError

SETUP = """
company = env.ref("base.main_company")
viewer = env["res.users"].create({"name": "Vera", "login": "vera", "password": "vera", "company_id": company.id,
    "company_ids": [(6, 0, company.ids)], "group_ids": [(6, 0, env.ref("cloud_billing.group_viewer").ids)]})
meter = env["cloud.meter"].create({"name": "Disk", "code": "disk", "unit": "GB"})
viewer.group_ids |= env.ref("base.group_system")
key = env(user=viewer.id)["res.users.apikeys"]._generate("rpc", "Nightly", None)
viewer.group_ids -= env.ref("base.group_system")
print("READY", {"vera": viewer.id, "meter": meter.id, "key": key})
env.cr.commit()
"""
READ = """
kinds = ("denied", "deletion_refused", "login_failed")
for event in env["cloud.audit.event"].search([("action", "in", kinds), ("user_login", "=", "vera")], order="id"):
    told = [event.detail.get(name) for name in ("method", "ids")]
    print("EVENT", repr((event.action, event.origin, event.address, event.res_model, *told)))
print("NAME", env["cloud.meter"].search([("code", "=", "disk")]).name)
"""
HERE = "127.0.0.1"


class Program:
    """Vera's program: it tries to rename and to delete a meter, by one of the doors, and is refused."""

    def __init__(self, url, database, made):
        self.url, self.database, self.made = url, database, made

    def call(self, method, *args):
        return self.database, self.made["vera"], "vera", "cloud.meter", method, [[self.made["meter"]], *args]

    def xml_rpc(self, method, *args):
        with pytest.raises(xmlrpc.client.Fault):
            xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object").execute_kw(*self.call(method, *args))

    def old_xml_rpc(self, method, *args):
        with pytest.raises(xmlrpc.client.Fault):
            xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/object").execute_kw(*self.call(method, *args))

    def guess_password(self):
        with pytest.raises(xmlrpc.client.Fault):
            arguments = (self.database, self.made["vera"], "wrong", "cloud.meter", "search", [[]])
            xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object").execute_kw(*arguments)

    def json_rpc(self, method, *args):
        with pytest.raises(WebError):
            Session(self.url).post("/jsonrpc", service="object", method="execute_kw", args=self.call(method, *args))

    def json_2(self, method, *args):
        body = {"ids": [self.made["meter"]], **({"vals": args[0]} if args else {})}
        headers = {
            "Authorization": f"bearer {self.made['key']}",
            "Content-Type": "application/json",
            "X-Odoo-Database": self.database,
        }
        request = urllib.request.Request(f"{self.url}/json/2/cloud.meter/{method}", json.dumps(body).encode(), headers)
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request)  # nosec B310

    def screen(self, method, *args):
        with pytest.raises(WebError):
            Session(self.url).login(self.database, "vera", "vera").call(
                "cloud.meter", method, [self.made["meter"]], *args
            )


DOORS = {"xml_rpc": "rpc", "old_xml_rpc": "rpc", "json_rpc": "rpc", "json_2": "json2", "screen": "screen"}


@pytest.fixture
def made(database, script):
    """(database, {"vera": id, "meter": id, "key": API key})."""
    name = database()
    output = script(name, SETUP).communicate(timeout=300)[0]
    line = next((line for line in output.splitlines() if "READY " in line), None)
    assert line, output
    return name, ast.literal_eval(line.split("READY ", 1)[1])


def try_every_door(server, database, made):
    program = Program(server.url, database, made)
    for door in DOORS:
        getattr(program, door)("write", {"name": "Mine"})
        getattr(program, door)("unlink")
    program.guess_password()


def read_events(script, database):
    output = script(database, READ).communicate(timeout=300)[0].splitlines()
    assert "Disk" in next(line for line in output if "NAME" in line)
    return [ast.literal_eval(line.split("EVENT ", 1)[1]) for line in output if "EVENT " in line]


def expect(origin, address, ids):
    return [
        ("denied", origin, address, "cloud.meter", "write", ids),
        ("deletion_refused", origin, address, "cloud.meter", "unlink", ids),
    ]


class TestEveryDoor:
    def test_of_a_server_with_one_database(self, made, server, script):
        name, ids = made
        try_every_door(server(name), name, ids)
        expected = [event for origin in DOORS.values() for event in expect(origin, HERE, [ids["meter"]])]
        assert read_events(script, name) == [*expected, ("login_failed", "rpc", HERE, False, None, None)]

    def test_of_a_server_with_several_databases(self, made, database, server, script):
        """XML-RPC and JSON-RPC name the database themselves, so the request is for none."""
        name, ids = made
        both = f"--db-filter=^({name}|{database()})$"
        try_every_door(server(name, "--max-cron-threads=0", both), name, ids)
        expected = []
        for origin in DOORS.values():
            known = (HERE, [ids["meter"]]) if origin != "rpc" else (False, [])
            expected += expect(origin, *known)
        assert read_events(script, name) == [*expected, ("login_failed", "rpc", False, False, None, None)]
