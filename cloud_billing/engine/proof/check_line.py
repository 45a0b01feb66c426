"""One rated line: its rows are counted again, its price is worked out again, and every figure is compared."""

from decimal import Decimal

from ..json_door import RequestError
from ..numbers import exact
from ..rating import RatingError, says_less
from ..rating.wire import handle
from .check_days import check_days
from .counting import CountingError, count
from .digests import digest

# What cannot be compared: how the price was chosen among rules that are not in the file.
_NOT_RATED = ("resolution",)
_REQUEST = ("rule", "terms", "facts", "adjustments", "bill_in", "true_up")
_ZERO = Decimal(0)


def check_line(line, files, report):
    """Add what is found of one line to the report."""
    name = f"{line['name']} ({line['id']})"
    workings = line["workings"]
    now = workings.get("now", workings)
    parts = now.get("parts") or [now] if isinstance(now, dict) else []
    if line["usage"] is not None:
        _check_usage(line["usage"], parts, files, name, report)
    amounts = [_check_price(part, name, report) for part in parts]
    if None in amounts:
        return
    with exact():
        amount = sum(amounts, _ZERO)
        if "now" in workings:
            step = next((step for step in workings.get("steps", ()) if step.get("step") == "difference"), None)
            if step and "shares" in step:
                amount = check_days(line, parts, step, name, report)
            else:
                amount = _check_correction(line, amount, step, name, report)
    report.compare("line_amount", line["amount"], amount, name, currency=line["currency"])
    _check_statement(line, name, report)


def _check_usage(usage, parts, files, name, report):
    report.compare("rows_digest", usage["digest"], digest([list(usage["columns"]), usage["raw_rows"]]), name)
    strays = [row for row in usage["rows"] if row["file"] is not None and not 0 <= row["file"] < len(files)]
    if strays:
        report.add("rows_of_unknown_file", False, name, rows=len(strays))
    try:
        counted = count(usage)
        for part in parts:
            _compare_usage(part, counted, usage, name, report)
    except CountingError as error:
        report.add("cannot_count", False, name, aggregation=str(error))


def _compare_usage(part, counted, usage, name, report):
    """What the rows come to against the facts that were priced."""
    facts, terms = part.get("facts"), part.get("terms") or {}
    if not facts:
        report.add("row_count", not usage["rows"], name, expected="0", found=str(len(usage["rows"])))
        return
    meter = usage["meter"]
    if facts["rows"] is not None or counted.row_count:
        report.compare("row_count", facts["rows"], counted.row_count, name)
    if len(counted.units) > 1:
        report.add("several_units", False, name, units=", ".join(sorted(counted.units)))
    # With costs in several currencies each has a part of its own, and the quantity belongs to none of them.
    if facts["quantity"] is not None or counted.quantity is None:
        report.compare(
            "quantity",
            _read(facts["quantity"]),
            counted.quantity,
            name,
            rows=counted.row_count,
            aggregation=meter["aggregation"],
            basis=meter["basis"],
            unit=facts["unit"],
        )
    if facts["cost"] is not None:
        exchange = facts.get("exchange")
        currency = exchange["from_currency"] if exchange else facts["currency"]
        cost = counted.costs.get((currency, terms.get("cost_basis") or "billed"))
        report.compare("cost", _read(facts["cost"]), cost, name, currency=currency)
    if facts.get("value") is not None:
        report.compare("value", _read(facts["value"]), counted.value, name)
    if facts.get("events") is not None:
        report.compare("events", len(facts["events"]), len(counted.events), name)
        report.add("event_values", tuple(map(_read, facts["events"])) == counted.events, name)
    for share in facts.get("dimensions", ()):
        values = tuple(sorted(share["values"].items()))
        found = {tuple(sorted(key)): quantity for key, quantity in counted.shares.items()}.get(values)
        said = ", ".join(f"{key} {value or '-'}" for key, value in values)
        report.compare("share", _read(share["quantity"]), found, name, values=said)


def _check_price(part, name, report):
    """The amount of one price worked out again, or None where it cannot be."""
    if "bundle" in part:
        return _check_bundle(part, name, report)
    if "true_up" not in part and not part.get("terms"):
        # Nothing was priced: usage that is gone, or none for which a price was needed.
        report.add("nothing_priced", True, name)
        return _ZERO
    if part.get("terms", {}).get("charge_model") == "none":
        report.compare("nothing_used", "none", part.get("usage"), name)
        return _ZERO
    _note_given(part, name, report)
    try:
        answer = handle({key: part[key] for key in _REQUEST if key in part})
    except RatingError as error:
        report.add("cannot_rate", False, name, reason=error.reason, detail=str(error))
        return None
    except RequestError as error:
        report.add("cannot_read", False, name, what=f"workings.{error.facts['at']}", detail=error.reason)
        return None
    _compare_workings(part, answer["workings"], name, report)
    return _read(answer["amount"])


