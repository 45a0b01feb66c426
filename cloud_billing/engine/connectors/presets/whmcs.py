"""WHMCS, API over includes/api.php: what clients have, day by day."""

from ..base import Setting
from .preset import Thing, base_url
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
}


class WhmcsConnector(StatePreset):
    """Of a service only what is named here is kept: WHMCS gives the passwords of services too."""

    name = "whmcs"
    title = "WHMCS"
    summary = "Services that clients have, and the disk space that they use, by the day."
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
        Setting("login", "Identifier", help="Of API credentials that may call GetClientsProducts and nothing else."),
        Setting("secret", "API secret", kind="secret"),
        Setting(
            "access_key",
            "API access key",
            kind="secret",
            required=False,
            help="Where the address of this server is not allowed in WHMCS: the key of its configuration file.",
            group="more",
        ),
    )

    def compose(self, given):
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
                "action": self.things["services"].where,
                "responsetype": "json",
                "limitstart": "{offset}",
                "limitnum": "{size}",
            },
            "row_path": "products.product[*]",
            "paging": "offset",
            "page_size": _PER_PAGE,
            "total_path": "totalresults",
        }
