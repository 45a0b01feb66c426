"""Autotask PSA, REST v1.0: approved billing items, and time entries; companies that are customers."""

from ..base import Setting
from .preset import Preset, Thing, base_url, choose, map_columns

_PER_PAGE = 500
# 10,000 requests an hour are allowed for the whole database, of all programs that ask it.
_PER_MINUTE = 60
THINGS = {
    "billing_items": Thing(
        "Billing items (approved and posted)",
        "BillingItems",
        "postedDate",
        map_columns(
            {"id": "id", "start": "itemDate", "account": "companyID", "service": "itemName", "sku": "billingItemType",
             "quantity": "quantity"},
            constants={"provider": "Autotask"},
            period="day",
        ),
    ),
    "time_entries": Thing(
        "Time entries",
        "TimeEntries",
        "lastModifiedDateTime",
        map_columns(
            {"id": "id", "start": "startDateTime", "end": "endDateTime", "account": "contractID",
             "service": "billingCodeID", "resource": "ticketID", "quantity": "hoursToBill"},
            constants={"provider": "Autotask", "unit": "hour"},
        ),
    ),
    "companies": Thing(
        "Companies that are customers",
        "Companies",
        "lastTrackedModifiedDateTime",
        {"external_key": "id", "code": "companyNumber", "name": "companyName", "phone": "phone",
         "website": "webAddress", "street": "address1", "street2": "address2", "zip": "postalCode", "city": "city",
         "vat": "taxID"},
        table="customers",
        # Type 1 is Customer.
        only=({"op": "eq", "field": "companyType", "value": 1},),
    ),
}  # fmt: skip


class AutotaskConnector(Preset):
    name = "autotask"
    title = "Autotask PSA"
    summary = "Approved billing items, time entries or companies of Autotask."
    things = THINGS
    settings = (
        Setting(
            "server",
            "Server of the zone",
            kind="host",
            help="As webservices5.autotask.net; the number is that in the address of your Autotask.",
        ),
        Setting("login", "API user", help="The user name of an API-only user."),
        Setting("secret", "Password of the API user", kind="secret"),
        Setting(
            "integration_code", "Tracking identifier", kind="secret", help="Of the API user, for this integration."
        ),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="billing_items", group="what"),
    )

    def compose(self, given):
        thing = self.things[given["thing"]]
        return {
            "base_url": base_url(given["server"], "atservicesrest/v1.0"),
            "path": f"{thing.where}/query",
            "auth": "headers",
            "login": given["login"],
            "secret": given["secret"],
            "auth_parts": {
                "ApiIntegrationCode": given["integration_code"], "UserName": "{login}", "Secret": "{secret}",
            },
            "method": "POST",
            "body": {
                "filter": [
                    {"op": "gte", "field": thing.time, "value": "{start}"},
                    {"op": "lt", "field": thing.time, "value": "{end}"},
                    *thing.only,
                ],
                "MaxRecords": _PER_PAGE,
            },
            "row_path": "items[*]",
            "paging": "next_link",
            "next_path": "pageDetails.nextPageUrl",
            "per_minute": str(_PER_MINUTE),
        }  # fmt: skip
