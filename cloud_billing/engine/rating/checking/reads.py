"""What a price has to be told: the facts that its charge model looks at, so that the caller fetches those alone."""

from ..formula import MEASURED, parse
from ..models.percentage import EVENT_TERMS

_READS = {
    "percentage": frozenset({"value"}),
    "graduated_percentage": frozenset({"value"}),
    "dynamic": frozenset({"quantity", "value"}),
    "cost_plus": frozenset({"cost"}),
    "matrix": frozenset({"quantity", "dimensions"}),
}
_QUANTITY = frozenset({"quantity"})


def get_reads(terms):
    """Names of the RatingFacts that price these terms: quantity, cost, value, events, dimensions, variables.

    A charge model of another module reads the quantity, and the cost where a percentage or a fixed amount is set.
    """
    if terms.charge_model == "percentage" and any(getattr(terms, name) is not None for name in EVENT_TERMS):
        return frozenset({"value", "events"})
    if terms.charge_model == "formula":
        return _get_formula_reads(terms)
    if terms.charge_model in _READS:
        return _READS[terms.charge_model]
    if terms.charge_model not in _BY_QUANTITY and (terms.percent is not None or terms.fixed is not None):
        return frozenset({"quantity", "cost"})
    return _QUANTITY


_BY_QUANTITY = {"per_unit", "flat", "graduated", "volume", "stairstep", "package"}


def get_matrix_dimensions(terms):
    """Names of the dimensions by which a matrix wants its quantity, in the order in which cells name them first."""
    return tuple(dict.fromkeys(name for cell in terms.cells for name, _value in cell.values))


def get_variables(terms):
    """Names of the numbers that a formula wants besides what is measured, in the order in which it names them first.

    Raises TermsError for a formula that cannot be read.
    """
    return tuple(name for name in parse(terms.formula).names if name not in MEASURED) if terms.formula else ()


def _get_formula_reads(terms):
    names = parse(terms.formula).names
    reads = {name for name in names if name in MEASURED}
    # A formula that names nothing still tells no usage from some.
    return frozenset(reads | ({"variables"} if len(reads) < len(names) else set())) or _QUANTITY
