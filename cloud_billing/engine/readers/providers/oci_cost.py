"""Oracle Cloud's cost report in its own format: every line has a reference number, corrections are lines of their own.

A report holds some hours and what came late, never a month: files only add. Oracle's FOCUS report is read by `focus`.
"""

from ..base import RowFault
from ..values import json_string
from .provider import ProviderFile, ProviderReader, as_tags

_IS_CORRECTION = {"": False, "false": False, "true": True}
# With a slash in a report, with a point in a tree of it.
_TAG_COLUMNS = ("tags/", "tags.")


class OciCostFile(ProviderFile):
    """One file of a cost report."""

    PROVIDER = "Oracle"
    COLUMNS = {
        "id": ("lineItem/referenceNo",),
        "provider_account": ("lineItem/tenantId",),
        "start": ("lineItem/intervalUsageStart",),
        "end": ("lineItem/intervalUsageEnd",),
        "service": ("product/service",),
        "sub_account": ("product/compartmentId",),
        "sub_account_name": ("product/compartmentName",),
        "region": ("product/region",),
        "resource": ("product/resourceId",),
        "quantity": ("usage/billedQuantity",),
        "sku": ("cost/productSku",),
        "sku_name": ("product/Description",),
        "billed": ("cost/myCost",),
        "currency": ("cost/currencyCode",),
        "unit": ("cost/billingUnitReadable", "cost/skuUnitDescription"),
        "kind": ("lineItem/isCorrection",),
    }
    MANDATORY = (
        "id", "provider_account", "start", "end", "service", "sub_account", "quantity", "sku", "billed", "currency",
    )  # fmt: skip
    NOT_NULL = ("id", "provider_account", "start", "end", "service", "billed", "currency")
    NUMBERS = ("quantity", "billed")

    def make(self, value, rest):
        if value["kind"].lower() not in _IS_CORRECTION:
            raise RowFault("kind", "unknown_charge_category", value["kind"])
        value["kind"] = value["kind"].lower()
        if len(value["id"]) > self.limits.max_identity:
            raise RowFault("id", "field_too_long", value["id"])
        start, end = self.interval(value)
        same = ("provider_account", "sub_account", "sub_account_name", "service", "sku", "region", "resource", "unit")
        made = {name: value[name] for name in same} | {
            "external_id": value["id"],
            "sku_name": value["sku_name"] or value["sku"],
            "charge_kind": "adjustment" if _IS_CORRECTION[value["kind"]] else "usage",
            "currency": self.currency(value),
            "service_start": start,
            "service_end": end,
            "quantity": value["quantity"] or None,
            "cost_billed": value["billed"],
        }
        own_tags = {name: cell for name, cell in rest.items() if name.lower().startswith(_TAG_COLUMNS)}
        tags = as_tags({name: cell for name, cell in rest.items() if name not in own_tags})
        if own_tags:
            pairs = (f"{json_string(name[len('tags/') :])}:{json_string(cell)}" for name, cell in own_tags.items())
            tags["tags"] = f"{{{','.join(pairs)}}}"
        return made, tags


class OciCostReader(ProviderReader):
    """Reader of Oracle's cost reports: append, by the reference number of each line."""

    name = "oci_cost"
    label = "Oracle Cloud cost report"
    shape = "append"
    file_class = OciCostFile
