"""Usage and its costs by month and cost centre, as a read-only SQL view."""
