"""What puts a mistake right: undo of runs and invoices, credit notes, late usage, rating again, goodwill and write-
offs.

Owns no difference: that is worked out in billing, by rating again. Frozen facts stay; a correction is a new one.
"""
