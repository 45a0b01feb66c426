"""Subscription lines: what of which product, in which quantity from which day, in which instalments."""

from . import (
    cloud_subscription_line,
    cloud_subscription_line_cycle,
    cloud_subscription_line_bundle,
    cloud_subscription_quantity,
    cloud_subscription_line_agreed,
    cloud_subscription_line_change,
    cloud_subscription_line_unserved,
    cloud_subscription_line_instalment,
    cloud_subscription_line_instalment_plan,
    cloud_instalment,
    cloud_subscription_line_rate,
    cloud_subscription_line_order,
    cloud_subscription_line_replaces,
    cloud_subscription_line_sentence,
)
