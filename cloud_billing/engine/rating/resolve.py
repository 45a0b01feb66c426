"""Which price applies: the most specific rule in force wins, and every other one is told why it lost.

Most specific, in this order: for whom (subscription line, subscription, customer, nearest parent customer, nearest
rate class, everyone), then what (product, nearest category, any), then the number of dimension conditions.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from .errors import AmbiguousPrice, CandidateError, PriceMissing
from .terms import RuleFacts, Terms

SCOPE_LEVELS = ("line", "subscription", "customer", "parent", "rate_class", "everyone")
PRODUCT_LEVELS = ("product", "category", "any")
_LEVELS_WITH_DEPTH = ("parent", "rate_class", "category")
_REASONS = ("less_specific_scope", "less_specific_product", "fewer_conditions")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A rule that matches what is priced; whether it matches was decided by the caller.

    scope_depth, product_depth: distance of a parent customer, rate class or category, nearest smallest; not read on
    other levels. valid_from, valid_to: half-open; a date means its midnight; None is open.
    role: price, the only one that resolution knows. final: no later adjustment may change this price.
    """

    rule: RuleFacts
    terms: Terms | None = None
    role: str = "price"
    scope_level: str = "everyone"
    scope_depth: int = 0
    product_level: str = "any"
    product_depth: int = 0
    conditions: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    final: bool = False


@dataclass(frozen=True)
class Resolution:
    """chosen: the winning Candidate. lost: (candidate, reason, facts) of each other one, in the order given.

    Reasons: not_yet_in_force, no_longer_in_force, less_specific_scope, less_specific_product, fewer_conditions.
    """

    chosen: Candidate
    lost: tuple = ()


def resolve(candidates, at):
    """The price in force at an instant: Resolution.

    at: date or naive datetime. Raises PriceMissing when none is in force, AmbiguousPrice when the most specific are
    several (they are refused when they are made; this is the second guard), CandidateError for an unknown level.
    """
    candidates = tuple(candidates)
    ranks = [_rank(candidate) for candidate in candidates]
    instant = as_instant(at)
    reasons = [_get_absence(candidate, instant) for candidate in candidates]
    in_force = [index for index, reason in enumerate(reasons) if reason is None]
    if not in_force:
        lost = tuple((candidate.rule, reason) for candidate, reason in zip(candidates, reasons, strict=True))
        raise PriceMissing("no_rule_in_force", at=at, lost=lost)
    best = min(ranks[index] for index in in_force)
    winners = [index for index in in_force if ranks[index] == best]
    if len(winners) > 1:
        raise AmbiguousPrice(tuple(candidates[index].rule for index in winners), at)
    winner = winners[0]
    lost = tuple(
        (candidate, *_explain_loss(candidate, reasons[index], ranks[index], best, candidates[winner]))
        for index, candidate in enumerate(candidates)
        if index != winner
    )
    return Resolution(candidates[winner], lost)


def as_instant(value):
    """A date as its midnight; a datetime as it is."""
    if isinstance(value, datetime) or value is None:
        return value
    return datetime.combine(value, time.min)


def _rank(candidate):
    """Smaller is more specific; three pairs that compare in the documented order."""
    if candidate.role != "price":
        raise CandidateError("unknown_role", rule=candidate.rule, role=candidate.role)
    return (
        _rank_level(candidate, candidate.scope_level, candidate.scope_depth, SCOPE_LEVELS),
        _rank_level(candidate, candidate.product_level, candidate.product_depth, PRODUCT_LEVELS),
        -candidate.conditions,
    )


def _rank_level(candidate, level, depth, levels):
    if level not in levels:
        raise CandidateError("unknown_level", rule=candidate.rule, level=level)
    return levels.index(level), depth if level in _LEVELS_WITH_DEPTH else 0


def _get_absence(candidate, instant):
    """Why a candidate is not in force, or None when it is."""
    if candidate.valid_from is not None and instant < as_instant(candidate.valid_from):
        return "not_yet_in_force"
    if candidate.valid_to is not None and instant >= as_instant(candidate.valid_to):
        return "no_longer_in_force"
    return None


def _explain_loss(candidate, absence, rank, best, winner):
    """(reason, facts): the first thing in which the candidate falls behind the winner."""
    if absence is not None:
        return absence, {"valid_from": candidate.valid_from, "valid_to": candidate.valid_to}
    place = next(index for index in range(len(best)) if rank[index] != best[index])
    names = (("scope_level", "scope_depth"), ("product_level", "product_depth"), ("conditions",))[place]
    facts = {name: getattr(candidate, name) for name in names}
    facts.update({f"winner_{name}": getattr(winner, name) for name in names})
    return _REASONS[place], facts
