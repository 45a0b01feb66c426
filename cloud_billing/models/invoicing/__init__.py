"""What gives a bill its shape: one-off amounts, discounts and texts by hand, grouping, summary lines, templates,
brands.

Owns no price and posts nothing: a one-off amount is a charge like any other.
"""
