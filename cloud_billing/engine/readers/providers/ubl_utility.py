"""UBL 2.x UtilityStatement: what subscribers used of electricity, gas, water and the like, beside a supplier's invoice.

A row is a consumption line. A subscriber's consumption without lines has meter readings instead; where there are lines,
the readings say the same use once more and are kept as a tag.
"""

from datetime import date, timedelta, timezone
from zoneinfo import ZoneInfo

from ..base import RowFault
from ..tables.tree_path import cell_text
from ..values import parse_moment
from .tree_reader import Cutter, TreeFile, TreeReader, member, without

_HEADS = ("ID", "IssueDate", "DocumentCurrencyCode", "SenderParty")
_SAID = ("ID", "InvoicedQuantity", "LineExtensionAmount", "Period")
_ROOT = "UtilityStatement"


class UblUtilityCutter(Cutter):
    """A record per consumption line, or per meter reading of a subscriber without lines."""

    ROUTES = {**{name: f"{_ROOT}/{name}" for name in _HEADS}, "consumption": f"{_ROOT}/SubscriberConsumption"}

    def __init__(self, options, limits):
        super().__init__(options, limits)
        self.heads = dict.fromkeys(_HEADS)
        self.number = 0

    def take(self, found):
        if found.route != "consumption":
            self.heads[found.route] = found.value
            return
        self.number += 1
        consumption = found.value
        point = member(consumption, "UtilityConsumptionPoint")
        readings = [reading for meter in _all(point, "UtilityMeter") for reading in _all(meter, "MeterReading")]
        common = {
            "statement": _text(self.heads["ID"]),
            "consumption": _text(member(consumption, "ConsumptionID")) or str(self.number),
            "point": _text(member(point, "ID")) or _text(member(point, "SubscriberID")),
            "subscriber": _party(member(consumption, "SubscriberParty")),
            "supplier": _party(self.heads["SenderParty"]),
            "currency": _text(self.heads["DocumentCurrencyCode"]),
            **_period(member(consumption, "Consumption", "MainPeriod")),
        }
        lines = list(self._lines(consumption, common))
        for line in lines:
            yield {**line, "readings": readings or None}
        if not lines:
            yield from self._readings(readings, common)

    def _lines(self, consumption, common):
        for supplier_number, supplier in enumerate(_all(consumption, "SupplierConsumption"), 1):
            around = {
                **common,
                "supplier": _party(member(supplier, "UtilitySupplierParty")) or common["supplier"],
                "customer": _party(member(supplier, "UtilityCustomerParty")),
                **_period(member(supplier, "Consumption", "MainPeriod")),
            }
            for number, line in enumerate(_all(supplier, "ConsumptionLine"), 1):
                item = member(line, "UtilityItem")
                yield {
                    **around,
                    "line": f"{supplier_number}/{_text(member(line, 'ID')) or number}",
                    "quantity": _text(member(line, "InvoicedQuantity")),
                    "unit": member(line, "InvoicedQuantity", "@unitCode"),
                    "amount": _text(member(line, "LineExtensionAmount")),
                    "currency": member(line, "LineExtensionAmount", "@currencyID") or common["currency"],
                    "service": _text(member(item, "ConsumptionType")) or _text(member(item, "ConsumptionTypeCode")),
                    "item": _text(member(item, "ID")),
                    "description": _text(member(item, "Description")),
                    "more": without(line, *_SAID) or None,
                    **_period(member(line, "Period")),
                }

    def _readings(self, readings, common):
        for number, reading in enumerate(readings, 1):
            quantity = member(reading, "DeliveredQuantity")
            yield {
                **common,
                "line": f"reading {_text(member(reading, 'ID')) or number}",
                "quantity": _text(quantity),
                "unit": member(quantity, "@unitCode"),
                "service": _text(member(reading, "MeterReadingType")) or _text(member(reading, "MeterReadingTypeCode")),
                "start": _text(member(reading, "PreviousMeterReadingDate")),
                # The day of a reading belongs to what comes after it.
                "until": _text(member(reading, "LatestMeterReadingDate")),
                "end": None,
                "readings": [reading],
            }


