"""ConnectWise PSA, REST 3.0: time entries and expenses, and companies."""

from ..base import Setting
from .preset import Preset, Thing, base_url, choose, map_columns

THINGS = {
    "time_entries": Thing(
        "Time entries",
        "time/entries",
        "lastUpdated",
        map_columns(
            {"id": "id", "start": "timeStart", "end": "timeEnd", "account": "company.identifier",
             "account_name": "company.name", "service": "workType.name", "sku": "workRole.name",
             "resource": "chargeToId", "quantity": "actualHours"},
            constants={"provider": "ConnectWise", "unit": "hour"},
        ),
    ),
    "expenses": Thing(
        "Expenses",
        "expense/entries",
        "lastUpdated",
        map_columns(
            {"id": "id", "start": "date", "account": "company.identifier", "account_name": "company.name",
             "service": "type.name", "resource": "chargeToId", "quantity": "amount"},
            constants={"provider": "ConnectWise"},
            period="day",
        ),
    ),
    "companies": Thing(
        "Companies",
        "company/companies",
        "lastUpdated",
        # By its identifier a time entry says whose it is.
        {"external_key": "identifier", "name": "name", "phone": "phoneNumber", "website": "website",
         "street": "addressLine1", "street2": "addressLine2", "zip": "zip", "city": "city", "country": "country.name",
         "vat": "taxIdentifier"},
        table="customers",
    ),
}  # fmt: skip


class ConnectWiseConnector(Preset):
    name = "connectwise"
    title = "ConnectWise PSA"
    summary = "Time entries, expenses or companies of ConnectWise PSA (Manage)."
    things = THINGS
    settings = (
        Setting("server", "Server", kind="host", help="As api-eu.myconnectwise.net."),
        Setting("company", "Company", help="The company that you log in with."),
        Setting("public_key", "Public key", help="Of an API member."),
        Setting("secret", "Private key", kind="secret"),
        Setting("client_id", "Client ID", help="Of this integration, from ConnectWise's developer network."),
        Setting("thing", "What", kind="choice", choices=choose(THINGS), default="time_entries", group="what"),
    )

    def compose(self, given):
        thing = self.things[given["thing"]]
        return {
            "base_url": base_url(given["server"], "v4_6_release/apis/3.0"),
            "path": thing.where,
            "auth": "basic",
            "login": f"{given['company']}+{given['public_key']}",
            "secret": given["secret"],
            "headers": {"clientId": given["client_id"]},
            "params": {
                "conditions": f"{thing.time}>=[{{start}}] and {thing.time}<[{{end}}]",
                "orderBy": "id",
                "page": "{page}",
                "pageSize": "{size}",
            },
            "paging": "page",
            "page_size": "1000",
        }
