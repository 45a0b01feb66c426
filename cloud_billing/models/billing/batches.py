"""Records batch by batch: what is read of thousands of them is never in memory together."""

from odoo.tools import split_every


def in_batches(records, size):
    """So many of the records at a time; what was read and written of the ones before is let go, in the database."""
    for place, some in enumerate(split_every(size, records.ids, records.browse)):
        if place:
            records.env.invalidate_all()
        yield some
