"""Searches by name that leave out what a person may not read."""

from odoo.fields import Domain


def without(domain, operator, hidden):
    """The domain of a search by name without its conditions on hidden fields.

    operator: of the search; a negative one asks all fields, any other one any field.
    hidden: names of fields
    """
    if not hidden:
        return domain
    neutral = Domain.TRUE if operator in Domain.NEGATIVE_OPERATORS else Domain.FALSE
    return Domain(domain).map_conditions(
        lambda condition: neutral if condition.field_expr.split(".")[0] in hidden else condition
    )
