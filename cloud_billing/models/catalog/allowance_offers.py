"""Which included quantities may hold for subscription lines, from when to when, the narrowest scope first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo.fields import Domain

from .cloud_version_part_mixin import WHAT_FIELDS, WHO_FIELDS
from .price_candidates import get_asked, overlap
from .price_scope import get_line_scopes


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The terms of a cloud.price.allowance. key: the same in every version of the plan.

    quantity: per period, or per unit of a product where unit_product_id names one. cycle: period, quarter, year or
    contract. rollover: for how many further periods what is left can be used.
    """

    id: int
    plan_id: int
    key: int
    label: str
    quantity: Decimal
    unit: str
    cycle: str
    shared: str
    sequence: int = 0
    rollover: int = 0
    unit_product_id: int | None = None
    is_prorated: bool = False
    is_beside: bool = False


@dataclass(frozen=True)
class Offer:
    """An allowance that may hold for a line, from when to when; half-open, None is open. rank: smaller is narrower."""

    allowance: Allowance
    rank: tuple
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day):
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


def get_offers(lines, proposal=None):
    """{line id: list of Offer} of the lines that any allowance of an approved version is for, whatever the day.

    The past is asked too: what is left of a period may be used in a later one. proposal: of `price_candidates`.
    """
    lines.fetch(["subscription_id", "product_id"])
    lines.subscription_id.fetch(["plan_id", "customer_id"])
    plan_ids = set(lines.subscription_id.plan_id.ids)
    # Most plans include nothing: then nothing more is asked.
    found = _find(lines.env, plan_ids, proposal)
    return _get_matching(lines.env, found, get_line_scopes(lines), proposal) if found else {}


def get_scope_offers(env, scopes, proposal=None):
    """`get_offers` of what need not be a subscription line. scopes: {key: PriceScope}."""
    found = _find(env, {scope.plan_id for scope in scopes.values()}, proposal)
    return _get_matching(env, found, scopes, proposal) if found else {}


def _find(env, plan_ids, proposal):
    in_force = Domain("version_id.state", "=", "approved")
    if proposal and proposal.version:
        in_force |= Domain("version_id", "=", proposal.version.id)
    allowances = env["cloud.price.allowance"]
    return allowances.search_fetch(Domain("plan_id", "in", sorted(plan_ids)) & in_force, allowances._get_offer_fields())


def _get_matching(env, found, scopes, proposal):
    by_place = defaultdict(list)
    for allowance in found:
        by_place[_get_place(allowance)].append(allowance._get_terms())
    asked = get_asked(env, scopes, date.min, date.max, proposal)
    offers = {key: list(_match(one, by_place)) for key, one in asked.items()}
    return {key: held for key, held in offers.items() if held}


def _get_place(allowance):
    who, what = (
        next(((name, allowance[name].id) for name in names if allowance[name]), (None, False))
        for names in (WHO_FIELDS, WHAT_FIELDS)
    )
    return allowance.version_id.id, *who, *what


def _match(asked, by_place):
    for who_rank, who in enumerate(asked.who):
        for what_rank, (what_field, what_id, _level, _depth) in enumerate(asked.scope.what):
            for version, start, end in asked.versions:
                validity = overlap((start, end), (who.valid_from, who.valid_to))
                for allowance in by_place.get((version.id, who.field, who.record_id, what_field, what_id), ()):
                    if validity:
                        yield Offer(allowance, (who_rank, what_rank), *validity)
