"""What the books need at the end of a month: accrued income and cost, deferred revenue, and the reports that tie
them to periods.

Owns no invoice: its entries are ordinary journal entries made from rated lines.
"""
