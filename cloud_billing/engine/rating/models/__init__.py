"""The charge models: one pure function each, (terms, facts) -> list of RatedPart.

Owns: the arithmetic of one model, unrounded, for a whole period. Does not own: the order of a price (rate.py), checks
of terms (terms.py), proration, exchange and rounding. An empty list says that there was no usage.
"""

from .cost_plus import cost_plus
from .flat import flat
from .graduated import graduated
from .per_unit import per_unit

PRICERS = {
    "per_unit": per_unit,
    "graduated": graduated,
    "flat": flat,
    "cost_plus": cost_plus,
}
