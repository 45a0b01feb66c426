"""Rating: a quantity or a cost, and the terms of a price, to an amount with its workings. Pure; see README.md.

Owns: charge models, the order of one price, which rule wins, corrections as differences, the two explanations.
Does not own: aggregation of usage, calendars, currencies' rates, records, sentences for people.
"""

from .checking.bounds import bounds_from_capacities, capacities_from_bounds
from .around.bill_currency import bill_in
from .around.bundle import split_bundle
from .around.bundle_set import SetDiscount, SetPrice, describe_set, price_set
from .checking.checks import check_terms, check_tiers
from .checking.checks_around import check_adjustment, check_around
from .pricing.counter import can_count
from .around.difference import difference
from .errors import (
    AmbiguousPrice,
    CandidateError,
    FactsError,
    PriceMissing,
    RatingError,
    TermsError,
    TierError,
)
from .facts import DimensionQuantity, Exchange, Grant, Proration, RatingFacts
from .around.grants import Drawn, share_out
from .around.indexation import index_percent, limit_percent
from .models import PRICERS
from .rate import rate
from .checking.reads import get_matrix_dimensions, get_reads, get_variables
from .choosing.resolve import Candidate, Resolution, get_dimensions, resolve
from .result import RatedPart, RatedResult, TierFacts
from .choosing.segments import PricedStretch, cut, resolve_combinations, resolve_stretches, split_by_versions
from .around.shares import BilledShare, difference_of_days, settle
from .terms import Adjustment, Conversion, MatrixCell, RuleFacts, Terms, Tier
from .around.true_up import Commitment, true_up
from .version import ENGINE_VERSION, says_less

__all__ = [
    "ENGINE_VERSION",
    "PRICERS",
    "Adjustment",
    "AmbiguousPrice",
    "BilledShare",
    "Candidate",
    "CandidateError",
    "Commitment",
    "Conversion",
    "DimensionQuantity",
    "Drawn",
    "Exchange",
    "FactsError",
    "Grant",
    "MatrixCell",
    "PriceMissing",
    "PricedStretch",
    "Proration",
    "RatedPart",
    "RatedResult",
    "RatingError",
    "RatingFacts",
    "Resolution",
    "RuleFacts",
    "SetDiscount",
    "SetPrice",
    "Terms",
    "TermsError",
    "Tier",
    "TierError",
    "TierFacts",
    "bill_in",
    "bounds_from_capacities",
    "can_count",
    "capacities_from_bounds",
    "check_adjustment",
    "check_around",
    "check_terms",
    "check_tiers",
    "cut",
    "describe_set",
    "difference",
    "difference_of_days",
    "get_dimensions",
    "get_matrix_dimensions",
    "get_reads",
    "get_variables",
    "index_percent",
    "limit_percent",
    "price_set",
    "rate",
    "resolve",
    "resolve_combinations",
    "resolve_stretches",
    "says_less",
    "settle",
    "share_out",
    "split_bundle",
    "split_by_versions",
    "true_up",
]
