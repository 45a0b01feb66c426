"""What is worked out from prices that are found: bundles, shared allowances, minimums, another currency, corrections.

Owns: amounts made of other amounts. Does not own: the price of one thing (`rate.py`).
"""
