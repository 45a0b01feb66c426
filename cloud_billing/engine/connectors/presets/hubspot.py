"""HubSpot CRM, search v3: line items and deals, and companies that are customers.

A search gives 10,000 records and no more, so it is asked again from the last change on.
"""

from ..base import Setting
from .preset import Preset, Thing, base_url, choose, map_columns

_MOST = 10_000
_PER_PAGE = 200
# Four a second are allowed for all searches of an account.
_PER_MINUTE = 180
# The property that says whose a record is differs: this name is the proposal.
_ACCOUNT = "customer_number"


def _map(columns):
    names = {**columns, "account": _ACCOUNT}
    return map_columns(
        {"id": "id", **{field: f"properties.{name}" for field, name in names.items()}},
        constants={"provider": "HubSpot"},
        period="day",
    )


_LINE_ITEM = {"start": "createdate", "service": "name", "sku": "hs_sku", "quantity": "quantity"}
_DEAL = {"start": "closedate", "service": "dealname", "sku": "dealstage", "quantity": "amount"}
_COMPANY = {
    "name": "name",
    "phone": "phone",
    "website": "website",
    "street": "address",
    "street2": "address2",
    "zip": "zip",
    "city": "city",
    "country": "country",
}
_TIME = "hs_lastmodifieddate"
THINGS = {
    "line_items": Thing("Line items", "line_items", _TIME, _map(_LINE_ITEM), tuple(_LINE_ITEM.values())),
    "deals": Thing("Deals", "deals", _TIME, _map(_DEAL), tuple(_DEAL.values())),
    "companies": Thing(
        "Companies that are customers",
        "companies",
        _TIME,
        {
            "external_key": "id",
            "code": f"properties.{_ACCOUNT}",
            **{column: f"properties.{name}" for column, name in _COMPANY.items()},
        },
        tuple(_COMPANY.values()),
        table="customers",
        only=({"propertyName": "lifecyclestage", "operator": "EQ", "value": "customer"},),
    ),
}


class HubSpotConnector(Preset):
    name = "hubspot"
    title = "HubSpot"
    summary = "Line items, deals or companies of HubSpot, by their last change."
    things = THINGS
    settings = (
        Setting(
            "secret", "Access token", kind="secret", help="Of a private app that may read the objects and no more."
        ),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="line_items", group="what"),
        Setting(
            "account_property",
            "Property with the customer",
            required=False,
            default=_ACCOUNT,
            help="Internal name of the property that says whose it is. The format calls it properties. and this name.",
            group="what",
        ),
        Setting(
            "more_properties",
            "Further properties",
            required=False,
            help="Internal names with commas between, as vat_number. Each becomes a column properties. and its name.",
            group="what",
        ),
        Setting("server", "Server", kind="host", required=False, default="api.hubapi.com", group="more"),
    )

    def compose(self, given):
        thing = self.things[given["thing"]]
        more = [name.strip() for name in given["more_properties"].split(",") if name.strip()]
        properties = [*thing.fields, thing.time, given["account_property"], *more]
        return {
            "base_url": base_url(given["server"], "crm/v3/objects"),
            "path": f"{thing.where}/search",
            "auth": "bearer",
            "secret": given["secret"],
            "method": "POST",
            "body": {
                "filterGroups": [
                    {
                        "filters": [
                            {"propertyName": thing.time, "operator": "GTE", "value": "{start}"},
                            {"propertyName": thing.time, "operator": "LT", "value": "{end}"},
                            *thing.only,
                        ]
                    }
                ],
                "sorts": [{"propertyName": thing.time, "direction": "ASCENDING"}],
                "properties": properties,
                "limit": _PER_PAGE,
                "after": "{cursor}",
            },
            "time_format": "epoch_ms_text",
            "row_path": "results[*]",
            "paging": "cursor",
            "cursor_path": "paging.next.after",
            "total_path": "total",
            "time_field": f"properties.{thing.time}",
            "max_results": str(_MOST),
            "per_minute": str(_PER_MINUTE),
        }
