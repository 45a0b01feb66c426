"""Billing: from what was agreed and used to what is posted. Owns periods, charges, rated lines, bills, runs, invoices.

Does not own prices, usage rows or approvals; it asks catalog, usage and control for them.
"""

from . import cloud_billing_period, cloud_billing_period_rejoin, cloud_charge_component, cloud_charge, cloud_charge_due
from . import cloud_charge_due_cycle
from . import (
    cloud_rated_line,
    cloud_rated_line_rows,
    cloud_rated_grant,
    cloud_rating_usage,
    cloud_rating_counters,
    cloud_rating_allowances,
    cloud_rating_bundle_units,
    cloud_rating_lines,
    cloud_rating,
    cloud_rating_currency,
    cloud_charge_correction,
)
from . import cloud_rating_bundles, cloud_coupon_use, cloud_rating_coupons, cloud_coupon_redemption

# Last of the rating: it gives the others pieces of charges.
from . import cloud_charge_found_equal, cloud_rating_agreed, cloud_charge_correction_agreed
from . import cloud_spend_due, cloud_spend_sums, cloud_spend_true_up, cloud_spend_commitment
from . import (
    cloud_bill_reason,
    cloud_bill_reason_engine,
    cloud_bill_reason_price,
    cloud_bill_invoice,
    cloud_bill_assessment,
    cloud_bill_posting,
    cloud_bill,
)
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
from . import cloud_charge_component_instalment, cloud_charge_due_instalment, cloud_rating_instalment, cloud_instalment
from . import cloud_subscription_line_instalment, cloud_subscription_instalment
from . import cloud_subscription_bill_now, cloud_subscription_refund, cloud_subscription_line_bill_now
from . import cloud_customer, cloud_audit_event
from . import cloud_proof_books, cloud_proof
from . import cloud_explanation_csv
from . import account_move, account_move_line, account_move_number, cloud_home
from . import cloud_customer_order, cloud_bill_order, cloud_bill_log, cloud_bill_reason_order
from . import cloud_subscription_documents, cloud_subscription_watch
from . import cloud_seat_report
