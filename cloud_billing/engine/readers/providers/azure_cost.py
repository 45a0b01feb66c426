"""Azure cost details as Cost Management exports and downloads them: EA, MCA and pay-as-you-go, old and new columns."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from ...numbers import to_text, wide
from ..base import RowFault
from ..values import bare_number, json_string, parse_moment, tags_json
from .provider import DayFirst, ProviderFile, ProviderReader, as_tags, fold

# What a commitment leaves unused is part of what was bought, not usage of anybody.
KINDS = {
    "Usage": "usage",
    "Purchase": "purchase",
    "UnusedReservation": "purchase",
    "UnusedSavingsPlan": "purchase",
    "Refund": "refund",
    "Tax": "tax",
    "Credit": "credit",
    "Adjustment": "adjustment",
    "RoundingAdjustment": "adjustment",
}
_KINDS = {name.lower(): kind for name, kind in KINDS.items()}

# Month first, as Microsoft writes it everywhere; 21/09/2026 refuses the file and is never turned round.
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: 0?0:00(?::00)?| 12:00:00 AM)?", re.ASCII)
_UNIT = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([KMB]?)(?![A-Za-z0-9.])\s*(.*)", re.ASCII | re.DOTALL)
_THOUSANDS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}
# The plain words of a meter come in one and in many ("1 Hour", "100 Hours") and are one unit.
_PLURALS = {
    word: f"{word.capitalize()}s"
    for word in ("second", "minute", "hour", "day", "week", "month", "year", "unit", "user", "node", "device", "site",
                 "connection", "request", "transaction", "operation", "message", "call", "image", "resource", "license")
}  # fmt: skip
_PLURALS |= {"hr": "Hours", "hrs": "Hours", **{plural.lower(): plural for plural in _PLURALS.values()}}


def split_unit(text):
    """(block size as digits, unit) of a unit of measure: '100 Hours' is 100 and 'Hours', '10K' is 10000 and 'Units'.

    A text that does not begin with a number is a unit by itself, of block size 1.
    """
    match = _UNIT.fullmatch(text)
    if not match:
        return "1", _name_unit(text)
    number, thousands, unit = match.groups()
    if thousands and "." in number:
        return "1", text
    size = str(int(number) * _THOUSANDS[thousands]) if "." not in number else number
    return size, f"Units{unit}" if unit.startswith("/") else _name_unit(unit) or "Units"


def _name_unit(text):
    return _PLURALS.get(text.lower(), text)


def multiply(quantity, block_size):
    """How many units a quantity of blocks is; None where it is not given.

    Azure counts what its price is for: 0.0047 of "10K" are 47 operations, 0.5 of "100 Hours" are 50 hours.
    """
    if not quantity or block_size == "1":
        return quantity or None
    with wide():
        text = to_text(Decimal(quantity) * Decimal(block_size))
    return bare_number(text)


def parse_date(text):
    """parse_moment, also of a date with the month first. Raises ValueError, DayFirst."""
    match = _US_DATE.fullmatch(text)
    if match:
        month, day, year = map(int, match.groups())
        if day <= 12 < month <= 31:
            raise DayFirst(text)
        text = f"{year:04}-{month:02}-{day:02}"
    return parse_moment(text)


def read_tags(text):
    """A cell of tags as JSON, '' for none. Some exports leave the braces of the object out."""
    return text and tags_json(text if text.startswith(("{", "[")) else f"{{{text}}}")


class AzureCostFile(ProviderFile):
    """One file; the names here are today's, those of other agreements and of former exports come after them."""

    PROVIDER = "Microsoft"
    COLUMNS = {
        "billed": ("CostInBillingCurrency", "Cost", "PreTaxCost"),
        "start": ("Date", "UsageDateTime", "UsageDate"),
        "quantity": ("Quantity", "UsageQuantity", "ConsumedQuantity"),
        "sub_account": ("SubscriptionId", "SubscriptionGuid"),
        "meter": ("MeterId",),
        "service": ("MeterCategory",),
        "unit": ("UnitOfMeasure",),
        "currency": ("BillingCurrency", "BillingCurrencyCode", "Currency"),
        "kind": ("ChargeType",),
        "provider_account": ("BillingAccountId", "BillingProfileId"),
        "month": ("BillingPeriodStartDate",),
        "sub_account_name": ("SubscriptionName",),
        "meter_name": ("MeterName",),
        "product": ("ProductName", "Product"),
        "product_id": ("ProductId", "PartNumber"),
        "consumed": ("ConsumedService",),
        "publisher": ("PublisherName",),
        "region": ("ResourceLocation", "Location"),
        "resource": ("ResourceId", "InstanceId"),
        "list": ("PaygCostInBillingCurrency",),
        "tags": ("Tags",),
    }
    MANDATORY = ("billed", "start", "quantity", "sub_account", "meter", "service", "unit", "currency")
    NOT_NULL = ("billed", "start", "currency")
    NUMBERS = ("billed", "quantity", "list")

    def parse(self, text):
        return parse_date(text)

    def make(self, value, rest):
        kind = value["kind"] or "Usage"
        if kind.lower() not in _KINDS:
            raise RowFault("kind", "unknown_charge_category", kind)
        start, end = self._day(value)
        if value["month"]:
            value["month"] = self.moment("month", value["month"])[0]
        value["tags"] = read_tags(value["tags"])
        made = {name: value[name] for name in ("sub_account", "sub_account_name", "region", "resource")}
        block_size, unit = split_unit(value["unit"])
        made |= {
            "provider_account": value["provider_account"] or self.options.get("provider_account") or "",
            "service": value["service"] or value["consumed"] or value["publisher"] or kind,
            "sku": value["meter"] or value["product_id"],
            "sku_name": value["meter_name"] or value["product"],
            "charge_kind": _KINDS[kind.lower()],
            "unit": unit,
            "currency": self.currency(value),
            "service_start": start,
            "service_end": end,
            "billing_month": f"{(value['month'] or start)[:7]}-01",
            "quantity": multiply(value["quantity"], block_size),
            "cost_billed": value["billed"],
            "cost_list": value["list"] or None,
        }
        tags = self.named(value, ("kind", "unit", "product", "product_id", "consumed", "publisher"))
        tags |= as_tags(rest)
        if block_size != "1":
            tags |= self.named(value, ("quantity",))
        if value["unit"]:
            tags |= {"PricingBlockSize": json_string(block_size), "PricingBlockUnit": json_string(unit)}
        if value["tags"]:
            tags["tags"] = value["tags"]
        return made, tags

    def _day(self, value):
        """(start, end) of the whole day, in UTC as Azure counts, that the date names. Raises RowFault."""
        start, value["start"] = self.moment("start", value["start"])
        day = datetime.fromisoformat(start).replace(hour=0, minute=0, second=0)
        return day.isoformat(" "), (day + timedelta(days=1)).isoformat(" ")


class AzureCostReader(ProviderReader):
    """Reader of Azure's cost details. Besides delimiter, the option provider_account is for files that name none."""

    name = "azure_cost"
    label = "Azure cost details, EA and MCA"
    file_class = AzureCostFile

    def recognise(self, header):
        """What a partner's files call a partner, none of Azure's own exports has."""
        return super().recognise(header) and "partnerid" not in map(fold, header)
