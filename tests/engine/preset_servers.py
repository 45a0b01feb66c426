"""Servers that answer as the systems of the presets document, with the usage of 1 October 2026, or of how things stand.

Each has the settings and secrets that it takes and `usage`: what must come of it, as tuples of TOLD.
"""

import base64
from datetime import datetime, timezone

from local_api import Reply

START = datetime(2026, 10, 1, tzinfo=timezone.utc)
# What a usage tuple says of a row.
TOLD = ("external_id", "service_start", "account", "service", "quantity")


def basic(login, password):
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


class PresetServer:
    settings = {}
    secrets = {}
    usage = ()
    reader_shape = "append"

    def __call__(self, asked):
        """The answer to a Question; 401 where it is asked without the secrets."""
        self.url = f"http://{asked.headers['Host']}"
        return self.answer(asked) if self.is_known(asked) else Reply(b"", 401)

    def is_known(self, asked):
        raise NotImplementedError

    def answer(self, asked):
        raise NotImplementedError


class Autotask(PresetServer):
    settings = {"login": "api@x"}
    secrets = {"secret": "w0rd", "integration_code": "c0de"}
    usage = [(name, "2026-10-01 00:00:00", "77", "Backup", "3.5") for name in ("1", "2")]

    def is_known(self, asked):
        headers = [asked.headers.get(name) for name in ("ApiIntegrationCode", "UserName", "Secret")]
        return headers == ["c0de", "api@x", "w0rd"]

    def answer(self, asked):
        last = asked.path.endswith("/next")
        item = {"id": 2 if last else 1, "itemDate": "2026-10-01T00:00:00", "companyID": 77, "itemName": "Backup",
                "billingItemType": 11, "quantity": 3.50}  # fmt: skip
        following = None if last else f"{self.url}/atservicesrest/v1.0/BillingItems/query/next"
        return {"items": [item], "pageDetails": {"count": 1, "nextPageUrl": following}}


class ConnectWise(PresetServer):
    settings = {"company": "acme", "public_key": "pub", "client_id": "cid"}
    secrets = {"secret": "priv"}
    usage = [("5", "2026-10-01 08:00:00", "Globex", "Remote", "2.0")]

    def is_known(self, asked):
        return (asked.headers.get("Authorization"), asked.headers.get("clientId")) == (basic("acme+pub", "priv"), "cid")

    def answer(self, asked):
        entry = {"id": 5, "timeStart": "2026-10-01T08:00:00Z", "timeEnd": "2026-10-01T10:00:00Z",
                 "company": {"id": 1, "identifier": "Globex", "name": "Globex Inc"}, "workType": {"name": "Remote"},
                 "workRole": {"name": "Engineer"}, "chargeToId": 9, "actualHours": 2.0}  # fmt: skip
        return [entry] if asked.query["page"] == "1" else []


class Salesforce(PresetServer):
    settings = {"login": "key"}
    secrets = {"secret": "s3cret"}
    usage = [(name, "2026-10-01 00:00:00", "001A", "Seat", "5.0") for name in ("00k1", "00k2")]

    def is_known(self, asked):
        if asked.path == "/services/oauth2/token":
            return (asked.form["client_id"], asked.form["client_secret"]) == ("key", "s3cret")
        return asked.headers.get("Authorization") == "Bearer t1"

    def answer(self, asked):
        if asked.path == "/services/oauth2/token":
            return {"access_token": "t1"}
        last = asked.path.endswith("-2000")
        record = {
            "attributes": {"type": "OpportunityLineItem", "url": "/x"}, "Id": "00k2" if last else "00k1",
            "Quantity": 5.0, "UnitPrice": 10.0, "SystemModstamp": "2026-10-01T01:00:00.000+0000",
            "Product2": {"attributes": {}, "Name": "Seat", "ProductCode": "S1"},
            "Opportunity": {
                "Id": "006", "CloseDate": "2026-10-01", "AccountId": "001A", "Account": {"Name": "Globex"},
            },
        }  # fmt: skip
        more = {} if last else {"nextRecordsUrl": "/services/data/v62.0/query/01g-2000"}
        return {"totalSize": 2, "done": last, "records": [record], **more}


