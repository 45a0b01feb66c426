"""The charge models: one pure function each, (terms, facts) -> list of RatedPart.

Owns: the arithmetic of one model, unrounded, for a whole period. Does not own: the order of a price (rate.py), checks
of terms (checks.py), proration, exchange and rounding. An empty list says that there was no usage.
"""

from .cost_plus import cost_plus
from .dynamic import dynamic
from .flat import flat
from .formula import formula
from .graduated import graduated
from .graduated_percentage import graduated_percentage
from .matrix import matrix
from .package import package
from .per_unit import per_unit
from .percentage import percentage
from .stairstep import stairstep
from .volume import volume

PRICERS = {
    "per_unit": per_unit,
    "flat": flat,
    "graduated": graduated,
    "volume": volume,
    "stairstep": stairstep,
    "package": package,
    "percentage": percentage,
    "graduated_percentage": graduated_percentage,
    "cost_plus": cost_plus,
    "dynamic": dynamic,
    "matrix": matrix,
    "formula": formula,
}
