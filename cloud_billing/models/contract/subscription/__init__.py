"""Subscriptions: the agreement with a customer.

Owns its cycle, its prices as they stand, its fees, and the sentence that tells it.
"""

from . import (
    cloud_subscription_tag,
    cloud_subscription,
    cloud_subscription_tags,
    cloud_subscription_cycle,
    cloud_subscription_price,
    cloud_subscription_spend,
    cloud_subscription_agreed,
    cloud_subscription_rate,
    cloud_subscription_policy,
    cloud_subscription_timeline,
    cloud_subscription_order,
    cloud_subscription_fees,
    cloud_subscription_sentence,
)
