"""Changes to a subscription while it runs: quantity, price, dates, and the policy for the days already billed."""

from . import (
    cloud_subscription_change,
    cloud_subscription_change_price,
    cloud_subscription_change_lifecycle,
    cloud_subscription_change_instalment,
    cloud_subscription_changing,
)