def _all(value, name):
    """The children of a name, as a list."""
    found = member(value, name)
    return found if isinstance(found, list) else [] if found is None else [found]


def _text(value):
    """The text of an element, whatever attributes it has; of several the first."""
    if isinstance(value, list):
        value = value[0]
    return cell_text(member(value, "")) if isinstance(value, dict) else cell_text(value)


def _party(value):
    """What a party is called: its identification, or its name."""
    value = member(value, "Party") or value
    for children, name in (("PartyIdentification", "ID"), ("PartyName", "Name")):
        for child in _all(value, children):
            if text := _text(member(child, name)):
                return text
    return ""


def _period(value):
    """{} where there is no period, so that the one around it holds."""
    if value is None:
        return {}
    return {"start": _text(member(value, "StartDate")), "end": _text(member(value, "EndDate"))}


class UblUtilityFile(TreeFile):
    """One statement."""

    COLUMNS = {
        name: (name,)
        for name in ("statement", "consumption", "line", "point", "subscriber", "supplier", "customer", "service",
                     "item", "description", "start", "end", "until", "quantity", "unit", "amount", "currency",
                     "readings", "more")
    }  # fmt: skip
    MANDATORY = ("statement", "line", "start", "quantity")
    NOT_NULL = ("statement", "line", "start", "quantity")
    NUMBERS = ("quantity", "amount")
    TREES = ("readings", "more")

    def __init__(self, header, records, limits, options):
        super().__init__(header, records, limits, options)
        self.zone = ZoneInfo(options["time_zone"]) if options.get("time_zone") else timezone.utc

    def make(self, value, rest):
        identity = "/".join(value[name] for name in ("statement", "consumption", "line"))
        if len(identity) > self.limits.max_identity:
            raise RowFault("line", "field_too_long", identity)
        start, end = self._days(value)
        made = {
            "external_id": identity,
            "provider": value["supplier"],
            "provider_account": self.options.get("provider_account") or value["customer"],
            "sub_account": value["point"] or value["subscriber"],
            "sub_account_name": value["subscriber"],
            "service": value["service"] or value["item"] or "utility",
            "sku": value["item"] or value["service"],
            "sku_name": value["description"] or value["service"],
            "charge_kind": "usage",
            "unit": value["unit"],
            "service_start": start,
            "service_end": end,
            "quantity": value["quantity"],
        }
        if value["amount"]:
            if not value["currency"]:
                raise RowFault("currency", "missing_value")
            made |= {"cost_billed": value["amount"], "currency": self.currency(value)}
        return made, self.tags(value, rest) | self.named(value, ("statement",))

    def _days(self, value):
        """The whole local days from start to end, the end among them, or until the day of a reading."""
        start = self._midnight("start", value["start"], 0)
        field, more = ("end", 1) if value["end"] else ("until", 0)
        if not value[field]:
            raise RowFault("end", "missing_value")
        end = self._midnight(field, value[field], more)
        if end <= start:
            raise RowFault(field, "end_before_start", value[field])
        return start, end

    def _midnight(self, field, text, more):
        try:
            # XML Schema lets a date end in an offset; days are the supplier's own, whatever it says.
            day = date.fromisoformat(text[:10]) + timedelta(days=more)
            return parse_moment(day.isoformat(), self.zone)[0]
        except (ValueError, OverflowError):
            raise RowFault(field, "bad_date", text) from None


class UblUtilityReader(TreeReader):
    """Reader of UBL utility statements: append, by statement, consumption and line."""

    name = "ubl_utility"
    label = "UBL utility statement (XML)"
    shape = "append"
    kind = "xml"
    file_class = UblUtilityFile
    cutter_class = UblUtilityCutter

    def recognise_tree(self, outline):
        return outline.root == _ROOT and any(name.endswith(":UtilityStatement-2") for name in outline.namespaces)
