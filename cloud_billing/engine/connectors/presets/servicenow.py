"""ServiceNow, Table API: time cards, assets, and companies that are customers."""

from ..base import Setting
from .preset import Preset, Thing, base_url, choose, map_columns

_TIME = "sys_updated_on"
_COMPANY = {
    "external_key": "sys_id", "name": "name", "phone": "phone", "website": "website", "street": "street", "zip": "zip",
    "city": "city", "country": "country",
}  # fmt: skip
THINGS = {
    "time_cards": Thing(
        "Time cards",
        "time_card",
        _TIME,
        map_columns(
            {"id": "sys_id", "start": "week_starts_on", "account": "task.company", "service": "category",
             "resource": "task", "quantity": "total"},
            constants={"provider": "ServiceNow", "unit": "hour"},
            period="day",
        ),
        ("sys_id", "week_starts_on", "task", "task.company", "category", "total", "state", "user", _TIME),
    ),
    "assets": Thing(
        "Assets",
        "alm_asset",
        _TIME,
        map_columns(
            {"id": "sys_id", "start": "assigned", "account": "company", "service": "model_category", "sku": "model",
             "resource": "asset_tag", "quantity": "quantity"},
            constants={"provider": "ServiceNow"},
            period="day",
        ),
        ("sys_id", "assigned", "company", "model_category", "model", "asset_tag", "quantity", _TIME),
    ),
    "companies": Thing(
        "Companies that are customers",
        "core_company",
        _TIME,
        _COMPANY,
        (*_COMPANY.values(), _TIME),
        table="customers",
        only=("customer=true",),
    ),
}  # fmt: skip


class ServiceNowConnector(Preset):
    name = "servicenow"
    title = "ServiceNow"
    summary = "Time cards, assets or companies of ServiceNow."
    things = THINGS
    settings = (
        Setting("server", "Instance", kind="host", help="As example.service-now.com."),
        Setting("login", "User", help="With the right to read the table, and no other role."),
        Setting("secret", "Password", kind="secret"),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="time_cards", group="what"),
    )

    def compose(self, given):
        thing = self.things[given["thing"]]
        conditions = "^".join((*thing.only, f"{_TIME}>={{start}}", f"{_TIME}<{{end}}"))
        return {
            "base_url": base_url(given["server"], "api/now/table"),
            "path": thing.where,
            "auth": "basic",
            "login": given["login"],
            "secret": given["secret"],
            "params": {
                "sysparm_query": f"{conditions}^ORDERBY{_TIME}^ORDERBYsys_id",
                "sysparm_fields": ",".join(thing.fields),
                "sysparm_exclude_reference_link": "true",
                "sysparm_limit": "{size}",
            },
            "time_format": "blank",
            "row_path": "result[*]",
            "paging": "link_header",
            "page_size": "1000",
            # Of a query that it does not understand an instance leaves a part out, and gives everything.
            "time_field": _TIME,
            "leave_out": "1",
        }
