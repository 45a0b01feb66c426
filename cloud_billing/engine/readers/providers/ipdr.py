"""IPDR (NDM-U 3.x): XML documents of detail records, as mediation systems hand over sessions and calls.

Each service has elements of its own; what is read here are those that services share. A record has a row for each
measure that it holds: bytes in, bytes out, seconds. The document says at its end how many records it has.
"""

from ..base import RejectedFile, RowFault
from ..tables.tree_path import BadElement, cell_text
from .tree_reader import Cutter, TreeFile, TreeReader, member, without

# (element, unit, name); an element's name is compared by its letters, whatever their case.
MEASURES = (
    ("inputOctets", "bytes", "Bytes in"),
    ("outputOctets", "bytes", "Bytes out"),
    ("upVolume", "", "Volume up"),
    ("downVolume", "", "Volume down"),
    ("duration", "seconds", "Duration"),
    ("callDuration", "seconds", "Duration"),
    ("sessionDuration", "seconds", "Duration"),
    ("chargeableTimeDuration", "seconds", "Chargeable time"),
)
# Counted from the beginning of a service flow, not within a record: adding them up would bill them many times.
TOTALS = ("octetsPassed", "pktsPassed", "serviceOctetsPassed", "servicePktsPassed")
NAMES = {
    "account": ("subscriberId", "username", "customerId"),
    "start": ("startTime", "sessionStartTime", "callStartTime", "gmtSessionStartDateTime"),
    "end": ("endTime", "sessionEndTime", "callEndTime", "gmtSessionEndDateTime"),
    "resource": ("sessionId", "acctSessionId", "uniqueCallId"),
    "created": ("IPDRCreationTime",),
    "number": ("seqNum",),
}


class IpdrCutter(Cutter):
    """A record per measure of a detail record."""

    ROUTES = {"id": "IPDRDoc/@docId", "record": "IPDRDoc/IPDR", "end": "IPDRDoc/IPDRDoc.End"}

    def __init__(self, options, limits):
        super().__init__(options, limits)
        self.document = None
        self.count = 0
        self.said = None

    def take(self, found):
        if found.route == "id":
            self.document = found.value
            return
        if found.route == "end":
            self.said = cell_text(member(found.value, "@count"))
            return
        self.count += 1
        if not isinstance(found.value, dict):
            raise BadElement("not_expected")
        yield from self._measures(found.value)

    def finish(self):
        if self.said != str(self.count):
            raise RejectedFile("count_differs", detail=(self.count, self.said or "-"))
        return ()

    def _measures(self, record):
        places = {name.lower(): name for name in record}
        found = {
            field: next((places[name.lower()] for name in names if name.lower() in places), None)
            for field, names in NAMES.items()
        }
        kinds = [(places[name.lower()], unit, label) for name, unit, label in MEASURES if name.lower() in places]
        totals = [places[name.lower()] for name in TOTALS if name.lower() in places]
        used = {*found.values(), *totals, *(name for name, _unit, _label in kinds)}
        common = {
            "document": self.document,
            "service": cell_text(record.get("@type")).rpartition(":")[2] or "IPDR",
            "more": without(record, *used, "@type") or None,
            **{field: record.get(name) for field, name in found.items() if name},
        }
        for name, unit, label in kinds:
            yield {**common, "measure": name, "name": label, "unit": unit, "quantity": record[name]}
        for name in totals:
            yield {**common, "measure": name, "quantity": record[name], "total": "true"}
        if not kinds and not totals:
            yield common


class IpdrFile(TreeFile):
    """One document."""

    COLUMNS = {
        name: (name,)
        for name in ("document", "number", "created", "service", "account", "start", "end", "resource", "measure",
                     "name", "unit", "quantity", "total", "more")
    }  # fmt: skip
    MANDATORY = NOT_NULL = ("document", "number", "account", "start", "end", "measure", "quantity")
    NUMBERS = ("quantity",)
    TREES = ("more",)

    def make(self, value, rest):
        if value["total"]:
            raise RowFault("measure", "not_usage", f"running total ({value['measure']})")
        identity = "/".join(value[name] for name in ("document", "number", "measure"))
        if len(identity) > self.limits.max_identity:
            raise RowFault("document", "field_too_long", identity)
        start, end = self.interval(value)
        made = {
            "external_id": identity,
            "provider": self.options.get("provider") or "IPDR",
            "provider_account": self.options.get("provider_account") or "",
            "sub_account": value["account"],
            "service": value["service"],
            "sku": value["measure"],
            "sku_name": value["name"] or value["measure"],
            "resource": value["resource"],
            "charge_kind": "usage",
            "unit": value["unit"],
            "service_start": start,
            "service_end": end,
            "quantity": value["quantity"],
        }
        return made, self.tags(value, rest) | self.named(value, ("created",))


class IpdrReader(TreeReader):
    """Reader of IPDR documents: append, by document, sequence number and measure."""

    name = "ipdr"
    label = "IPDR detail records (XML)"
    shape = "append"
    kind = "xml"
    file_class = IpdrFile
    cutter_class = IpdrCutter

    def recognise_tree(self, outline):
        return outline.root == "IPDRDoc"
