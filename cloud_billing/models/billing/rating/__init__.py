"""Rating: what a charge costs, from requests for usage to rated lines.

Owns the steps around a price and their order.
"""

from . import (
    cloud_rating_usage,
    cloud_rating_counters,
    cloud_rating_allowances,
    cloud_rating_bundle_units,
    cloud_rating_lines,
    cloud_rating,
    cloud_rating_currency,
    cloud_rating_bundles,
    cloud_coupon_use,
    cloud_rating_coupons,
    cloud_coupon_redemption,
    cloud_rating_agreed,
    cloud_rating_instalment,
)
