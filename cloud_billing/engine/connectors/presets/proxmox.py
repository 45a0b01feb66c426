"""Proxmox VE, API 2: what machines and containers were given, hour by hour."""

from ..base import Setting
from .preset import Thing, base_url
from .state import BYTE_TO_GIB, Measure, StatePreset, map_states

_RUNNING = ("running",)
THINGS = {
    "machines": Thing(
        "Machines and containers by the hour",
        "cluster/resources",
        "",
        map_states("Proxmox VE", region="node", sku="type"),
    ),
}


class ProxmoxConnector(StatePreset):
    name = "proxmox"
    title = "Proxmox VE"
    summary = "vCPU, memory and disk given to machines and containers by the hour."
    things = THINGS
    status = "status"
    kept = ("name", "node", "type", "vmid", "pool", "tags")
    measures = (
        Measure("allocated.cpu", "maxcpu", "1", "vCPU hours", _RUNNING),
        Measure("allocated.memory", "maxmem", BYTE_TO_GIB, "GiB hours", _RUNNING),
        Measure("allocated.disk", "maxdisk", BYTE_TO_GIB, "GiB hours"),
    )
    settings = (
        Setting(
            "server", "Address", kind="host", help="Of a node of the cluster and its port, as pve.example.com:8006."
        ),
        Setting("token_id", "Token ID", help="As billing@pve!usage."),
        Setting("secret", "Token secret", kind="secret", help="The secret of the API token."),
        Setting(
            "account",
            "Whose a machine is, says",
            kind="choice",
            choices=(("pool", "its pool"), ("tags", "its tags"), ("node", "its node"), ("name", "its name")),
            default="pool",
            group="what",
        ),
    )

    def compose(self, given):
        return {
            "base_url": base_url(given["server"], "api2/json"),
            "path": self.things["machines"].where,
            "auth": "headers",
            "auth_parts": {"Authorization": "PVEAPIToken={login}={secret}"},
            "login": given["token_id"],
            "secret": given["secret"],
            "params": {"type": "vm"},
            "row_path": "data[*]",
        }

    def _look(self, options, web, window):
        """Machines; a template is none."""
        return [row for row in super()._look(options, web, window) if row.get("template") not in ("1", "true")]
