"""Which price applies: the most specific rule in force wins, and every other one is told why it lost.

Most specific, in this order: for whom (what a contract itself says of one of its lines, then of all of them; of the
rules of a plan: subscription line, subscription, customer, nearest parent customer, nearest rate class, everyone), then
what (product, nearest category, any), then the number of dimension conditions.

One price wins. Adjustments do not compete: all that apply change the price, the broadest first, unless it is final.
Extras do not compete either: each is charged beside the price, by terms of its own, final price or not.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from ..errors import AmbiguousPrice, CandidateError, PriceMissing
from ..terms import Adjustment, RuleFacts, Terms

ROLES = ("price", "adjust", "extra")
SCOPE_LEVELS = (
    "contract_line",
    "contract",
    "line",
    "subscription",
    "customer",
    "parent",
    "rate_class",
    "everyone",
)
PRODUCT_LEVELS = ("product", "category", "any")
_LEVELS_WITH_DEPTH = ("parent", "rate_class", "category")
_REASONS = ("less_specific_scope", "less_specific_product", "fewer_conditions")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A rule that may apply to what is priced: for whom and for what was decided by the caller.

    role: price (one wins), adjust (changes the price by `adjustment`), extra (charged beside it by `terms`).
    scope_depth, product_depth: distance of a parent customer, rate class or category, nearest smallest; not read on
    other levels. valid_from, valid_to: half-open; a date means its midnight; None is open.
    matches: the conditions, pairs (dimension, values): each dimension has one of its values, else the rule does not
    apply. No pair: it applies to everything, also to what has no dimensions.
    final: no rule of the role adjust changes this price; read on prices only.
    sequence: order among adjustments, and among extras, that are equally specific; smaller first.
    counter: stretches of one charge whose prices have the same counter count on from one to the next (by
    RatingFacts.carried), so that a ladder does not begin anew because a version, an adjustment or an exception begins
    or ends in between. None: each stretch counts from zero.
    """

    rule: RuleFacts
    terms: Terms | None = None
    role: str = "price"
    adjustment: Adjustment | None = None
    scope_level: str = "everyone"
    scope_depth: int = 0
    product_level: str = "any"
    product_depth: int = 0
    matches: tuple[tuple[str, tuple[str, ...]], ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    final: bool = False
    sequence: int = 0
    counter: int | str | None = None

    @property
    def conditions(self):
        """How many conditions the rule has: more are more specific."""
        return len(self.matches)


@dataclass(frozen=True)
class Resolution:
    """What applies at an instant.

    chosen: the winning Candidate of the role price. adjustments: Candidates of the role adjust that change it, in the
    order in which they do: broad to narrow, then by sequence; none where the price is final. extras: Candidates of
    the role extra, in the same order; each makes a line of its own, which no adjustment changes.
    lost: (candidate, reason, facts) of each one that does not apply, in the order given. Reasons: not_yet_in_force,
    no_longer_in_force, other_dimension, less_specific_scope, less_specific_product, fewer_conditions, price_is_final.
    """

    chosen: Candidate
    lost: tuple = ()
    adjustments: tuple[Candidate, ...] = ()
    extras: tuple[Candidate, ...] = ()


def resolve(candidates, at, dimensions=()):
    """What applies at an instant to what has these dimension values: Resolution.

    at: date or naive datetime. dimensions: dict, or pairs, of dimension and value; one that is absent is "".
    Raises PriceMissing when no price is in force that fits, AmbiguousPrice when the most specific are several (they
    are refused when they are made; this is the second guard), CandidateError for an unknown role or level.
    """
    candidates = tuple(candidates)
    ranks = [_rank(candidate) for candidate in candidates]
    instant, values = as_instant(at), dict(dimensions)
    absences = [_get_absence(candidate, instant, values) for candidate in candidates]
    applying = {
        role: [index for index, candidate in enumerate(candidates) if candidate.role == role and not absences[index]]
        for role in ROLES
    }
    winner = _choose(candidates, ranks, absences, applying["price"], at, values)
    if candidates[winner].final:
        applying["adjust"] = []
    applied = {winner, *applying["adjust"], *applying["extra"]}
    lost = tuple(
        (candidate, *(absences[index] or _explain_loss(candidate, ranks[index], candidates[winner], ranks[winner])))
        for index, candidate in enumerate(candidates)
        if index not in applied
    )
    adjustments, extras = (
        order_broad_to_narrow(candidates[index] for index in applying[role]) for role in ("adjust", "extra")
    )
    return Resolution(candidates[winner], lost, adjustments, extras)


def get_dimensions(candidates):
    """The names of the dimensions that any of the candidates asks for, sorted: what usage is to be split by."""
    return tuple(sorted({dimension for candidate in candidates for dimension, _values in candidate.matches}))


def fits(candidate, dimensions):
    """Whether what has these dimension values (a dict) meets every condition of the candidate."""
    return _get_mismatch(candidate, dimensions) is None


def as_instant(value):
    """A date as its midnight; a datetime as it is."""
    if isinstance(value, datetime) or value is None:
        return value
    return datetime.combine(value, time.min)


def order_broad_to_narrow(candidates):
    """The candidates as a tuple, the least specific first; equally specific ones by sequence, then as given."""
    by_sequence = sorted(candidates, key=lambda candidate: candidate.sequence)
    # Sorting in reverse keeps equal ones in their order.
    return tuple(sorted(by_sequence, key=_rank, reverse=True))


def _choose(candidates, ranks, absences, in_force, at, values):
    """The index of the one price that wins among those in force."""
    if not in_force:
        lost = tuple(
            (candidate.rule, absence[0])
            for candidate, absence in zip(candidates, absences, strict=True)
            if candidate.role == "price"
        )
        raise PriceMissing("no_rule_in_force", at=at, lost=lost, dimensions=tuple(sorted(values.items())))
    best = min(ranks[index] for index in in_force)
    winners = [index for index in in_force if ranks[index] == best]
    if len(winners) > 1:
        raise AmbiguousPrice(tuple(candidates[index].rule for index in winners), at)
    return winners[0]


def _rank(candidate):
    """Smaller is more specific; three parts that compare in the documented order."""
    if candidate.role not in ROLES:
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


def _get_absence(candidate, instant, values):
    """(reason, facts) why a candidate does not apply whatever the others are, or None when it does."""
    dates = {"valid_from": candidate.valid_from, "valid_to": candidate.valid_to}
    if candidate.valid_from is not None and instant < as_instant(candidate.valid_from):
        return "not_yet_in_force", dates
    if candidate.valid_to is not None and instant >= as_instant(candidate.valid_to):
        return "no_longer_in_force", dates
    mismatch = _get_mismatch(candidate, values)
    return mismatch and ("other_dimension", mismatch)


def _get_mismatch(candidate, values):
    """The first condition that is not met, as facts; None when all are."""
    for dimension, wanted in candidate.matches:
        if values.get(dimension, "") not in wanted:
            return {"dimension": dimension, "value": values.get(dimension, ""), "wanted": ", ".join(wanted)}
    return None


def _explain_loss(candidate, rank, winner, best):
    """(reason, facts): the first thing in which a price falls behind the winner; of an adjustment, what stops it."""
    if candidate.role == "adjust":
        return "price_is_final", {}
    place = next(index for index in range(len(best)) if rank[index] != best[index])
    names = (("scope_level", "scope_depth"), ("product_level", "product_depth"), ("conditions",))[place]
    facts = {name: getattr(candidate, name) for name in names}
    facts.update({f"winner_{name}": getattr(winner, name) for name in names})
    return _REASONS[place], facts
