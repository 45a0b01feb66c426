"""Billing: from what was agreed and used to what is posted. Owns periods, charges, rated lines, bills, runs, invoices.

Does not own prices, usage rows or approvals; it asks catalog, usage and control for them.
"""

# What extends a model comes after it; of two that extend one method the later runs first. A room may import from those
# before it alone: what it imports is set up before it.
from . import charge
from . import rated
from . import pricing, cloud_protected_mixin
from . import rating
from . import rerating
from . import spend
from . import bill
from . import run
from . import telling
from . import (
    cloud_subscription_bill_now,
    cloud_subscription_refund,
    cloud_subscription_line_bill_now,
    cloud_customer,
    cloud_audit_event,
    account_move,
    account_move_line,
    account_move_number,
    cloud_home,
    cloud_customer_order,
    cloud_subscription_documents,
    cloud_subscription_watch,
)
