"""Contract: who pays and what was agreed. Owns customers, subscriptions and their lines, their lifecycle,
minimum spends and commitments.

Does not own periods and charges: those are what billing makes of an agreement.
"""

# What extends a model comes after it; of two that extend one method the later runs first.
from . import customer
from . import subscription
from . import line
from . import spend
from . import change
from . import rates
from . import lifecycle
from . import indexation
from . import seats
