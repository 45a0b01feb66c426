"""The two views of a price, made apart: the internal workings and the customer's statement.

Both are JSON-able: numbers are text with every digit, dates are ISO, None is null. The statement is built from a
closed list of facts, so that a cost, a margin or another rule cannot reach it by being added to the workings.
"""

from decimal import Decimal
from typing import NamedTuple

from ...numbers import to_text, wide
from ..checking.reads import get_reads
from ..choosing.resolve import Resolution
from ..facts import RatingFacts
from ..memo import once_per_object
from ..pricing.adjustments import Change
from ..pricing.steps import tell_steps
from ..result import RatedPart
from ..terms import Adjustment, Terms
from ..texts import as_text, describe_exchange, describe_proration, describe_rule
from ..version import ENGINE_VERSION
from .explain_around import describe_adjustment, describe_facts_around, describe_terms_around, make_statement_around

_ZERO = Decimal(0)


class Price(NamedTuple):
    """Everything from the charge model on. amount: rounded; taken: see RatedResult.discounts."""

    parts: tuple[RatedPart, ...]
    changes: list[Change]
    exact: Decimal
    amount: Decimal
    taken: tuple


class Explanation(NamedTuple):
    """What a price was made of, from which both of its views are written when somebody reads them.

    facts: as they were given. priced: exchanged and converted, charged: less what is included (drawn: list of Drawn).
    price: what the charge model said (`parts`) and what came of it (`exact`, `amount`). shown, rows: parts and changes
    as the customer sees them, see show_changes(). notes: of the steps, see steps.py. Nothing here changes any more, so
    the views are the same whenever they are written.
    """

    terms: Terms
    facts: RatingFacts
    priced: RatingFacts
    charged: RatingFacts
    drawn: list
    price: Price
    shown: tuple[RatedPart, ...]
    rows: list
    unit_price: Decimal | None
    notes: list
    resolution: Resolution | None
    adjustments: tuple[Adjustment, ...]

    def make_workings(self):
        """The internal view: everything that made the amount, and everything needed to make it again.

        Keys: engine_version, rule, terms, facts, usage (none, zero, some), resolution, steps, amount_exact, amount,
        cost (in the plan's currency; null where none is known), currency; adjustments where there are some. rule,
        terms, facts and adjustments together are a request that rates to the same amount. steps: one dict per step
        that did something, in the order in which they ran, each with `step`, `before` and `after`. There is no margin
        here: a price that includes tax has none before its tax.
        """
        workings = {
            "engine_version": ENGINE_VERSION,
            "rule": describe_rule(self.terms.rule),
            "terms": describe_terms(self.terms),
            "facts": describe_facts(self.facts),
            "usage": _get_usage(self.priced, self.price.parts),
            "resolution": None if self.resolution is None else describe_resolution(self.resolution),
            "steps": tell_steps(self.notes),
            "amount_exact": to_text(self.price.exact),
            "amount": to_text(self.price.amount),
            "cost": as_text(self.priced.cost),
            "currency": self.facts.currency,
        }
        if self.adjustments:
            workings["adjustments"] = [describe_adjustment(one) for one in self.adjustments]
        return workings

    def make_statement(self):
        """The customer's view. Keys: usage, quantity, unit, unit_price (null unless there is exactly one), tiers, rows,
        proration, service_start, service_end, currency, amount; and those of make_statement_around().

        tiers: quantities by tier. rows: what a charge model says that is neither: blocks, steps, shares of a value,
        cells.
        """
        priced, unit_price = self.priced, self.unit_price
        # It adds up a tier's amounts: whoever reads, the sum has every digit.
        with wide():
            tiers = [] if unit_price is not None else _make_tier_table(self.shown)
            around = make_statement_around(self.charged, self.drawn, self.rows, self.notes)
        return {
            "usage": _get_usage(priced, self.price.parts),
            "quantity": as_text(priced.quantity),
            "unit": priced.unit,
            "unit_price": as_text(unit_price),
            "tiers": tiers,
            "rows": _make_statement_rows(self.shown),
            "proration": describe_proration(priced.proration),
            "service_start": priced.service_start.isoformat(),
            "service_end": priced.service_end.isoformat(),
            "currency": priced.currency,
            "amount": to_text(self.price.amount),
            **around,
        }


def _get_usage(facts, parts):
    """none (nothing was measured), zero (a measurement of zero) or some: three answers, never one."""
    if not parts:
        return "none"
    totals = (facts.quantity, facts.cost, facts.value)
    if any(totals):
        return "some"
    single = [*(facts.events or ()), *(number for _name, number in facts.variables)]
    if any(single):
        return "some"
    return "zero" if single or any(total is not None for total in totals) else "none"


def _make_tier_table(parts):
    """One row per tier reached: starts_at, up_to, quantity, unit_price, flat_amount, amount (of a whole period)."""
    by_tier = {}
    for part in parts:
        if part.tier is not None and part.label not in _SHOWN:
            by_tier.setdefault(part.tier.number, []).append(part)
    return [_make_tier_row(of_tier) for of_tier in by_tier.values()]


def _make_tier_row(parts):
    tier, priced, flat, amount = parts[0].tier, None, _ZERO, _ZERO
    for part in parts:
        amount += part.amount
        if part.unit_price is None:
            flat += part.amount
        else:
            priced = part
    return {
        "flat_amount": to_text(flat),
        "amount": to_text(amount),
        "quantity": None if priced is None else as_text(priced.quantity),
        "unit_price": None if priced is None else to_text(priced.unit_price),
        "starts_at": to_text(tier.starts_at),
        "up_to": None if tier.up_to is None else to_text(tier.up_to),
    }


