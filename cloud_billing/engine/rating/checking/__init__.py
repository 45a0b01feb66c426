"""Whether terms can be a price, and which facts they ask for: where terms are entered, and before they are rated.

Owns: refusals of terms, ladders written by capacities, reads. Does not own: the price.
"""
