"""The difference between nothing used and a number that is missing."""

from ..errors import FactsError


def get_measured(facts, name):
    """The measured `quantity` or `cost`, or None when there was no usage.

    Raises FactsError `<name>_missing` where rows were counted and none carries the number: billing nothing for them
    would lose money silently.
    """
    value = getattr(facts, name)
    if value is None and facts.rows:
        raise FactsError(f"{name}_missing", rows=facts.rows)
    return value
