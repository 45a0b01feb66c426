"""What pricing alone costs: rate() over quantities of every charge model, without Odoo.

Run by `make bench ONLY=pricing` in a process of its own; prints JSON: {"amount": {charge model: seconds per price},
"stored": the same}, each with the mean of all as "mixed". "amount" keeps the result, which can still be asked how it
came about; "stored" writes workings and statement too, as the text that a rated line keeps. Processor time of one core,
so that what else the machine does counts less.
"""

import json
import statistics
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cloud_billing"))

from engine.rating import (
    PRICERS,
    DimensionQuantity,
    MatrixCell,
    Proration,
    RatingFacts,
    RuleFacts,
    Terms,
    Tier,
    rate,
)

write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
RULE = RuleFacts(7, "Compute hours", "Hosting", "2026", "everyone", date(2026, 1, 1))
REGIONS = ("eu", "us", "asia", "africa")


def make_tiers(unit_prices, percents=(None, None, None)):
    bounds, flats = (Decimal(1000), Decimal(5000), None), (Decimal(0), Decimal(5), Decimal(20))
    return tuple(Tier(*values) for values in zip(bounds, map(Decimal, unit_prices), flats, percents, strict=True))


LADDER = make_tiers(("0.10", "0.08", "0.05"))
NO_PRICES = ("0", "0", "0")
TERMS = {
    "per_unit": {"unit_price": Decimal("0.0000125")},
    "flat": {"unit_price": Decimal("31.00")},
    "graduated": {"tiers": LADDER},
    "volume": {"tiers": LADDER},
    "stairstep": {"tiers": make_tiers(NO_PRICES)},
    "package": {"unit_price": Decimal(5), "block_size": Decimal(100), "free_units": Decimal(100)},
    "percentage": {"percent": Decimal("2.9"), "fixed_per_event": Decimal("0.30"), "event_maximum": Decimal(10)},
    "graduated_percentage": {"tiers": make_tiers(NO_PRICES, (Decimal(3), Decimal(2), Decimal(1)))},
    "cost_plus": {"percent": Decimal(12)},
    "dynamic": {},
    "matrix": {"cells": tuple(MatrixCell((("region", name),), Decimal("0.10")) for name in REGIONS)},
    "formula": {"formula": "max(10, quantity * 0.05 + 2)"},
}


def make_facts(number):
    """Facts that every charge model finds its own in: a quantity of up to 10,000 with three decimals, and its money."""
    quantity = Decimal(number * 7919 % 10_000_000).scaleb(-3)
    return RatingFacts(
        quantity=quantity,
        unit="hour",
        currency="EUR",
        rounding=Decimal("0.01"),
        service_start=date(2026, 3, 1),
        service_end=date(2026, 4, 1),
        rows=number,
        usage_number=number,
        cost=quantity,
        value=quantity,
    )


def add_own(model, facts):
    """The facts with what one model alone reads: four events, four shares, a share of the period."""
    values, quarter = vars(facts), facts.quantity / 4
    if model == "percentage":
        return RatingFacts(**{**values, "events": (quarter,) * 4})
    if model == "matrix":
        shares = tuple(DimensionQuantity((("region", name),), quarter) for name in REGIONS)
        return RatingFacts(**{**values, "dimensions": shares})
    return RatingFacts(**{**values, "proration": Proration(16, 31)}) if model == "flat" else facts


def store(result):
    """Both explanations as cloud_rated_line.py writes them into the database."""
    return write_json(result.workings), write_json(result.statement)


def measure(model, count, keep):
    """Seconds of one price of a model. keep: what is done with its result."""
    terms = Terms(model, rule=RULE, **TERMS[model])
    given = [add_own(model, make_facts(number)) for number in range(1, count + 1)]
    keep(rate(terms, given[0]))
    start = time.process_time()
    for facts in given:
        keep(rate(terms, facts))
    return (time.process_time() - start) / count


def main(count):
    found = {}
    for name, keep in (("amount", lambda result: result.amount), ("stored", store)):
        # A model without terms here would be missing from the figures without a word.
        seconds = {model: measure(model, count, keep) for model in PRICERS}
        found[name] = {**seconds, "mixed": statistics.mean(seconds.values())}
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