def _check_bundle(part, name, report):
    """What a part of a bundle gets of the set's price, worked out again, or None where it cannot be."""
    try:
        price, bundle = part["price"], part["bundle"]
        asked, priced, place = bundle["set"], bundle["priced"], bundle["place"]
        if _check_price(price, name, report) is None:
            return None
        report.compare("set_amount", _read(price["amount_exact"]), _read(asked["amounts"][priced]), name)
        answer = handle({"price_set": asked})
        share, exact_share = _read(answer["shares"][place]), _read(answer["exact_shares"][place])
        # Workings of before said the rounded share twice.
        is_exact = _read(part.get("amount_exact", answer["shares"][place])) in (share, exact_share)
    except RatingError as error:
        report.add("cannot_rate", False, name, reason=error.reason, detail=str(error))
        return None
    except (RequestError, LookupError, TypeError) as error:
        report.add("cannot_read", False, name, what="workings.bundle", detail=str(error))
        return None
    if len(asked["amounts"]) > 1:
        report.add("set_given", None, name, parts=len(asked["amounts"]) - 1)
    is_again = _holds(part.get("steps"), answer["steps"], says_less(part.get("engine_version")))
    report.add("set_again", is_again and is_exact, name, parts=len(answer["shares"]))
    return share


def _note_given(part, name, report):
    """Figures that come from other lines: rated with, but not proved by this file."""
    facts = part.get("facts") or {}
    if facts.get("carried") is not None:
        report.add("carried", None, name, quantity=facts["carried"], unit=facts.get("unit", ""))
    for grant in facts.get("grants", ()):
        report.add("granted", None, name, label=grant["label"] or str(grant["key"]), quantity=grant["quantity"])
    if "true_up" in part:
        report.add("counted_towards", None, name, billed=part["true_up"]["billed"])


def _compare_workings(part, again, name, report):
    """Every key of the workings, and every step by itself, so that the first one that differs is named."""
    steps, steps_again = part.get("steps", []), again["steps"]
    is_less = says_less(part.get("engine_version"))
    for number, (stored, found) in enumerate(zip(steps, steps_again, strict=False), 1):
        if not _holds(stored, found, is_less):
            report.add(
                "step",
                False,
                name,
                number=number,
                step=str(stored.get("step")),
                expected=str(stored.get("after")),
                found=str(found.get("after")),
            )
    if len(steps) != len(steps_again):
        report.add("step_count", False, name, expected=len(steps), found=len(steps_again))
    if part.get("engine_version") != again["engine_version"]:
        report.add("engine_version", None, name, expected=part.get("engine_version"), found=again["engine_version"])
    left_out = {"steps", "engine_version", *_NOT_RATED}
    for key in sorted(set(part) & set(again) - left_out):
        if not _holds(part[key], again[key], is_less):
            report.add("workings", False, name, key=key, expected=str(part[key]), found=str(again[key]))
    if _holds(steps, steps_again, is_less):
        report.add("rated_again", True, name, steps=len(steps), amount=again["amount"], currency=again["currency"])


def _holds(stored, found, is_less):
    """Whether what is stored is found again. is_less: by an engine that says more, so keys may have come."""
    if not is_less:
        return stored == found
    if isinstance(stored, dict) and isinstance(found, dict):
        return all(name in found and _holds(value, found[name], is_less) for name, value in stored.items())
    if isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        return all(_holds(*pair, is_less) for pair in zip(stored, found, strict=True))
    return stored == found


def _check_correction(line, amount, step, name, report):
    """A correction: what is right now, less what was billed before."""
    billed = sum((one["amount"] for one in line["billed_before"]), _ZERO)
    if step is None:
        report.add("cannot_read", False, name, what="workings.steps", detail="difference")
        return amount
    report.compare("amount_now", _read(step["amount_now"]), amount, name)
    report.compare("amount_billed", _read(step["amount_billed"]), billed, name, lines=len(line["billed_before"]))
    return amount - billed


def _check_statement(line, name, report):
    """What the customer reads says the same amount for the same days."""
    statement = line["statement"]
    report.compare("statement_amount", line["amount"], _read(statement.get("amount")), name)
    days = (statement.get("service_start"), statement.get("service_end"))
    report.compare("statement_days", (line["service_start"].isoformat(), line["service_end"].isoformat()), days, name)
    if statement.get("quantity") is not None:
        report.compare("statement_quantity", line["quantity"], _read(statement["quantity"]), name)


def _read(text):
    return None if text is None else Decimal(text)
