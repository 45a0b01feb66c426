"""How a price explains itself: the workings for us, the statement for the customer.

Owns: the two explanations and what a customer may see. Does not own: sentences for people in their language.
"""
