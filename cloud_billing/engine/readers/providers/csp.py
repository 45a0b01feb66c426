"""What Microsoft bills a partner of its Cloud Solution Provider program: daily rated usage and licences.

Usage has a day and a meter, licences have a term; the other columns are the same. Rows without an invoice number are
an estimate that the billed ones of the month take the place of.
"""

from datetime import datetime, timedelta

from ..base import RowFault
from ..values import json_string
from .azure_cost import multiply, parse_date, read_tags, split_unit
from .provider import ProviderFile, ProviderReader, as_tags

# Changes of a quantity give back the old one and charge the new one, both under the one type: the sign tells.
KINDS = {
    "new": "purchase",
    "renew": "purchase",
    "cycleCharge": "purchase",
    "addQuantity": "purchase",
    "removeQuantity": "purchase",
    "convert": "purchase",
    "upgrade": "purchase",
    "transfer": "purchase",
    "cancel": "refund",
    "cancelImmediate": "refund",
    "refund": "refund",
    "customerCredit": "credit",
}
_KINDS = {name.lower(): kind for name, kind in KINDS.items()}
# In usage the type says little: what is not given back was used.
_USAGE_KINDS = {**dict.fromkeys(("", "new", "usage"), "usage"), "refund": "refund", "customercredit": "credit"}


class CspFile(ProviderFile):
    """One file of usage or of licences."""

    PROVIDER = "Microsoft"
    COLUMNS = {
        "provider_account": ("PartnerId",),
        "sub_account": ("CustomerId",),
        "sub_account_name": ("CustomerName",),
        "invoice": ("InvoiceNumber",),
        "kind": ("ChargeType",),
        "day": ("UsageDate",),
        "start": ("ChargeStartDate",),
        "last_day": ("ChargeEndDate",),
        "quantity": ("BillableQuantity", "Quantity"),
        "unit": ("UnitType", "Unit"),
        "billed": ("BillingPreTaxTotal", "Subtotal"),
        "currency": ("BillingCurrency", "Currency"),
        "meter": ("MeterId",),
        "meter_name": ("MeterName",),
        "service": ("MeterCategory",),
        "product": ("ProductId",),
        "product_name": ("ProductName",),
        "sku": ("SkuId",),
        "sku_name": ("SkuName",),
        "publisher": ("PublisherName",),
        "region": ("ResourceLocation", "MeterRegion"),
        "resource": ("ResourceURI",),
        "subscription": ("SubscriptionId",),
        "tags": ("Tags",),
    }
    MANDATORY = (
        "provider_account", "sub_account", "kind", "start", "last_day", "quantity", "billed", "currency", "product",
        "sku",
    )  # fmt: skip
    NOT_NULL = ("provider_account", "start", "billed", "currency")
    NUMBERS = ("quantity", "billed")

    def parse(self, text):
        return parse_date(text)

    def make(self, value, rest):
        kinds = _USAGE_KINDS if value["day"] else _KINDS
        kind = kinds.get(value["kind"].lower())
        if not kind:
            raise RowFault("kind", "unknown_charge_category", value["kind"])
        start, end = self._interval(value)
        value["tags"] = read_tags(value["tags"])
        currency = self.currency(value)
        block_size, unit = split_unit(value["unit"])
        licence = "/".join(filter(None, (value["product"], value["sku"])))
        made = {name: value[name] for name in ("sub_account", "sub_account_name", "region")} | {
            # A partner gets one file per currency, and a file takes the place of the one before it.
            "provider_account": f"{value['provider_account']} / {currency}",
            "service": value["service"] or value["product_name"] or value["publisher"] or "Microsoft",
            "sku": value["meter"] or licence,
            "sku_name": value["meter_name"] or value["sku_name"] or value["product_name"],
            "resource": value["resource"] or value["subscription"],
            "charge_kind": kind,
            "unit": unit,
            "currency": currency,
            "service_start": start,
            "service_end": end,
            "billing_month": self.options.get("billing_month") or f"{start[:7]}-01",
            "quantity": multiply(value["quantity"], block_size),
            "cost_billed": value["billed"],
        }
        tags = self.named(value, ("invoice", "kind", "unit", "product", "sku", "publisher", "subscription"))
        tags |= self.named(value, ("product_name", "sku_name")) | as_tags(rest)
        if block_size != "1":
            tags |= self.named(value, ("quantity",)) | {"PricingBlockSize": json_string(block_size)}
        if value["tags"]:
            tags["tags"] = value["tags"]
        return made, tags

    def _interval(self, value):
        """(start, end): the day of usage, or the days of a term from its first to its last one. Raises RowFault."""
        moments = {}
        for field in ("day", "start", "last_day"):
            if value[field]:
                moments[field], value[field] = self.moment(field, value[field])
        first = moments.get("day") or moments["start"]
        last = moments.get("day") or moments.get("last_day") or first
        if last < first:
            raise RowFault("last_day", "end_before_start", value["last_day"])
        next_day = datetime.fromisoformat(last[:10]) + timedelta(days=1)
        return f"{first[:10]} 00:00:00", next_day.isoformat(" ")


class CspReader(ProviderReader):
    """Reader of a partner's reconciliation files and of the same lines as JSON.

    Besides those of tables, the option billing_month ('YYYY-MM-01') is the month of the invoice that a person named.
    """

    name = "csp"
    label = "Microsoft CSP usage and licences, billed and unbilled"
    file_class = CspFile
