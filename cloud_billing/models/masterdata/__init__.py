"""Master data: tables that people keep in a spreadsheet. Owns how such a table is read, compared, shown and written,
and the layouts of customers and of subscriptions.

Does not own what the rows become: whatever a row may do, the person could do on the form, and nothing more.
"""

from . import cloud_sheet_layout, cloud_sheet_customer, cloud_sheet_customer_find
from . import cloud_sheet_subscription, cloud_sheet_subscription_line
from . import cloud_audit_event
