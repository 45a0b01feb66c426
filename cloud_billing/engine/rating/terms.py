"""The terms of a price: what a rule says, checked, without Odoo."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .errors import TermsError, TierError

COST_BASES = ("billed", "effective", "list", "contracted")
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Tier:
    """One step of a ladder. up_to: inclusive upper bound in the meter's unit, None on the last tier."""

    up_to: Decimal | None
    unit_price: Decimal
    flat_amount: Decimal = _ZERO


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

    per_unit and flat read unit_price; graduated reads tiers; cost_plus reads percent, fixed and cost_basis.
    """

    charge_model: str
    unit_price: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    percent: Decimal | None = None
    fixed: Decimal | None = None
    cost_basis: str = "billed"
    rule: RuleFacts | None = None


def check_terms(terms):
    """Raise TermsError or TierError, with facts, when the terms cannot price anything; else return nothing."""
    check = _CHECKS.get(terms.charge_model)
    if check is None:
        raise TermsError("unknown_charge_model", charge_model=terms.charge_model)
    check(terms)


def check_tiers(tiers):
    """Raise TierError unless bounds rise from above zero and only the last tier is open."""
    if not tiers:
        raise TierError(tier=0, starts_at=_ZERO, reason="no_tiers")
    starts_at = _ZERO
    for number, tier in enumerate(tiers, 1):
        reason = _get_tier_flaw(tier, starts_at, is_last=number == len(tiers))
        if reason:
            raise TierError(tier=number, starts_at=starts_at, reason=reason)
        require_number(tier.unit_price, "unit_price")
        require_number(tier.flat_amount, "flat_amount")
        starts_at = tier.up_to


def _get_tier_flaw(tier, starts_at, is_last):
    """The reason why a tier does not fit where it stands, or None."""
    if is_last or tier.up_to is None:
        if is_last and tier.up_to is None:
            return None
        return "last_tier_closed" if is_last else "bound_missing"
    require_number(tier.up_to, "up_to")
    if tier.up_to > starts_at:
        return None
    return "bound_not_positive" if starts_at == 0 else "bound_not_ascending"


def require_number(value, name):
    """Refuse what is not a finite Decimal. Raises TypeError (a float has lost digits already) or TermsError."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} is an exact Decimal, not {type(value).__name__}: {value!r}")
    if not value.is_finite():
        raise TermsError("not_finite", term=name)


def _check_unit_price(terms):
    _require_term(terms, "unit_price")


def _check_graduated(terms):
    check_tiers(terms.tiers)


def _check_cost_plus(terms):
    if terms.cost_basis not in COST_BASES:
        raise TermsError("unknown_cost_basis", charge_model=terms.charge_model, term=terms.cost_basis)
    if terms.percent is None and terms.fixed is None:
        raise TermsError("term_missing", charge_model=terms.charge_model, term="percent")
    for name in ("percent", "fixed"):
        if getattr(terms, name) is not None:
            _require_term(terms, name)
    # Below -100 per cent a higher cost would give a lower price and turn a charge into a credit.
    if terms.percent is not None and terms.percent < -100:
        raise TermsError("percent_below_minus_100", charge_model=terms.charge_model, term="percent")


def _require_term(terms, name):
    value = getattr(terms, name)
    if value is None:
        raise TermsError("term_missing", charge_model=terms.charge_model, term=name)
    require_number(value, name)


_CHECKS: dict[str, Callable[[Terms], None]] = {
    "per_unit": _check_unit_price,
    "flat": _check_unit_price,
    "graduated": _check_graduated,
    "cost_plus": _check_cost_plus,
}
