"""Google Cloud's billing export, flattened to CSV: credits inside each row, and the invoice month beside the dates.

In BigQuery the columns are nested; as CSV they are called service.id or service_id, and lists become one cell of JSON.
"""

import ast
import json
import re
import warnings
from decimal import Decimal

from ...numbers import to_text, wide
from ..base import RowFault
from ..values import json_string, plain_number, tags_json
from .provider import ProviderFile, ProviderReader, as_tags

KINDS = {"regular": "usage", "tax": "tax", "adjustment": "adjustment", "rounding_error": "adjustment"}
_MONTH = re.compile(r"((?:19[7-9]|20\d|21\d)\d)-?(0[1-9]|1[0-2])", re.ASCII)
_MAX_PARTS = 500


class GcpBillingFile(ProviderFile):
    """One file of the standard or the detailed export."""

    PROVIDER = "Google Cloud"
    COLUMNS = {
        "provider_account": ("billing_account_id",),
        "service": ("service.description",),
        "service_id": ("service.id",),
        "sku": ("sku.id",),
        "sku_name": ("sku.description",),
        "start": ("usage_start_time",),
        "end": ("usage_end_time",),
        "sub_account": ("project.id",),
        "sub_account_name": ("project.name",),
        "labels": ("labels",),
        "google_tags": ("tags",),
        "location": ("location.location",),
        "region": ("location.region",),
        "resource": ("resource.global_name", "resource.name"),
        "billed": ("cost",),
        "currency": ("currency",),
        "amount": ("usage.amount",),
        "amount_unit": ("usage.unit",),
        "quantity": ("usage.amount_in_pricing_units",),
        "unit": ("usage.pricing_unit",),
        "credits": ("credits",),
        "month": ("invoice.month",),
        "kind": ("cost_type",),
        "list": ("cost_at_list",),
    }
    MANDATORY = (
        "provider_account", "service", "sku", "start", "end", "sub_account", "billed", "currency", "credits", "month",
        "kind",
    )  # fmt: skip
    NOT_NULL = ("provider_account", "service", "start", "end", "billed", "currency", "month", "kind")
    NUMBERS = ("billed", "amount", "quantity", "list")

    def make(self, value, rest):
        kind = KINDS.get(value["kind"].lower())
        if not kind:
            raise RowFault("kind", "unknown_charge_category", value["kind"])
        month = _MONTH.fullmatch(value["month"])
        if not month:
            raise RowFault("month", "bad_date", value["month"])
        value["month"] = f"{month[1]}-{month[2]}-01"
        start, end = self.interval(value)
        value["credits"], net = self._take_off_credits(value)
        value["labels"] = _labels(value["labels"])
        if value["google_tags"]:
            value["google_tags"] = tags_json(value["google_tags"])
        is_priced = value["quantity"] and value["unit"]
        made = {
            name: value[name] for name in ("provider_account", "sub_account", "sub_account_name", "service", "resource")
        }
        made |= {
            "sku": value["sku"],
            "sku_name": value["sku_name"],
            "region": value["region"] or value["location"],
            "charge_kind": kind,
            "unit": value["unit"] if is_priced else value["amount_unit"],
            "currency": self.currency(value),
            "service_start": start,
            "service_end": end,
            "billing_month": value["month"],
            "quantity": (value["quantity"] if is_priced else value["amount"]) or None,
            "cost_billed": net,
            "cost_effective": net,
            "cost_list": value["list"] or None,
            "cost_contracted": value["billed"],
        }
        left_over = (
            "service_id",
            "location",
            "kind",
            *(("amount", "amount_unit") if is_priced else ("quantity", "unit")),
        )
        tags = self.named(value, left_over) | as_tags(rest)
        if value["credits"]:
            tags["credits"] = value["credits"]
        if value["google_tags"]:
            tags["resource_tags"] = value["google_tags"]
        if value["labels"]:
            tags["tags"] = value["labels"]
        return made, tags

    def _take_off_credits(self, value):
        """(the credits as compact JSON, '' for none; cost and credits together). Raises RowFault."""
        text, cost = value["credits"], value["billed"]
        if text in ("", "[]"):
            return "", cost
        known = self.lists.get(text)
        if not known:
            try:
                credits = read_list(text)
                known = _compact(credits), [plain_number(str(credit.get("amount")), "credits") for credit in credits]
            except ValueError as error:
                if isinstance(error, RowFault):
                    raise
                raise RowFault("credits", "bad_list", text) from None
            self.lists.keep(text, known, 4 * len(text))
        compact, amounts = known
        with wide():
            return compact, to_text(sum(map(Decimal, amounts), Decimal(cost)))


def _labels(text):
    """Labels as one compact JSON object {key: value}; what is no list of labels stays as it is; '' for none."""
    if text in ("", "[]"):
        return ""
    try:
        labels = {label["key"]: label["value"] for label in read_list(text)}
        return _compact(labels)
    except (ValueError, KeyError, TypeError):
        return tags_json(text)


def read_list(text):
    """The objects of a list in JSON or as Python prints it, every number as its text. Raises ValueError.

    Tables that went through a data frame have the second form; it is parsed, never evaluated.
    """
    if sum(map(text.count, "[{(")) > _MAX_PARTS or text.count("[") > 5:
        raise ValueError("too many parts")
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError:
        value = _read_python(text)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("not a list of objects")
    return value


def _read_python(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
        return _plain(text, tree.body)
    except (SyntaxError, MemoryError, RecursionError):
        raise ValueError("neither JSON nor Python") from None


def _plain(text, node):
    if isinstance(node, ast.List):
        return [_plain(text, item) for item in node.elts]
    if isinstance(node, ast.Dict):
        keys = (_plain(text, key) for key in node.keys)
        return {str(key): _plain(text, value) for key, value in zip(keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"-{_plain(text, node.operand)}"
    if not isinstance(node, ast.Constant):
        raise ValueError("more than values")
    if node.value is None or isinstance(node.value, (str, bool)):
        return node.value
    # The digits as they stand: a float would have lost some.
    return ast.get_source_segment(text, node)


def _compact(value):
    """Compact JSON that PostgreSQL keeps. Raises ValueError."""
    compact = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    compact.encode()
    return json_string(compact) if "\\u0000" in compact else compact


class GcpBillingReader(ProviderReader):
    """Reader of Google's billing export; one file holds whole invoice months."""

    name = "gcp_billing"
    label = "Google Cloud billing export"
    file_class = GcpBillingFile
