"""What a month should cost, worked out from the provider's file alone: an oracle that shares no code with the add-on.

Fractions instead of decimals, csv.DictReader instead of our readers, plain loops instead of SQL.
"""

import csv
import gzip
from collections import defaultdict
from fractions import Fraction

NULLS = {"", "NULL"}


def read_rows(path):
    """The file's records as dictionaries by column name, in file order."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
        yield from csv.DictReader(handle)


def number(text):
    """An exact Fraction of a decimal text; a null counts as nothing."""
    return Fraction(0) if text in NULLS else Fraction(text)


def round_half_up(amount, decimals):
    """The Fraction rounded to so many decimals, halves away from zero."""
    scaled = abs(amount) * 10**decimals
    whole = scaled.numerator // scaled.denominator
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole, 10**decimals) * (1 if amount >= 0 else -1)


def ladder(quantity, steps):
    """The price of a quantity on a ladder. steps: (inclusive upper bound or None, unit price), texts."""
    amount, below = Fraction(0), Fraction(0)
    for bound, price in steps:
        top = quantity if bound is None else min(quantity, Fraction(bound))
        if top > below:
            amount += (top - below) * Fraction(price)
            below = top
    return amount


def is_billed(row):
    """Whether a row is for the customer by the defaults: usage is billed, everything else is kept or held."""
    return row["ChargeCategory"] == "Usage" and row.get("ChargeClass", "NULL") in NULLS


def sum_cost(rows, percent, decimals=2):
    """Cost plus a percentage by sub-account and month: {(sub-account, 'YYYY-MM'): rounded amount}."""
    cost = defaultdict(Fraction)
    for row in rows:
        if is_billed(row):
            cost[row["SubAccountId"], row["BillingPeriodStart"][:7]] += number(row["BilledCost"])
    return {key: round_half_up(value * (1 + Fraction(percent) / 100), decimals) for key, value in cost.items()}


def sum_quantity(rows, chosen):
    """The quantity of the chosen billed rows, as a Fraction."""
    return sum((number(row["PricingQuantity"]) for row in rows if is_billed(row) and chosen(row)), Fraction(0))
