"""What a price has to be told: the facts that its charge model looks at, so that the caller fetches those alone."""

from .models.percentage import EVENT_TERMS

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
    if terms.charge_model in _READS:
        return _READS[terms.charge_model]
    if terms.charge_model not in _BY_QUANTITY and (terms.percent is not None or terms.fixed is not None):
        return frozenset({"quantity", "cost"})
    return _QUANTITY


_BY_QUANTITY = {"per_unit", "flat", "graduated", "volume", "stairstep", "package"}


def get_matrix_dimensions(terms):
    """Names of the dimensions by which a matrix wants its quantity, in the order in which cells name them first."""
    return tuple(dict.fromkeys(name for cell in terms.cells for name, _value in cell.values))
