"""Minimum spends, commitments and redeemed coupons."""

from . import (
    cloud_spend_commitment,
    cloud_spend_commitment_item,
    cloud_spend_commitment_approval,
    cloud_coupon_redemption,
)
