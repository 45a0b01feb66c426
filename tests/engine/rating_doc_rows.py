"""A row of docs/prices.md to what rating says of it, and to what the row says besides its amount."""

from decimal import Decimal

from cloud_billing_engine.rating import (
    Commitment,
    DimensionQuantity,
    Exchange,
    Grant,
    Proration,
    RuleFacts,
    bill_in,
    difference,
    rate,
    share_out,
    split_bundle,
    true_up,
)
from cloud_billing_engine.rating.wire import handle, read_terms
from cloud_billing_engine.rating.wire_around import read_adjustment, read_grant
from rating_samples import make_facts

COLUMNS = {
    "quantity", "value", "events", "dimensions", "variables", "cost", "share", "exchange", "billed quantity",
    "billed amount", "billed", "priced quantity", "included", "carried", "counted before", "period share", "taken off",
    "by hand", "exact", "amount",
}  # fmt: skip


def read_number(text):
    return None if text == "none" else Decimal(text)


def read_share(text):
    return Proration(*map(int, text.split("/"))) if text else None


def read_measures(row):
    """Facts of a row besides its quantity. Events: 10; -5. Dimensions: region=eu sku=a: 10; ... Variables: gb=2; ..."""
    values = {name: read_number(row[name]) for name in ("cost", "value") if name in row}
    listed = {
        name: row[name].split("; ") for name in ("events", "dimensions", "variables") if row.get(name, "none") != "none"
    }
    if "events" in listed:
        values["events"] = tuple(map(Decimal, listed["events"]))
    if "variables" in listed:
        pairs = (item.split("=") for item in listed["variables"])
        values["variables"] = tuple((name, Decimal(number)) for name, number in pairs)
    if "dimensions" in listed:
        shares = (item.rsplit(": ", 1) for item in listed["dimensions"])
        values["dimensions"] = tuple(
            DimensionQuantity(tuple(tuple(pair.split("=")) for pair in named.split()), Decimal(quantity))
            for named, quantity in shares
        )
    return values


def read_quantity(row, values):
    """The row's quantity; where single events or shares stand instead, their number or their sum."""
    if "quantity" in row:
        return read_number(row["quantity"])
    if "events" in values:
        return Decimal(len(values["events"]))
    return sum(share.quantity for share in values["dimensions"]) if "dimensions" in values else None


def read_included(row):
    """[(used, of)] of "20 of 20; 40 of 100"."""
    texts = row["included"].split("; ") if row.get("included") else []
    return [tuple(map(Decimal, text.split(" of "))) for text in texts]


def read_around(row):
    """Facts of a row around its charge model."""
    values = {"proration": read_share(row.get("share")), "period_share": read_share(row.get("period share"))}
    if row.get("exchange"):
        values["exchange"] = Exchange(Decimal(row["exchange"]), "USD", "EUR", "the page", make_facts().service_start)
    for column, name in (("carried", "carried"), ("counted before", "carried_counted")):
        if column in row:
            values[name] = read_number(row[column])
    grants = (of for _used, of in read_included(row))
    values["grants"] = tuple(Grant(number, "Included", of) for number, of in enumerate(grants))
    return values


def rate_row(block, row):
    """The RatedResult of one row: a price, a true-up, or a correction where something was billed."""
    if "true_up" in block:
        facts = make_facts()
        shared = {name: getattr(facts, name) for name in ("currency", "rounding", "service_start", "service_end")}
        return true_up(
            Commitment(
                minimum=Decimal(block["true_up"]["minimum"]),
                billed=Decimal(row["billed"]),
                proration=read_share(row.get("share")),
                **shared,
            )
        )
    measures = read_measures(row)
    facts = make_facts(read_quantity(row, measures), **measures, **read_around(row))
    adjustments = [
        read_adjustment({name: value for name, value in one.items() if name != "rule"}, "", RuleFacts(**one["rule"]))
        for one in block.get("adjustments", ())
    ]
    result = rate(read_terms(block.get("terms", block)), facts, adjustments=adjustments)
    if "billed amount" in row:
        return difference(result, Decimal(row["billed amount"]), read_number(row["billed quantity"]))
    return result


def check_around(result, row):
    """What a row says of the steps around its charge model."""
    if "priced quantity" in row:
        assert result.quantity == read_number(row["priced quantity"])
    if row.get("included"):
        used = dict(result.granted)
        assert [used.get(number, 0) for number in range(len(read_included(row)))] == [
            used for used, _of in read_included(row)
        ]
    if "taken off" in row:
        assert sum(money for _rule, money in result.discounts) == Decimal(row["taken off"])


def share_out_row(block, row):
    """(what each charge drew, what is left to pay) as the row writes them."""
    asked = block["share_out"]
    grants = [read_grant(grant, "") for grant in asked["grants"]]
    at = make_facts().service_start
    assert at.isoformat() == asked["at"]
    answers = share_out([read_number(text) for text in row["charges"].split("; ")], grants, at)
    included = [" ".join(f"{one.used} of {one.grant.key}" for one in drawn) or "none" for _rest, drawn in answers]
    charged = ["none" if rest is None else str(rest) for rest, _drawn in answers]
    return "; ".join(included), "; ".join(charged)


def split_row(block, row):
    asked = block["split_bundle"]
    return split_bundle(Decimal(row["amount"]), tuple(map(Decimal, asked["prices"])), Decimal(asked["rounding"]))


def resolve_row(block, row):
    """The answer to a request of a block's candidates: the row says when, of what dimensions, and how many."""
    at = row.get("at", "2026-03-01")
    facts = {
        "quantity": row["quantity"],
        "unit": "unit",
        "currency": "EUR",
        "rounding": "0.01",
        "service_start": at,
        "service_end": "2027-01-01",
    }
    dimensions = {name: row[name] for name in ("region", "sku") if name in row}
    return handle({"candidates": block["candidates"], "facts": facts, "at": at, "dimensions": dimensions})


def bill_row(block, row):
    """The price of a row, in dollars, billed in its currency."""
    facts = make_facts(row["quantity"], currency="USD")
    exchange = Exchange(Decimal(row["rate"]), "USD", row["to"], "the page", facts.service_start)
    step = {"JPY": Decimal(1), "EUR": Decimal("0.01"), "KWD": Decimal("0.001")}[row["to"]]
    return bill_in(rate(read_terms(block["bill_in"]), facts), exchange, step)
