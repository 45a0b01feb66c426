"""Which of many prices wins, and the stretches of an interval in which it does.

Owns: the order of scopes, ties that are refused, cuts where something else applies.
Does not own: what the price then asks for.
"""
