"""The total of a month as Cost Explorer tells it, to hold against what came in. USD 0.01 for each question."""

import json
from decimal import Decimal
from typing import NamedTuple

from ...numbers import NumberError, exact, parse_decimal
from ..base import ControlTotal
from ..errors import ConnectorError
from .stored_files import next_month

# Cost Explorer has one address for all regions.
_URL = "https://ce.us-east-1.amazonaws.com"
_REGION = "us-east-1"
# What the bill says, before what was paid ahead is spread: as the reports' unblended cost.
_METRIC = "UnblendedCost"
_MAX_PAGES = 100


class MonthTotal(NamedTuple):
    """totals: a ControlTotal for each currency, over all accounts.   is_estimated: the month is not final."""

    totals: tuple
    is_estimated: bool


def url(given):
    """Where it is asked."""
    return (given["explorer_endpoint"] or _URL).rstrip("/")


def month_total(account, given, month):
    """The MonthTotal of 'YYYY-MM', asked for by an `aws.Account`. Raises ConnectorError."""
    asked = {
        "TimePeriod": {"Start": f"{month}-01", "End": f"{next_month(month)}-01"},
        "Granularity": "MONTHLY",
        "Metrics": [_METRIC],
    }
    sums, is_estimated = {}, False
    for _page in range(_MAX_PAGES):
        told = _ask(account, given, asked)
        for result in told.get("ResultsByTime", []):
            is_estimated = is_estimated or bool(result.get("Estimated"))
            currency, amount = _read(result)
            if currency:
                with exact():
                    sums[currency] = sums.get(currency, Decimal(0)) + amount
        if not told.get("NextPageToken"):
            break
        asked["NextPageToken"] = told["NextPageToken"]
    totals = tuple(ControlTotal("", f"{month}-01", currency, amount) for currency, amount in sorted(sums.items()))
    return MonthTotal(totals, is_estimated)


def _ask(account, given, asked):
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSInsightsIndexService.GetCostAndUsage",
    }
    body = json.dumps(asked).encode()
    return account.ask("POST", f"{url(given)}/", service="ce", region=_REGION, headers=headers, data=body).json()


def _read(result):
    """(currency, Decimal) of one period, ('', 0) where it says none. Raises ConnectorError bad_answer."""
    told = (result.get("Total") or {}).get(_METRIC)
    if not told:
        return "", Decimal(0)
    try:
        return str(told["Unit"]), parse_decimal(str(told["Amount"]))
    except (KeyError, TypeError, NumberError):
        raise ConnectorError("bad_answer", host="ce", detail=_METRIC) from None
