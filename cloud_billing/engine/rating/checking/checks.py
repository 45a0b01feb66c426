"""Which terms can price something: the checks of a rule, for the moment it is written and for the moment it is used."""

from collections.abc import Callable
from decimal import Decimal

from ..errors import TermsError, TierError
from ..formula import parse
from ..memo import once_per_object
from ..terms import COST_BASES, Terms
from .checks_around import check_around
from .requires import require_number

BLOCK_ROUNDINGS = ("up", "down")
_ZERO = Decimal(0)


@once_per_object
def check_terms(terms):
    """Raise TermsError or TierError, with facts, when the terms cannot price anything; else return nothing."""
    check = _CHECKS.get(terms.charge_model)
    if check is None:
        raise TermsError("unknown_charge_model", charge_model=terms.charge_model)
    check(terms)
    check_around(terms)


def check_tiers(tiers):
    """Raise TierError unless bounds rise from above zero and only the last tier is open."""
    if not tiers:
        raise TierError(tier=0, starts_at=_ZERO, reason="no_tiers")
    starts_at = _ZERO
    for number, tier in enumerate(tiers, 1):
        reason = _get_tier_flaw(tier, starts_at, is_last=number == len(tiers))
        if reason:
            raise TierError(tier=number, starts_at=starts_at, reason=reason)
        if tier.unit_price is None:
            raise TierError(tier=number, starts_at=starts_at, reason="unit_price_missing")
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


def _check_unit_price(terms):
    _require_term(terms, "unit_price")


def _check_ladder(terms):
    check_tiers(terms.tiers)


def _check_stairstep(terms):
    check_tiers(terms.tiers)
    _refuse_unit_prices(terms)


def _check_graduated_percentage(terms):
    check_tiers(terms.tiers)
    _refuse_unit_prices(terms)
    for number, tier in enumerate(terms.tiers, 1):
        if tier.percent is None:
            raise _make_tier_error(terms, number, "percent_missing")
        require_number(tier.percent, "percent")


def _refuse_unit_prices(terms):
    """A price in a tier that the model does not read would be believed and never charged."""
    for number, tier in enumerate(terms.tiers, 1):
        if tier.unit_price:
            raise _make_tier_error(terms, number, "unit_price_not_used")


def _make_tier_error(terms, number, reason):
    starts_at = terms.tiers[number - 2].up_to if number > 1 else _ZERO
    return TierError(tier=number, starts_at=starts_at, reason=reason)


def _check_package(terms):
    _require_term(terms, "unit_price")
    _require_term(terms, "block_size")
    if terms.block_size <= 0:
        raise TermsError("term_not_positive", charge_model=terms.charge_model, term="block_size")
    if terms.block_rounding not in BLOCK_ROUNDINGS:
        raise TermsError("unknown_block_rounding", charge_model=terms.charge_model, term=terms.block_rounding)
    _check_not_negative(terms, "free_units")


def _check_percentage(terms):
    _require_one_of(terms, "percent", "fixed_per_event")
    _check_optional(terms, "percent", "fixed_per_event")
    _check_not_negative(terms, "free_amount", "event_minimum", "event_maximum")
    _check_free_events(terms)
    if None not in (terms.event_minimum, terms.event_maximum) and terms.event_minimum > terms.event_maximum:
        raise TermsError("minimum_above_maximum", charge_model=terms.charge_model, term="event_minimum")


def _check_free_events(terms):
    count = terms.free_events
    if count is None:
        return
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"free_events is a whole number, not {type(count).__name__}: {count!r}")
    if count < 0:
        raise TermsError("term_negative", charge_model=terms.charge_model, term="free_events")


def _check_cost_plus(terms):
    if terms.cost_basis not in COST_BASES:
        raise TermsError("unknown_cost_basis", charge_model=terms.charge_model, term=terms.cost_basis)
    _require_one_of(terms, "percent", "fixed")
    _check_optional(terms, "percent", "fixed")
    # Below -100 per cent a higher cost would give a lower price and turn a charge into a credit.
    if terms.percent is not None and terms.percent < -100:
        raise TermsError("percent_below_minus_100", charge_model=terms.charge_model, term="percent")


def _check_matrix(terms):
    if not terms.cells:
        raise TermsError("no_cells", charge_model=terms.charge_model, term="cells")
    _check_optional(terms, "rest_price")
    seen = {}
    for number, cell in enumerate(terms.cells, 1):
        names = [name for name, _value in cell.values]
        if not names:
            raise TermsError("cell_without_dimension", charge_model=terms.charge_model, cell=number)
        if len(set(names)) < len(names):
            raise TermsError("cell_names_twice", charge_model=terms.charge_model, cell=number, values=cell.values)
        first = seen.setdefault(frozenset(cell.values), number)
        if first != number:
            raise TermsError(
                "cell_double", charge_model=terms.charge_model, cell=number, double_of=first, values=cell.values
            )
        require_number(cell.unit_price, "unit_price")


def _check_formula(terms):
    if not terms.formula.strip():
        raise TermsError("term_missing", charge_model=terms.charge_model, term="formula")
    parse(terms.formula)


def _check_nothing(terms):
    """The model reads no term."""


def _require_term(terms, name):
    value = getattr(terms, name)
    if value is None:
        raise TermsError("term_missing", charge_model=terms.charge_model, term=name)
    require_number(value, name)


def _require_one_of(terms, *names):
    if all(getattr(terms, name) is None for name in names):
        raise TermsError("term_missing", charge_model=terms.charge_model, term=names[0])


def _check_optional(terms, *names):
    for name in names:
        if getattr(terms, name) is not None:
            require_number(getattr(terms, name), name)


def _check_not_negative(terms, *names):
    _check_optional(terms, *names)
    for name in names:
        value = getattr(terms, name)
        if value is not None and value < 0:
            raise TermsError("term_negative", charge_model=terms.charge_model, term=name)


_CHECKS: dict[str, Callable[[Terms], None]] = {
    "per_unit": _check_unit_price,
    "flat": _check_unit_price,
    "graduated": _check_ladder,
    "volume": _check_ladder,
    "stairstep": _check_stairstep,
    "package": _check_package,
    "percentage": _check_percentage,
    "graduated_percentage": _check_graduated_percentage,
    "cost_plus": _check_cost_plus,
    "dynamic": _check_nothing,
    "matrix": _check_matrix,
    "formula": _check_formula,
}
