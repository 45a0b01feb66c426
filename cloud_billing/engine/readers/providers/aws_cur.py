"""AWS Cost and Usage Report: the legacy one (lineItem/UsageAmount) and CUR 2.0 (line_item_usage_amount).

The two have the same columns under two spellings; what is a column per tag in the first is one JSON map in the second.
"""

from decimal import Decimal

from ...numbers import to_text, wide
from ..base import RowFault
from ..values import json_string, tags_json, written_month
from .provider import ProviderFile, ProviderReader, as_tags

# Fees and discounts are held until a person decides: whether they are passed on is an agreement, not a property.
KINDS = {
    "Usage": "usage",
    "DiscountedUsage": "usage",
    "SavingsPlanCoveredUsage": "usage",
    "SavingsPlanNegation": "adjustment",
    "SavingsPlanRecurringFee": "purchase",
    "SavingsPlanUpfrontFee": "purchase",
    "RIFee": "purchase",
    "Fee": "fee",
    "Tax": "tax",
    "Credit": "credit",
    "Refund": "refund",
    "BundledDiscount": "adjustment",
    "Discount": "adjustment",
    "EdpDiscount": "adjustment",
    "PrivateRateDiscount": "adjustment",
    "RiVolumeDiscount": "adjustment",
    "SppDiscount": "adjustment",
}
_KINDS = {name.lower(): (name, kind) for name, kind in KINDS.items()}

# The share of a commitment that this row used up, which AWS calls its effective or amortised cost: of these columns the
# first less the second, or the sum; no columns is nothing. Other kinds cost what is billed.
_EFFECTIVE = {
    "SavingsPlanCoveredUsage": ("sp_effective",),
    "DiscountedUsage": ("ri_effective",),
    "SavingsPlanRecurringFee": ("sp_commitment", "-sp_used"),
    "RIFee": ("ri_unused_upfront", "ri_unused_recurring"),
    "SavingsPlanNegation": (),
    "SavingsPlanUpfrontFee": (),
}
# At the agreed price before commitments. For the others AWS gives no such cost.
_AT_AGREED_PRICE = ("Usage", "SavingsPlanCoveredUsage")
_TAG_COLUMN = "resourcetags/"
_MAPS = ("resource_tags", "product", "cost_category", "discount")


class AwsCurFile(ProviderFile):
    """One file of either generation; the names here are those of the legacy report."""

    PROVIDER = "AWS"
    # A report whose columns changed within the month may name one that its rows do not have.
    MAY_END_EARLY = True
    COLUMNS = {
        "provider_account": ("bill/PayerAccountId",),
        "month": ("bill/BillingPeriodStartDate",),
        "invoice": ("bill/InvoiceId",),
        "line_id": ("identity/LineItemId",),
        "sub_account": ("lineItem/UsageAccountId",),
        "sub_account_name": ("lineItem/UsageAccountName",),
        "kind": ("lineItem/LineItemType",),
        "start": ("lineItem/UsageStartDate",),
        "end": ("lineItem/UsageEndDate",),
        "service": ("lineItem/ProductCode",),
        "usage_type": ("lineItem/UsageType",),
        "description": ("lineItem/LineItemDescription",),
        "resource": ("lineItem/ResourceId",),
        "quantity": ("lineItem/UsageAmount",),
        "currency": ("lineItem/CurrencyCode",),
        "billed": ("lineItem/UnblendedCost",),
        "net": ("lineItem/NetUnblendedCost",),
        "unit": ("pricing/unit",),
        "list": ("pricing/publicOnDemandCost",),
        "sku": ("product/sku",),
        "region": ("product/regionCode", "product/region"),
        "reservation": ("reservation/ReservationARN",),
        "ri_effective": ("reservation/EffectiveCost",),
        "ri_unused_upfront": ("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",),
        "ri_unused_recurring": ("reservation/UnusedRecurringFee",),
        "sp_effective": ("savingsPlan/SavingsPlanEffectiveCost",),
        "sp_commitment": ("savingsPlan/TotalCommitmentToDate",),
        "sp_used": ("savingsPlan/UsedCommitment",),
        **{name: (name,) for name in _MAPS},
    }
    MANDATORY = (
        "provider_account", "month", "sub_account", "kind", "start", "end", "service", "usage_type", "quantity",
        "currency", "billed",
    )  # fmt: skip
    NOT_NULL = ("provider_account", "month", "sub_account", "kind", "start", "end", "service", "currency", "billed")
    _OF_COMMITMENTS = (
        "ri_effective", "ri_unused_upfront", "ri_unused_recurring", "sp_effective", "sp_commitment", "sp_used",
    )  # fmt: skip
    NUMBERS = ("quantity", "billed", "net", "list", *_OF_COMMITMENTS)
    UNHASHED = ("line_id",)

    def make(self, value, rest):
        if value["kind"].lower() not in _KINDS:
            raise RowFault("kind", "unknown_charge_category", value["kind"])
        line_type, kind = _KINDS[value["kind"].lower()]
        start, end = self.interval(value)
        month = value["month"]
        value["month"] = self.moment("month", month)[1]
        for name in _MAPS:
            if value[name]:
                value[name] = tags_json(value[name])
        made = {
            name: value[name] for name in ("provider_account", "sub_account", "sub_account_name", "service", "region")
        }
        made |= {
            "sku": value["sku"] or value["usage_type"],
            "sku_name": value["description"] or value["usage_type"],
            "charge_kind": kind,
            "unit": value["unit"],
            "currency": self.currency(value),
            "service_start": start,
            "service_end": end,
            "billing_month": written_month(month),
            "quantity": value["quantity"] or None,
            "cost_billed": value["billed"],
            "cost_effective": self._effective_cost(line_type, value),
            "cost_list": value["list"] or None,
            "cost_contracted": (value["net"] or value["billed"]) if line_type in _AT_AGREED_PRICE else None,
            "resource": value["resource"],
        }
        return made, self._tags(value, rest)

    def _effective_cost(self, line_type, value):
        """Plain digits, or None where the report lacks a column for it."""
        if line_type == "Fee" and value["reservation"]:
            return "0"
        if line_type not in _EFFECTIVE:
            return value["net"] or value["billed"]
        total = Decimal(0)
        with wide():
            for term in _EFFECTIVE[line_type]:
                text = value[term.lstrip("-")]
                if not text:
                    return None
                total += -Decimal(text) if term[0] == "-" else Decimal(text)
        return to_text(total)

    def _tags(self, value, rest):
        tags = self.named(value, ("invoice", "line_id", "kind", "usage_type", "net", "reservation"))
        tags |= self.named(value, self._OF_COMMITMENTS)
        tags |= {self.written[name]: value[name] for name in _MAPS[1:] if value[name]}
        resource_tags = {name: cell for name, cell in rest.items() if name.lower().startswith(_TAG_COLUMN)}
        tags |= as_tags({name: cell for name, cell in rest.items() if name not in resource_tags})
        if value["resource_tags"]:
            tags["tags"] = value["resource_tags"]
        elif resource_tags:
            pairs = (
                f"{json_string(name[len(_TAG_COLUMN) :])}:{json_string(cell)}" for name, cell in resource_tags.items()
            )
            tags["tags"] = f"{{{','.join(pairs)}}}"
        return tags


class AwsCurReader(ProviderReader):
    """Reader of AWS reports. Rows of a month that is not final yet lack bill/InvoiceId."""

    name = "aws_cur"
    label = "AWS Cost and Usage Report, legacy and 2.0"
    file_class = AwsCurFile
