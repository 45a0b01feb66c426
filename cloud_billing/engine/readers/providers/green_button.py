"""Green Button (ESPI): an Atom feed of usage points, what their meters read, and blocks of interval readings.

An entry says by its links what it belongs to: a block to a meter reading, that to a usage point and a reading type.
Moments are seconds since 1970 in UTC; the local time of the meter is information and moves nothing.
"""

from decimal import Decimal

from ...numbers import to_text, wide
from ..base import RejectedFile, RowFault
from ..tables.tree_path import cell_text
from ..values import json_string
from .tree_reader import Cutter, TreeFile, TreeReader, member, without

# ESPI UnitSymbolKind.
UNITS = {
    "5": "A", "29": "V", "31": "J", "33": "Hz", "38": "W", "42": "m3", "61": "VA", "63": "VAr", "65": "power factor",
    "67": "V2", "69": "A2", "71": "VAh", "72": "Wh", "73": "VArh", "106": "Ah", "111": "count", "119": "ft3",
    "122": "ft3/h", "125": "m3/h", "128": "US gal", "129": "US gal/h", "130": "Imp gal", "131": "Imp gal/h",
    "132": "BTU", "133": "BTU/h", "134": "l", "137": "l/h", "169": "therm",
}  # fmt: skip
# What is not the use of an interval: adding it up would bill it many times.
NOT_USAGE = {
    "1": "meter stand (bulk quantity)",
    "2": "meter stand (continuous cumulative)",
    "3": "meter stand (cumulative)",
    "6": "indicated value",
    "12": "momentary value",
    "13": "latched value",
    "14": "bounded value",
}
SERVICES = {
    "0": "electricity", "1": "gas", "2": "water", "3": "time", "4": "heat", "5": "refuse", "6": "sewerage",
    "7": "rates", "8": "TV licence", "9": "internet",
}  # fmt: skip
DIRECTIONS = {"1": "forward", "4": "net", "19": "reverse", "20": "total"}
QUALITIES = {
    "0": "valid", "7": "manually edited", "8": "estimated", "9": "estimated", "10": "questionable", "11": "derived",
    "12": "projected", "13": "mixed", "14": "raw", "15": "normalised for weather", "16": "other", "17": "validated",
    "18": "verified", "19": "revenue quality",
}  # fmt: skip
# ISO 4217 by number.
CURRENCIES = {
    "36": "AUD", "124": "CAD", "156": "CNY", "203": "CZK", "208": "DKK", "344": "HKD", "348": "HUF", "356": "INR",
    "392": "JPY", "410": "KRW", "484": "MXN", "554": "NZD", "578": "NOK", "702": "SGD", "752": "SEK", "756": "CHF",
    "826": "GBP", "840": "USD", "946": "RON", "975": "BGN", "978": "EUR", "985": "PLN", "986": "BRL",
}  # fmt: skip
_ACCUMULATES = ("", "0", "4", "9")
_MAX_POWER = 30
_COST_POWER = -5
_TYPE_FIELDS = ("powerOfTenMultiplier", "uom", "currency", "flowDirection", "accumulationBehaviour", "commodity")


class GreenButtonCutter(Cutter):
    """A record per interval reading; blocks wait for the entries that say what they are."""

    ROUTES = {"entry": "feed/entry", "single": "entry"}

    def __init__(self, options, limits):
        super().__init__(options, limits)
        self.types = {}
        self.points = {}
        # Of each meter reading its address, title and what it is linked to; by address of its blocks too.
        self.readings = {}
        self.waiting = []
        self.waiting_length = 0

    def take(self, found):
        entry = _Entry(found.value)
        for name, content in entry.contents():
            if name == "ReadingType":
                self.types[entry.address] = content
            elif name == "UsagePoint":
                self.points[entry.address] = entry.title, cell_text(member(content, "ServiceCategory", "kind"))
            elif name == "MeterReading":
                self._add_reading(entry)
            elif name == "IntervalBlock":
                blocks = content if isinstance(content, list) else [content]
                if self._type_of(entry) is None:
                    self._wait(entry, blocks, found.length)
                else:
                    yield from self._cut(entry, blocks)

    def finish(self):
        """Blocks of which the meter reading or its type came later, or not at all: the unit is missing then."""
        for entry, blocks in self.waiting:
            yield from self._cut(entry, blocks)

    def _add_reading(self, entry):
        for address in (entry.address, *entry.related):
            self.readings[address] = entry

    def _wait(self, entry, blocks, length):
        self.waiting_length += length
        if self.waiting_length > self.limits.max_record:
            raise RejectedFile("element_too_long", detail=self.limits.max_record)
        self.waiting.append((entry, blocks))

    def _reading_of(self, entry):
        return self.readings.get(entry.up) or self.readings.get(entry.up.removesuffix("/IntervalBlock"))

    def _type_of(self, entry):
        reading = self._reading_of(entry)
        return (
            next((self.types[address] for address in reading.related if address in self.types), None)
            if reading
            else None
        )

    def _cut(self, entry, blocks):
        reading, kind = self._reading_of(entry), self._type_of(entry)
        address = reading.address if reading else entry.up
        point = next((point for point in self.points if address.startswith(f"{point}/")), "")
        title, service = self.points.get(point, ("", ""))
        common = {
            "usage_point": _tail(point or address.partition("/MeterReading")[0]),
            "usage_point_name": title,
            "service": service,
            "meter_reading": address.removeprefix(f"{point}/") if point else _tail(address),
            "title": reading.title if reading else "",
            **{name: member(kind, name) for name in _TYPE_FIELDS},
        }
        for block in blocks:
            readings = member(block, "IntervalReading")
            at = _Clock(member(block, "interval", "start"), member(kind, "intervalLength"))
            for item in readings if isinstance(readings, list) else [readings]:
                if item is not None:
                    yield {**common, **at.place(item), **_values(item)}


