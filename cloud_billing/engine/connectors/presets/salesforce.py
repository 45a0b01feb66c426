"""Salesforce, REST with SOQL: what was sold, of won opportunities or activated orders, and to whom."""

from ..base import Setting
from .preset import Preset, Thing, base_url, choose, map_columns

_CUSTOMER = {"account": "AccountId", "account_name": "Account.Name"}


def _map(parent, date):
    customer = {field: f"{parent}.{name}" for field, name in _CUSTOMER.items()}
    return map_columns(
        {"id": "Id", "start": f"{parent}.{date}", **customer, "service": "Product2.Name", "sku": "Product2.ProductCode",
         "quantity": "Quantity", "resource": f"{parent}.Id"},
        constants={"provider": "Salesforce"},
        period="day",
    )  # fmt: skip


def _fields(parent, date):
    names = ("Id", date, *_CUSTOMER.values())
    return ("Id", "Quantity", "UnitPrice", "Product2.Name", "Product2.ProductCode", "SystemModstamp",
            *(f"{parent}.{name}" for name in names))  # fmt: skip


_ACCOUNT = {
    "external_key": "Id", "code": "AccountNumber", "name": "Name", "phone": "Phone", "website": "Website",
    "street": "BillingStreet", "zip": "BillingPostalCode", "city": "BillingCity", "country": "BillingCountry",
}  # fmt: skip
THINGS = {
    "opportunity_products": Thing(
        "Products of won opportunities",
        "OpportunityLineItem WHERE Opportunity.IsWon = TRUE",
        "SystemModstamp",
        _map("Opportunity", "CloseDate"),
        _fields("Opportunity", "CloseDate"),
    ),
    "order_products": Thing(
        "Products of activated orders",
        "OrderItem WHERE Order.StatusCode = 'Activated'",
        "SystemModstamp",
        _map("Order", "EffectiveDate"),
        _fields("Order", "EffectiveDate"),
    ),
    "accounts": Thing(
        "Accounts whose type begins with Customer",
        "Account WHERE Type LIKE 'Customer%'",
        "SystemModstamp",
        _ACCOUNT,
        (*_ACCOUNT.values(), "SystemModstamp"),
        table="customers",
    ),
}


class SalesforceConnector(Preset):
    name = "salesforce"
    title = "Salesforce"
    summary = "Products of won opportunities or activated orders, or the accounts, of Salesforce."
    things = THINGS
    settings = (
        Setting("server", "My Domain", kind="host", help="As example.my.salesforce.com."),
        Setting("login", "Consumer key", help="Of an app with the client credentials flow."),
        Setting("secret", "Consumer secret", kind="secret"),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="opportunity_products", group="what"),
        Setting("version", "Version of the API", default="v62.0", required=False, group="more"),
    )

    def compose(self, given):
        thing = self.things[given["thing"]]
        query = (
            f"SELECT {', '.join(thing.fields)} FROM {thing.where}"
            f" AND {thing.time} >= {{start}} AND {thing.time} < {{end}} ORDER BY {thing.time}, Id"
        )
        return {
            "base_url": base_url(given["server"]),
            "path": f"services/data/{given['version']}/query",
            "auth": "oauth2",
            "token_url": base_url(given["server"], "services/oauth2/token"),
            "token_style": "body",
            "login": given["login"],
            "secret": given["secret"],
            "params": {"q": query},
            "row_path": "records[*]",
            "paging": "next_link",
            "next_path": "nextRecordsUrl",
            "total_path": "totalSize",
        }
