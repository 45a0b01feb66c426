"""TOPdesk, REST: incidents with the time that was spent on them."""

from ..base import Setting
from .preset import Preset, Thing, base_url, choose, map_columns

THINGS = {
    "incidents": Thing(
        "Closed incidents with the time spent",
        "incidents",
        "closedDate",
        map_columns(
            {"id": "id", "start": "closedDate", "account": "callerBranch.id", "account_name": "callerBranch.name",
             "service": "category.name", "sku": "subcategory.name", "resource": "number", "quantity": "timeSpent"},
            constants={"provider": "TOPdesk", "unit": "minute"},
            period="instant",
        ),
    ),
}  # fmt: skip


class TopdeskConnector(Preset):
    name = "topdesk"
    title = "TOPdesk"
    summary = "Closed incidents of TOPdesk with the time that was spent on them."
    things = THINGS
    settings = (
        Setting("server", "Server", kind="host", help="As example.topdesk.net."),
        Setting("login", "Operator", help="An operator with REST API access and the right to read incidents."),
        Setting("secret", "Application password", kind="secret"),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="incidents", group="what"),
    )

    def compose(self, given):
        thing = self.things[given["thing"]]
        return {
            "base_url": base_url(given["server"], "tas/api"),
            "path": thing.where,
            "auth": "basic",
            "login": given["login"],
            "secret": given["secret"],
            "params": {
                "query": f"{thing.time}=ge={{start}};{thing.time}=lt={{end}}",
                "sort": f"{thing.time}:asc",
                "start": "{offset}",
                "page_size": "{size}",
            },
            "paging": "offset",
            "page_size": "1000",
        }
