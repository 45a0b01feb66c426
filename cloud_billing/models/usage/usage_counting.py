"""Conditions that say which rows count, as SQL text: for a charge, as of a number, within a stretch.

Aliases: r the row, d its delivery, e its exception (outer), a the assignment, s the stream, c the charge.
"""


def as_of(number, delivery="d", assignment="a", exception="e"):
    """Conditions: usage, owners and policies as of a number. Their answer for one number never changes."""
    return f"""{delivery}.import_number BETWEEN 1 AND {number}
                   AND ({delivery}.superseded_number = 0 OR {delivery}.superseded_number > {number})
                   AND ({exception}.row_id IS NULL OR {exception}.superseded_number > {number})
                   AND {assignment}.from_number <= {number}
                   AND ({assignment}.to_number = 0 OR {assignment}.to_number > {number})
                   AND {assignment}.policy = 'bill'"""


# A row belongs to the owner of the stretch in which its service starts.
IN_STRETCH = """(a.utc_start IS NULL OR r.service_start >= a.utc_start)
                   AND (a.utc_end IS NULL OR r.service_start < a.utc_end)"""

# A charge over a whole month of the provider is not cut: the rows of that month may be of service before or after it.
CHARGE_START = "CASE WHEN c.billing_month IS NULL OR c.service_start > c.billing_month THEN c.utc_start END"
CHARGE_END = """CASE WHEN c.billing_month IS NULL OR c.service_end < c.billing_month + interval '1 month'
                           THEN c.utc_end END"""
