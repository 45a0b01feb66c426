"""WHMCS, API over includes/api.php: what clients have, day by day, and who they are."""

from hashlib import sha256

from ..base import Delivery, Fact, Payload, Seen, Setting, Window, json_lines
from ..generic.collecting import MAX_SAMPLE_ROWS
from ..generic.rest import Refusal
from .preset import Thing, base_url, choose
from .state import DAY, Measure, StatePreset, map_states

_PER_PAGE = "250"
_IN_USE = ("Active",)
THINGS = {
    "services": Thing(
        "Services of clients by the day",
        "GetClientsProducts",
        "",
        map_states("WHMCS", sku="pid", sku_name="name"),
    ),
    "clients": Thing(
        "Clients",
        "GetClients",
        "",
        {"external_key": "id", "name": "name", "email": "email"},
        ("id", "name", "email"),
        table="customers",
    ),
}
# What is asked of each besides its pages, and where its rows are.
_ASKED = {
    "services": ({}, "products.product[*]"),
    "clients": ({"status": "Active"}, "clients.client[*]"),
}


class WhmcsConnector(StatePreset):
    """Of a service only what is named here is kept: WHMCS gives the passwords of services too."""

    name = "whmcs"
    title = "WHMCS"
    summary = "Services that clients have, and the disk space that they use, by the day; or the clients."
    things = THINGS
    step = DAY
    longest = 3 * DAY
    overlap = DAY
    account = "clientid"
    status = "status"
    kept = ("pid", "name", "groupname", "domain", "billingcycle", "recurringamount", "servername")
    measures = (
        Measure("service", "", "1", "service days", _IN_USE),
        # Megabytes to GB; WHMCS divides by 1024, as the panels do from which it has them.
        Measure("disk.used", "diskusage", "0.0009765625", "GB days", _IN_USE),
    )
    settings = (
        Setting("server", "Address", kind="host", help="As billing.example.com, or with the folder behind it."),
        Setting(
            "login",
            "Identifier",
            help="Of API credentials that may call GetClientsProducts, or GetClients for clients, and nothing else.",
        ),
        Setting("secret", "API secret", kind="secret"),
        Setting(
            "access_key",
            "API access key",
            kind="secret",
            required=False,
            help="Where the address of this server is not allowed in WHMCS: the key of its configuration file.",
            group="more",
        ),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="services", group="what"),
    )

    def test(self, options, web, now):
        if not self._asks_clients(options):
            return super().test(options, web, now)
        clients = self._get_clients(options, web, Window(now - DAY, now))
        if not clients:
            return Seen([Fact("no_rows_seen")])
        fact = Fact("rows_seen", {"rows": len(clients), "columns": ", ".join(clients[0])})
        return Seen([fact], Payload("clients.jsonl", json_lines(clients[:MAX_SAMPLE_ROWS])))

    def fetch(self, options, web, window, known):
        if not self._asks_clients(options):
            yield from super().fetch(options, web, window, known)
            return
        content = b"".join(json_lines(self._get_clients(options, web, window)))
        name, version = f"{self.name}/clients", f"sha256:{sha256(content).hexdigest()}"
        if content and known.get(name) != version:
            yield Delivery(name, version, "", [Payload("clients.jsonl", [content])])

    def _asks_clients(self, options):
        return self._given(options)["thing"] == "clients"

    def _get_clients(self, options, web, window):
        """[{column: text}] of all clients; a person without a company goes by his own name."""
        return [
            {
                "id": row["id"],
                "name": row.get("companyname") or f"{row.get('firstname', '')} {row.get('lastname', '')}".strip(),
                "email": row.get("email") or "",
            }
            for row in self._look(options, web, window)
        ]

    def compose(self, given):
        asked, row_path = _ASKED[given["thing"]]
        key = {"accesskey": given["access_key"]} if given["access_key"] else {}
        return {
            "base_url": base_url(given["server"]),
            "path": "includes/api.php",
            "auth": "form",
            "auth_parts": {"identifier": "{login}", "secret": "{secret}", **key},
            "login": given["login"],
            "secret": given["secret"],
            "method": "POST",
            "body_kind": "form",
            "body": {
                "action": self.things[given["thing"]].where,
                **asked,
                "responsetype": "json",
                "limitstart": "{offset}",
                "limitnum": "{size}",
            },
            "row_path": row_path,
            "refusal": Refusal("result", "success", "message"),
            "paging": "offset",
            "page_size": _PER_PAGE,
            "total_path": "totalresults",
        }
