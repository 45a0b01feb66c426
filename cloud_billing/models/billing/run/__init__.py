"""Bill runs: a batch from its dates to posted invoices. Owns claims, shares of raters, approval, effect, posting."""

from . import (
    cloud_rating_claim,
    cloud_bill_run_share,
    cloud_bill_run_rating,
    cloud_bill_run_approval,
    cloud_bill_run_effect,
    cloud_bill_run_posting,
    cloud_bill_run,
    cloud_bill_run_limit,
)
