"""A correction of some days of what was billed: the price of those days now, less their share of the billed lines."""

from decimal import Decimal, InvalidOperation

from ..numbers import divide, round_to, trim

_ZERO = Decimal(0)


def check_days(line, parts, step, name, report):
    """The amount of such a correction, worked out again; what is found is added to the report.

    parts: the workings of the days as they are priced now, compared already. step: `difference`, with its shares.
    """
    try:
        now = sum((Decimal(part.get("amount_exact", "0")) for part in parts), _ZERO)
        billed = sum((_take_share(share) for share in step["shares"]), _ZERO)
        rounded = next(one for one in line["workings"]["steps"] if one["step"] == "rounding")
        amount = round_to(now - billed, Decimal(rounded["to"]))
        shares = {share["line"]: Decimal(share["amount_exact"]) for share in step["shares"]}
        given = Decimal(step["amount_now"]), Decimal(step["amount_billed"])
        settled = [Decimal(one["after"]) for one in line["workings"]["steps"] if one["step"] == "settle"]
    except (LookupError, TypeError, StopIteration, InvalidOperation, ZeroDivisionError) as error:
        report.add("cannot_read", False, name, what="workings.steps", detail=str(error) or "difference")
        return _ZERO
    report.compare("amount_now", given[0], now, name)
    report.compare("amount_billed", given[1], billed, name, lines=len(shares))
    for one in line["billed_before"]:
        report.compare("billed_line", shares.get(one["id"]), one.get("amount_exact"), name, line=one["id"])
    if set(shares) - {one["id"] for one in line["billed_before"]}:
        report.add("billed_line", False, name, expected=len(shares), found=len(line["billed_before"]))
    if settled:
        # What other lines of the charge were rounded to is not in this file.
        report.add("settled", None, name, amount=settled[-1], rounded=amount)
        return settled[-1]
    return amount


def _take_share(share):
    whole = Decimal(share["amount_exact"]) * share["numerator"]
    return trim(divide(whole, Decimal(share["denominator"])))
