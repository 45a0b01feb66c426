"""Billing: from what was agreed and used to what is posted. Owns periods, charges, rated lines, bills, runs, invoices.

Does not own prices, usage rows or approvals; it asks catalog, usage and control for them.
"""

from . import cloud_billing_period, cloud_charge_component, cloud_bill_run, cloud_bill, cloud_charge, cloud_rated_line
from . import account_move, account_move_line, cloud_home
