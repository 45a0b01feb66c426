"""A door counter that answers /days with the days it has, and /days/2026-10-05.csv with how often the door opened."""

from odoo.addons.cloud_billing.engine.connectors import Connector, Delivery, Fact, Payload, Seen, Setting, register
from odoo.addons.cloud_billing.models.connection import connector_messages
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)
connector_messages.add(facts={"days_seen": _lt("It has counted %(count)s days, up to %(last)s.")})


@register
class DoorCounter(Connector):
    name, title, summary = "door_counter", "Door counter", "Counts how often a door opens, day by day."
    readers = ("csv",)
    settings = (
        Setting("address", "Address", "url", help="For instance https://door.example.com"),
        Setting("token", "Token", "secret", help="Under Settings on the device."),
    )

    def hosts(self, options):
        return {options["address"].split("/")[2]}

    def test(self, options, web, now):
        days = self.ask(options, web, "days").json()
        return Seen([Fact("days_seen", {"count": len(days), "last": max(days)})], self.read(options, web, max(days)))

    def fetch(self, options, web, window, known):
        for day, version in sorted(self.ask(options, web, "days").json().items()):
            if known.get(day) != version:
                yield Delivery(day, version, "", [self.read(options, web, day)])

    def read(self, options, web, day):
        return Payload(f"{day}.csv", self.ask(options, web, f"days/{day}.csv").chunks())

    def ask(self, options, web, path):
        headers = {"Authorization": f"Bearer {options['token'].reveal()}"}
        return web.request("GET", f"{options['address']}/{path}", headers=headers)
