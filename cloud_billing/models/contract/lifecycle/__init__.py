"""From draft to ended: trial, pause, term, renewal, phases, and a subscription that succeeds another."""

from . import (
    cloud_subscription_pause,
    cloud_subscription_pausing,
    cloud_subscription_lifecycle,
    cloud_subscription_trial,
    cloud_subscription_term,
    cloud_subscription_term_uplift,
    cloud_subscription_renewal,
    cloud_subscription_phases,
    cloud_subscription_succession,
    cloud_subscription_successor,
)
