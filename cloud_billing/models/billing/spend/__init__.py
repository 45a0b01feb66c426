"""Minimum spends and commitments as they fall due: what was reached, what is missing, whose share it is."""

from . import cloud_spend_due, cloud_spend_sums, cloud_spend_true_up, cloud_spend_commitment