# What a customer sees of a part, by its label: this list is closed, a label that is not here shows nothing. Names of
# `details` and of the part itself. Nothing that tells a cost, a margin or how a price was found may stand here.
_SHOWN = {
    "blocks": ("quantity", "free_units", "blocks", "block_size", "block_price"),
    "step": ("quantity", "starts_at", "up_to"),
    "percentage": ("value", "free_value", "percent"),
    "event_fixed": ("events", "free_events", "fixed_per_event"),
    "event_minimum": ("events", "event_minimum"),
    "event_maximum": ("events", "event_maximum"),
    "value_tier": ("starts_at", "up_to", "value", "percent"),
    "value_tier_flat": ("starts_at", "up_to"),
    "cell": ("values", "quantity", "unit_price"),
    "rest": ("quantity", "unit_price"),
}


def _make_statement_rows(parts):
    """One row per part that is shown: `row` (its label), what _SHOWN names, amount (of a whole period)."""
    rows = []
    for part in parts:
        names = _SHOWN.get(part.label)
        if names is None:
            continue
        known = _get_known(part)
        row = {"row": part.label}
        for name in names:
            # A part of another module may carry the label of ours and know less.
            if name not in known:
                break
            row[name] = _describe_detail(known[name])
        else:
            row["amount"] = to_text(part.amount)
            rows.append(row)
    return rows


def _get_known(part):
    """Everything that a part says, by name."""
    known = {"quantity": part.quantity, "unit_price": part.unit_price}
    if part.tier is not None:
        known.update(starts_at=part.tier.starts_at, up_to=part.tier.up_to)
    known.update(part.details)
    return known


def _describe_detail(value):
    """A detail of a part as JSON: pairs become an object."""
    return dict(value) if isinstance(value, tuple) else as_text(value)


@once_per_object
def describe_terms(terms):
    """The terms as they were used; cost_basis only where a cost is read, the terms of single models where they are."""
    is_on_cost = "cost" in get_reads(terms)
    return {
        "charge_model": terms.charge_model,
        "unit_price": as_text(terms.unit_price),
        "tiers": [
            {
                "up_to": as_text(tier.up_to),
                "unit_price": to_text(tier.unit_price),
                "flat_amount": to_text(tier.flat_amount),
                **({} if tier.percent is None else {"percent": to_text(tier.percent)}),
            }
            for tier in terms.tiers
        ],
        "percent": as_text(terms.percent),
        "fixed": as_text(terms.fixed),
        "cost_basis": terms.cost_basis if is_on_cost else None,
        **_describe_model_terms(terms),
        **describe_terms_around(terms),
    }


_MODEL_TERMS = (
    "block_size", "free_units", "fixed_per_event", "free_events", "free_amount", "event_minimum", "event_maximum",
    "rest_price",
)  # fmt: skip


def _describe_model_terms(terms):
    """The terms that one charge model alone reads, where they are set."""
    described = {name: as_text(value) for name in _MODEL_TERMS if (value := getattr(terms, name)) is not None}
    if terms.charge_model == "package":
        described["block_rounding"] = terms.block_rounding
    if terms.cells:
        described["cells"] = [
            {"values": dict(cell.values), "unit_price": to_text(cell.unit_price)} for cell in terms.cells
        ]
    if terms.formula:
        described["formula"] = terms.formula
    return described


def describe_facts(facts):
    return {
        "quantity": as_text(facts.quantity),
        "unit": facts.unit,
        "cost": as_text(facts.cost),
        "currency": facts.currency,
        "rounding": to_text(facts.rounding),
        "service_start": facts.service_start.isoformat(),
        "service_end": facts.service_end.isoformat(),
        "proration": describe_proration(facts.proration),
        "exchange": None if facts.exchange is None else describe_exchange(facts.exchange),
        "rows": facts.rows,
        "usage_number": facts.usage_number,
        **_describe_measures(facts),
        **describe_facts_around(facts),
    }


def _describe_measures(facts):
    """The facts that only some charge models read, where they are known."""
    described = {}
    if facts.value is not None:
        described["value"] = to_text(facts.value)
    if facts.events is not None:
        described["events"] = [to_text(value) for value in facts.events]
    if facts.dimensions:
        described["dimensions"] = [
            {"values": dict(share.values), "quantity": to_text(share.quantity)} for share in facts.dimensions
        ]
    if facts.variables:
        described["variables"] = {name: to_text(number) for name, number in facts.variables}
    return described


def describe_part(part):
    tier = part.tier
    return {
        "label": part.label,
        "quantity": as_text(part.quantity),
        "unit_price": as_text(part.unit_price),
        "amount": to_text(part.amount),
        "tier": None
        if tier is None
        else {"number": tier.number, "starts_at": to_text(tier.starts_at), "up_to": as_text(tier.up_to)},
        **{name: _describe_detail(value) for name, value in part.details},
    }


@once_per_object
def describe_resolution(resolution):
    """What applies and why each other one does not: {chosen: rule, adjustments: [rule], extras: [rule], lost: [{rule,
    reason, facts}]}."""
    return {
        "chosen": describe_rule(resolution.chosen.rule),
        "adjustments": [describe_rule(candidate.rule) for candidate in resolution.adjustments],
        "extras": [describe_rule(candidate.rule) for candidate in resolution.extras],
        "lost": [
            {
                "rule": describe_rule(candidate.rule),
                "reason": reason,
                "facts": {name: as_text(value) for name, value in facts.items()},
            }
            for candidate, reason, facts in resolution.lost
        ],
    }