class _Entry:
    """An Atom entry: its address (link self), what it belongs to (up) and what it is linked to (related)."""

    def __init__(self, value):
        links = member(value, "link")
        links = links if isinstance(links, list) else [links]
        addresses = [(member(link, "@rel"), cell_text(member(link, "@href")).rstrip("/")) for link in links]
        self.content = member(value, "content")
        title = member(value, "title")
        self.title = title if isinstance(title, str) else cell_text(member(title, ""))
        self.address = next((address for rel, address in addresses if rel == "self"), "")
        self.up = next((address for rel, address in addresses if rel == "up"), "")
        self.related = [address for rel, address in addresses if rel == "related"]

    def contents(self):
        return self.content.items() if isinstance(self.content, dict) else ()


class _Clock:
    """Where readings are: what they say themselves, or one step behind the other from the start of their block."""

    def __init__(self, start, step):
        self.next = cell_text(start)
        self.step = cell_text(step)

    def place(self, item):
        start = cell_text(member(item, "timePeriod", "start")) or self.next
        duration = cell_text(member(item, "timePeriod", "duration")) or self.step
        is_known = start.isdigit() and duration.isdigit() and len(start) + len(duration) < 40
        self.next = str(int(start) + int(duration)) if is_known else ""
        return {"start": start, "duration": duration}


def _values(item):
    qualities = member(item, "ReadingQuality")
    qualities = qualities if isinstance(qualities, list) else [qualities]
    return {
        "value": item.get("value"),
        "cost": item.get("cost"),
        "quality": " ".join(cell_text(member(quality, "quality")) for quality in qualities if quality),
        "more": without(item, "value", "cost", "ReadingQuality", "timePeriod") or None,
    }


def _tail(address):
    """What of an address is behind /resource/, or all of it: the part that stays when a server moves."""
    return address.partition("/resource/")[2] or address


class GreenButtonFile(TreeFile):
    """One feed."""

    COLUMNS = {
        name: (name,)
        for name in ("usage_point", "usage_point_name", "service", "meter_reading", "title", "start", "duration",
                     "value", "cost", "quality", "more", *_TYPE_FIELDS)
    }  # fmt: skip
    MANDATORY = NOT_NULL = ("usage_point", "start", "duration", "value", "uom")
    NUMBERS = ("start", "duration", "value", "cost")
    TREES = ("more",)

    def make(self, value, rest):
        if value["accumulationBehaviour"] not in _ACCUMULATES:
            said = NOT_USAGE.get(value["accumulationBehaviour"], value["accumulationBehaviour"])
            raise RowFault("accumulationBehaviour", "not_usage", said)
        if value["uom"] not in UNITS:
            raise RowFault("uom", "unknown_unit", value["uom"])
        identity = "/".join(value[name] for name in ("usage_point", "meter_reading", "start"))
        if len(identity) > self.limits.max_identity:
            raise RowFault("meter_reading", "field_too_long", identity)
        start, end = self.seconds_interval(value, "start", "duration")
        service = SERVICES.get(value["service"]) or "utility"
        direction = DIRECTIONS.get(value["flowDirection"])
        made = {
            "external_id": identity,
            "provider": self.options.get("provider") or "Green Button",
            "provider_account": self.options.get("provider_account") or "",
            "sub_account": value["usage_point"],
            "sub_account_name": value["usage_point_name"],
            "service": service,
            "sku": value["meter_reading"],
            "sku_name": " ".join(filter(None, (value["title"] or service, direction and f"({direction})"))),
            "charge_kind": "usage",
            "unit": UNITS[value["uom"]],
            "service_start": start,
            "service_end": end,
            "quantity": _scaled(value["value"], self._power(value)),
            **self._cost(value),
        }
        tags = self.tags(value, rest) | self.named(value, ("commodity", "flowDirection"))
        if value["quality"]:
            names = (QUALITIES.get(code, code) for code in value["quality"].split())
            tags["quality"] = json_string(", ".join(names))
        return made, tags

    def _power(self, value):
        text = value["powerOfTenMultiplier"] or "0"
        try:
            power = int(text) if len(text) < 5 else _MAX_POWER + 1
        except ValueError:
            raise RowFault("powerOfTenMultiplier", "not_a_number", text) from None
        if abs(power) > _MAX_POWER:
            raise RowFault("powerOfTenMultiplier", "number_too_large", text)
        return power

    def _cost(self, value):
        if not value["cost"]:
            return {}
        code = value["currency"].lstrip("0")
        currency = CURRENCIES.get(code) or (not code and self.options.get("currency"))
        if not currency:
            raise RowFault("currency", "bad_currency" if code else "missing_value", code)
        return {"cost_billed": _scaled(value["cost"], _COST_POWER), "currency": currency}


def _scaled(number, power):
    with wide():
        return to_text(Decimal(number).scaleb(power))


class GreenButtonReader(TreeReader):
    """Reader of Green Button feeds: append, by meter reading and start."""

    name = "green_button"
    label = "Green Button energy usage (ESPI, XML)"
    shape = "append"
    kind = "xml"
    file_class = GreenButtonFile
    cutter_class = GreenButtonCutter

    def recognise_tree(self, outline):
        return "http://naesb.org/espi" in outline.namespaces and outline.root in ("feed", "entry")
