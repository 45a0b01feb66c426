"""The terms of a price: what a rule says, without Odoo. checks.py says which of them can price anything."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

COST_BASES = ("billed", "effective", "list", "contracted")
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Tier:
    """One step of a ladder. up_to: inclusive upper bound in the meter's unit, None on the last tier.

    percent: of the value that falls in the tier, for graduated_percentage; unit_price is then zero.
    """

    up_to: Decimal | None
    unit_price: Decimal
    flat_amount: Decimal = _ZERO
    percent: Decimal | None = None


@dataclass(frozen=True)
class MatrixCell:
    """The price of one combination of dimension values.

    values: pairs (dimension, value), for instance (("region", "eu"), ("sku", "m5.large")). A dimension that a cell does
    not name may have any value; of several cells that fit the one that names most wins, and of those the first.
    """

    values: tuple[tuple[str, str], ...]
    unit_price: Decimal


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """How a measured quantity becomes the quantity that is priced: x numerator / denominator, then rounded.

    unit: what it is counted in afterwards. rounding: none, up, down or half_up, to a multiple of `step`.
    is_cumulative: with a counter over several periods (RatingFacts.carried) the running total is rounded, not each
    period's quantity.
    """

    numerator: Decimal = Decimal(1)
    denominator: Decimal = Decimal(1)
    unit: str = ""
    rounding: str = "none"
    step: Decimal = Decimal(1)
    is_cumulative: bool = False


@dataclass(frozen=True)
class RuleFacts:
    """Where terms come from, as the workings print it. scope: a label such as "customer Acme".

    The rule is in force from valid_from up to, not including, valid_to; None is open.
    """

    rule_id: int | str
    rule_name: str = ""
    plan_name: str = ""
    version_name: str = ""
    scope: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Terms:
    """What a rule charges. Money is in the plan's currency; percent 20 means 20 per cent.

    What each charge model reads:

    per_unit, flat        unit_price
    graduated, volume     tiers (volume: the tier that the whole quantity reaches prices all of it, flat amount once)
    stairstep             tiers, of which only the flat_amount of the tier reached is due
    package               unit_price per block of block_size, block_rounding (up, down), free_units before the first
    percentage            percent of the value, fixed_per_event, free_events, free_amount, event_minimum, event_maximum
    graduated_percentage  tiers by value, with percent and flat_amount
    cost_plus             percent, fixed, cost_basis
    dynamic               nothing: the value is the price
    matrix                cells, rest_price (None: a combination that no cell names is refused)
    formula               formula, a text of the grammar in formula.py

    Around the charge model, in the order of rate.py: conversion; maximum and minimum of the amount;
    is_minimum_prorated: a part of a period owes its share of the minimum, and is capped at its share of the maximum.
    """

    charge_model: str
    unit_price: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    percent: Decimal | None = None
    fixed: Decimal | None = None
    cost_basis: str = "billed"
    rule: RuleFacts | None = None
    block_size: Decimal | None = None
    block_rounding: str = "up"
    free_units: Decimal | None = None
    fixed_per_event: Decimal | None = None
    free_events: int | None = None
    free_amount: Decimal | None = None
    event_minimum: Decimal | None = None
    event_maximum: Decimal | None = None
    cells: tuple[MatrixCell, ...] = ()
    rest_price: Decimal | None = None
    formula: str = ""
    conversion: Conversion | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    is_minimum_prorated: bool = True


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A later change of a price, by a rule of the role adjust or by a discount: a percentage or an amount.

    percent: -10 takes 10 per cent off. amount: added as it is, prorated with the period. limit: how much money a
    discount may still take off (a coupon's rest), None: no limit. label: what the customer reads, "" for none.
    is_discount: comes after all adjustments and never takes an amount through zero; without it the price changes.
    """

    rule: RuleFacts
    percent: Decimal | None = None
    amount: Decimal | None = None
    limit: Decimal | None = None
    label: str = ""
    is_discount: bool = False