class HubSpot(PresetServer):
    """Searches as HubSpot documents them: no more than 10,000 results of a search, 200 a page."""

    settings = {"account_property": "customer_number"}
    secrets = {"secret": "pat-1"}

    def __init__(self, count=450):
        self.items = [
            {"id": str(n), "properties": {
                # Three changes in each millisecond: a search ends within one.
                "hs_lastmodifieddate": f"2026-10-01T00:00:{n // 3000:02d}.{n // 3 % 1000:03d}Z",
                "createdate": "2026-10-01", "name": "Seat", "hs_sku": "S", "quantity": "1",
                "customer_number": f"c{n % 7}",
            }}
            for n in range(count)
        ]  # fmt: skip
        self.usage = [(str(n), "2026-10-01 00:00:00", f"c{n % 7}", "Seat", "1") for n in range(count)]
        self.searches = []

    def is_known(self, asked):
        return asked.headers.get("Authorization") == "Bearer pat-1"

    def answer(self, asked):
        body = asked.json
        start, end = (each["value"] for each in body["filterGroups"][0]["filters"])
        assert body["sorts"] == [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
        found = [item for item in self.items if int(start) <= self.time(item) < int(end)]
        at = int(body.get("after", 0))
        if at + body["limit"] > 10_000:
            return Reply(b"", 400)
        if start not in self.searches:
            self.searches.append(start)
        more = {"paging": {"next": {"after": str(at + 200)}}} if at + 200 < len(found) else {}
        return {"total": len(found), "results": found[at : at + 200], **more}

    @staticmethod
    def time(item):
        text = item["properties"]["hs_lastmodifieddate"]
        return int(START.timestamp()) * 1000 + int(text[17:19]) * 1000 + int(text[20:23])


class ServiceNow(PresetServer):
    settings = {"login": "meter"}
    secrets = {"secret": "w0rd"}
    usage = [(name, "2026-09-28 00:00:00", "c1", "task_work", "7.5") for name in ("a", "b")]

    def is_known(self, asked):
        return asked.headers.get("Authorization") == basic("meter", "w0rd")

    def answer(self, asked):
        if asked.query.get("sysparm_offset"):
            return {"result": [self.card("b", "2026-10-01 23:59:59"), self.card("old", "2026-09-01 00:00:00")]}
        link = f'<{self.url}/api/now/table/time_card?sysparm_offset=1>;rel="next",<{self.url}/x>;rel="last"'
        return Reply({"result": [self.card("a", "2026-10-01 00:00:00")]}, headers={"Link": link})

    @staticmethod
    def card(name, updated):
        return {"sys_id": name, "week_starts_on": "2026-09-28", "task": "t1", "task.company": "c1",
                "category": "task_work", "total": "7.5", "sys_updated_on": updated}  # fmt: skip


class Topdesk(PresetServer):
    settings = {"login": "meter"}
    secrets = {"secret": "app-w0rd"}
    usage = [(f"i{n}", f"2026-10-01 0{n}:00:00", "br", "Network", str(15 * n)) for n in range(1, 4)]
    incidents = [
        {"id": f"i{n}", "number": f"I {n}", "closedDate": f"2026-10-01T0{n}:00:00.000+0000", "timeSpent": 15 * n,
         "callerBranch": {"id": "br", "name": "Head office"}, "category": {"name": "Network"},
         "subcategory": {"name": "VPN"}}
        for n in range(1, 4)
    ]  # fmt: skip

    def is_known(self, asked):
        return asked.headers.get("Authorization") == basic("meter", "app-w0rd")

    def answer(self, asked):
        found = self.incidents[int(asked.query["start"]) :][:2]
        return Reply(found, 206 if len(found) == 2 else 200) if found else Reply(b"", 204)


class CpanelTraffic(PresetServer):
    settings = {"login": "root"}
    secrets = {"secret": "T0KEN"}
    reader_shape = "snapshot"
    # 3 GiB, and 1.5 of an account that is gone.
    usage = [("", "2026-10-01 00:00:00", "acme", "traffic", "3"), ("", "2026-10-01 00:00:00", "bolt", "traffic", "1.5")]

    def is_known(self, asked):
        return asked.headers.get("Authorization") == "whm root:T0KEN"

    def answer(self, asked):
        assert asked.path == "/json-api/showbw"
        accounts = [self.account("acme", 3 * 2**30), self.account("bolt", 3 * 2**29, deleted=1)]
        is_october = (asked.query["month"], asked.query["year"]) == ("10", "2026")
        return {
            "data": {"acct": accounts if is_october else [], "month": 10, "year": 2026, "totalused": 9 * 2**29},
            "metadata": {"command": "showbw", "reason": "OK", "result": 1, "version": 1},
        }

    @staticmethod
    def account(user, total, deleted=0):
        domain = f"{user}.example.com"
        return {"user": user, "maindomain": domain, "owner": "root", "reseller": 0, "limit": 0, "deleted": deleted,
                "totalbytes": total, "bwusage": [{"domain": domain, "usage": total, "deleted": deleted}]}  # fmt: skip


class CpanelDisk(CpanelTraffic):
    reader_shape = "append"
    # 2.5 GiB of the last day.
    usage = [("acme/disk.used/2026-10-01T00:00:00Z", "2026-10-01 00:00:00", "acme", "disk.used", "2.5")]

    def answer(self, asked):
        assert asked.path == "/json-api/get_disk_usage"
        account = {"user": "acme", "blocks_used": 5 * 2**19, "blocks_limit": None, "inodes_used": 340}
        return {"data": {"accounts": [account]}, "metadata": {"command": "get_disk_usage", "result": 1}}


class Proxmox(PresetServer):
    """A running machine of Acme, a container of nobody that is stopped, and a template."""

    settings = {"token_id": "billing@pve!usage"}
    secrets = {"secret": "uu1d"}
    usage = [
        (f"{machine}/{metric}/2026-10-01T{hour:02d}:00:00Z", f"2026-10-01 {hour:02d}:00:00", pool, metric, quantity)
        for machine, pool, metric, quantity in (
            ("lxc/101", "-", "allocated.disk", "8"),
            ("qemu/100", "acme", "allocated.cpu", "4"),
            ("qemu/100", "acme", "allocated.disk", "32"),
            ("qemu/100", "acme", "allocated.memory", "6"),
        )
        for hour in range(24)
    ]
    resources = [
        {"id": "qemu/100", "type": "qemu", "vmid": 100, "name": "web", "node": "pve1", "pool": "acme", "template": 0,
         "status": "running", "maxcpu": 4, "maxmem": 6 * 2**30, "maxdisk": 32 * 2**30, "cpu": 0.02, "uptime": 8},
        {"id": "lxc/101", "type": "lxc", "vmid": 101, "name": "mail", "node": "pve2", "template": 0,
         "status": "stopped", "maxcpu": 1, "maxmem": 2**30, "maxdisk": 8 * 2**30, "cpu": 0, "uptime": 0},
        {"id": "qemu/900", "type": "qemu", "vmid": 900, "name": "debian", "node": "pve1", "template": 1,
         "status": "stopped", "maxcpu": 1, "maxmem": 2**30, "maxdisk": 2**30, "cpu": 0, "uptime": 0},
    ]  # fmt: skip

    def is_known(self, asked):
        return asked.headers.get("Authorization") == "PVEAPIToken=billing@pve!usage=uu1d"

    def answer(self, asked):
        assert (asked.path, asked.query) == ("/api2/json/cluster/resources", {"type": "vm"})
        return {"data": self.resources}


class Whmcs(PresetServer):
    """Three services in pages of two, whatever is asked for; one was terminated."""

    settings = {"login": "1d"}
    secrets = {"secret": "s3cret", "access_key": "k3y"}
    usage = [
        (f"{service}/{metric}/2026-10-01T00:00:00Z", "2026-10-01 00:00:00", "7", metric, quantity)
        for service, metric, quantity in (
            ("1", "disk.used", "1.5"), ("1", "service", "1"), ("3", "disk.used", "0"), ("3", "service", "1"),
        )
    ]  # fmt: skip
    services = [
        {"id": name, "clientid": "7", "pid": "2", "name": "Web hosting", "domain": "a.example.com", "status": status,
         "diskusage": disk, "password": "of-the-service", "lastupdate": "2026-10-01 03:00:00"}
        for name, status, disk in ((1, "Active", "1536"), (2, "Terminated", "9"), (3, "Active", "0"))
    ]  # fmt: skip

    clients = [
        {"id": 7, "firstname": "Bo", "lastname": "Berg", "companyname": "Acme BV", "email": "it@acme.example",
         "datecreated": "2024-01-15", "groupid": 0, "status": "Active"},
        {"id": 8, "firstname": "Ann", "lastname": "Other", "companyname": "", "email": "", "groupid": 0,
         "status": "Active"},
    ]  # fmt: skip

    def is_known(self, asked):
        form = asked.form
        return [form.get(name) for name in ("identifier", "secret", "accesskey")] == ["1d", "s3cret", "k3y"]

    def answer(self, asked):
        assert (asked.method, asked.path) == ("POST", "/includes/api.php")
        form = asked.form
        assert (form["responsetype"], form["limitnum"]) == ("json", "250")
        at = int(form["limitstart"])
        if form["action"] == "GetClients":
            assert form["status"] == "Active"
            found = self.clients[at : at + 1]
            return {"result": "success", "totalresults": len(self.clients), "startnumber": at,
                    "numreturned": len(found), "clients": {"client": found}}  # fmt: skip
        assert form["action"] == "GetClientsProducts"
        found = self.services[at : at + 2]
        return {"result": "success", "totalresults": len(self.services), "startnumber": at,
                "numreturned": len(found), "products": {"product": found}}  # fmt: skip


SERVERS = {
    "autotask": Autotask,
    "connectwise": ConnectWise,
    "cpanel_disk": CpanelDisk,
    "cpanel_traffic": CpanelTraffic,
    "hubspot": HubSpot,
    "proxmox": Proxmox,
    "salesforce": Salesforce,
    "servicenow": ServiceNow,
    "topdesk": Topdesk,
    "whmcs": Whmcs,
}
