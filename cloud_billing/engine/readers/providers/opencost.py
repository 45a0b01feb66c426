"""OpenCost: what /allocation and /cloudCost answer.

An allocation has one cost and one quantity per resource, so it becomes a record for each; a cloud cost has costs alone.
Neither says its currency.
"""

from decimal import Decimal

from ...numbers import NumberError, parse_decimal, to_text, wide
from ..base import RejectedFile
from ..tables.tree_path import BadElement, cell_text
from .tree_reader import Cutter, TreeFile, TreeReader, member, without

# (name, quantity, unit, cost, what was added to it when the provider's bill came)
RESOURCES = (
    ("CPU", "cpuCoreHours", "core hours", "cpuCost", "cpuCostAdjustment"),
    ("Memory", "ramByteHours", "byte hours", "ramCost", "ramCostAdjustment"),
    ("GPU", "gpuHours", "GPU hours", "gpuCost", "gpuCostAdjustment"),
    ("Storage", "pvByteHours", "byte hours", "pvCost", "pvCostAdjustment"),
    ("Network", "networkTransferBytes", "bytes", "networkCost", "networkCostAdjustment"),
    ("Load balancer", None, "", "loadBalancerCost", "loadBalancerCostAdjustment"),
    ("Shared", None, "", "sharedCost", None),
    ("External", None, "", "externalCost", None),
)
# Said even when it is nothing: an allocation without them is none.
_ALWAYS = ("CPU", "Memory")
# Costs are shown rounded to five decimals at most: parts and total may differ by that much of rounding alone.
_ROUNDING = Decimal("0.0001")
_SAID = {
    "name",
    "properties",
    "window",
    "totalCost",
    *(name for resource in RESOURCES for name in resource[1:] if name),
}


class OpenCostCutter(Cutter):
    """Records of allocations and of cloud costs; an answer that is an error is refused with what the server says."""

    ROUTES = {
        "code": "code",
        "message": "message",
        "allocation": "data[*].*",
        "cloud": "data.sets[*].cloudCosts.*",
    }

    def __init__(self, options, limits):
        super().__init__(options, limits)
        self.code = "200"
        self.message = ""

    def take(self, found):
        if found.route in ("code", "message"):
            setattr(self, found.route, cell_text(found.value))
        elif found.value is not None:
            if not isinstance(found.value, dict):
                raise BadElement("not_expected")
            cut = _allocation if found.route == "allocation" else _cloud_cost
            yield from cut(found.keys[-1], found.value)

    def finish(self):
        if self.code != "200":
            raise RejectedFile("server_error", detail=(self.message or self.code)[:500])
        return ()


def _allocation(key, allocation):
    properties = member(allocation, "properties")
    common = {
        "name": allocation.get("name") or key,
        "cluster": member(properties, "cluster"),
        "start": member(allocation, "window", "start"),
        "end": member(allocation, "window", "end"),
        "pod": member(properties, "pod"),
        "properties": without(properties, "cluster", "pod") or None,
    }
    # Kept once, and not with each resource.
    more = without(allocation, *_SAID) or None
    known = Decimal(0)
    for resource, quantity_name, unit, cost_name, adjustment_name in RESOURCES:
        quantity = allocation.get(quantity_name) if quantity_name else None
        cost, added = allocation.get(cost_name), allocation.get(adjustment_name) if adjustment_name else None
        total = _add(cost, added)
        if isinstance(total, Decimal):
            with wide():
                known += total
        is_there = resource in _ALWAYS and (quantity is not None or cost is not None)
        if is_there or not _is_nothing(quantity) or not _is_nothing(total):
            said = to_text(total) if isinstance(total, Decimal) else total
            yield {**common, "resource": resource, "quantity": quantity, "unit": unit, "cost": said, "more": more}
            more = None
    rest = _rest(allocation.get("totalCost"), known)
    if rest is not None:
        yield {**common, "resource": "Other", "cost": to_text(rest)}


def _number(text):
    """A Decimal, None for null, or the text that is no number: the row says so."""
    if text is None or text == "":
        return None
    try:
        return parse_decimal(cell_text(text))
    except NumberError:
        return cell_text(text)


def _add(cost, added):
    cost, added = _number(cost), _number(added)
    if isinstance(cost, str) or added is None:
        return cost
    if isinstance(added, str) or cost is None:
        return added
    with wide():
        return cost + added


def _is_nothing(value):
    number = _number(value) if not isinstance(value, Decimal) else value
    return number is None or number == 0


def _rest(total, known):
    """What of the total no resource explains: a kind of cost that a newer OpenCost has."""
    total = _number(total)
    if not isinstance(total, Decimal):
        return None
    with wide():
        rest = total - known
    return rest if abs(rest) > _ROUNDING else None


def _cloud_cost(key, item):
    properties = member(item, "properties")
    yield {
        "name": key,
        "cluster": member(properties, "invoiceEntityID") or member(properties, "provider"),
        "start": member(item, "window", "start"),
        "end": member(item, "window", "end"),
        "resource": member(properties, "service") or member(properties, "category") or "Cloud costs",
        "pod": member(properties, "providerID"),
        "cost": member(item, "invoicedCost", "cost"),
        "effective": member(item, "amortizedNetCost", "cost"),
        "list": member(item, "listCost", "cost"),
        "contracted": member(item, "netCost", "cost"),
        "properties": properties,
        "more": without(item, "properties", "window") or None,
    }


class OpenCostFile(TreeFile):
    """One answer of the API."""

    PROVIDER = "OpenCost"
    COLUMNS = {
        name: (name,)
        for name in ("name", "cluster", "start", "end", "resource", "quantity", "unit", "cost", "effective", "list",
                     "contracted", "pod", "properties", "more")
    }  # fmt: skip
    MANDATORY = NOT_NULL = ("name", "start", "end", "resource")
    NUMBERS = ("quantity", "cost", "effective", "list", "contracted")
    TREES = ("properties", "more")

    def make(self, value, rest):
        start, end = self.interval(value)
        made = {
            "provider_account": self.options.get("provider_account") or value["cluster"],
            "sub_account": value["name"],
            "service": value["resource"],
            "sku": value["resource"],
            "sku_name": value["resource"],
            "resource": value["pod"],
            "charge_kind": "usage",
            "unit": value["unit"],
            "service_start": start,
            "service_end": end,
            "quantity": value["quantity"] or None,
            **self.costs(
                value,
                cost_billed="cost",
                cost_effective="effective",
                cost_list="list",
                cost_contracted="contracted",
            ),
        }
        return made, self.tags(value, rest)


class OpenCostReader(TreeReader):
    """Reader of OpenCost's answers: what one delivery holds of a month is all of it."""

    name = "opencost"
    label = "Kubernetes OpenCost (JSON)"
    asks = ("currency",)
    file_class = OpenCostFile
    cutter_class = OpenCostCutter

    def recognise_tree(self, outline):
        return outline.has("code", "data") and (
            outline.has("data.sets[*].cloudCosts") or any(path.endswith(".cpuCoreHours") for path in outline.paths)
        )
