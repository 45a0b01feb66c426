"""Cutover: contracts that another system billed before. Owns opening facts, the files they come in and the comparison
of a month with what the other system billed.

Does not own contracts, charges or runs: it makes them through contract and billing.
"""

from . import cloud_opening, cloud_opening_apply
from . import cloud_subscription, cloud_subscription_line, cloud_subscription_change
from . import cloud_cutover, cloud_cutover_row, cloud_cutover_check, cloud_cutover_make, cloud_cutover_approval
from . import cloud_subscription_layout, cloud_change_request, cloud_audit_event
from . import cloud_parallel, cloud_parallel_line, cloud_bill_run
