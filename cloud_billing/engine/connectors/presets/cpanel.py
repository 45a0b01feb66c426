"""cPanel & WHM, WHM API 1: traffic of accounts by the month, and the disk space that they use by the day."""

from ..base import Setting
from ..generic.rest import Refusal
from .preset import Preset, Thing, base_url
from .state import BYTE_TO_GIB, DAY, Measure, StatePreset, map_states

# Exactly: 2 to the power of -20.
_KIB_TO_GIB = "0.00000095367431640625"
_TRAFFIC = {
    "shape": "snapshot",
    "month": "column",
    "columns": {
        "billing_month": ["month"], "account": ["user"], "account_name": ["maindomain"], "quantity": ["totalbytes"],
    },
    "constants": {"provider": "cPanel", "service": "traffic", "unit": "GiB"},
    "quantity_factor": BYTE_TO_GIB,
    "period": "month",
    "tags": ["owner", "deleted"],
}  # fmt: skip
_SETTINGS = (
    Setting("server", "Server", kind="host", help="With WHM's port, as web1.example.com:2087."),
    Setting("login", "WHM user", help="root for all accounts, or a reseller for those that are his."),
    Setting("secret", "API token", kind="secret", help="Of that user; docs/connectors.md names the rights."),
)


def _compose(given, thing, params, row_path):
    return {
        "base_url": base_url(given["server"], "json-api"),
        "path": thing.where,
        "auth": "headers",
        "auth_parts": {"Authorization": "whm {login}:{secret}"},
        "login": given["login"],
        "secret": given["secret"],
        "params": {"api.version": "1", **params},
        "row_path": row_path,
        "refusal": Refusal("metadata.result", "1", "metadata.reason"),
    }


class CpanelTrafficConnector(Preset):
    name = "cpanel_traffic"
    title = "cPanel & WHM: traffic"
    summary = "Traffic of hosting accounts by the month."
    things = {"traffic": Thing("Traffic of accounts by the month", "showbw", "", _TRAFFIC)}
    # Servers count it from their logs, some hours later.
    overlap = 2 * DAY
    settings = _SETTINGS

    def compose(self, given):
        asked = _compose(given, self.things["traffic"], {"month": "{month_number}", "year": "{year}"}, "data.acct[*]")
        return {**asked, "add_columns": {"month": "{year}-{month}"}}


class CpanelDiskConnector(StatePreset):
    name = "cpanel_disk"
    title = "cPanel & WHM: disk space"
    summary = "Disk space that hosting accounts use, by the day."
    things = {"disk": Thing("Disk space of accounts by the day", "get_disk_usage", "", map_states("cPanel"))}
    overlap = DAY
    step = DAY
    longest = 3 * DAY
    key = "user"
    account = "user"
    measures = (Measure("disk.used", "blocks_used", _KIB_TO_GIB, "GiB days"),)
    settings = _SETTINGS

    def compose(self, given):
        return _compose(given, self.things["disk"], {"cache_mode": "off"}, "data.accounts[*]")
