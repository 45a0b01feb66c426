"""Contract: who pays and what was agreed. Owns customers, subscriptions and their lines.

Does not own periods and charges: those are what billing makes of an agreement.
"""

from . import cloud_customer, cloud_subscription, cloud_subscription_line, res_partner
from . import cloud_customer_class, cloud_subscription_price
