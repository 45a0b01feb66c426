"""What the books need at the end of a month: accrued income and cost, deferred revenue, and the reports that tie
them to periods.

Owns no invoice: its entries are ordinary journal entries made from rated lines.
"""

from . import res_company, res_company_proposal, res_config_settings, product_category, cloud_usage_source
from . import cloud_change_request, cloud_audit_event, cloud_bill
from . import cloud_closing, cloud_closing_line, cloud_closing_approval, cloud_closing_entry
from . import cloud_closing_facts, cloud_closing_unbilled, cloud_closing_cost
from . import cloud_closing_balance, cloud_closing_waterfall, cloud_closing_tie_out, cloud_closing_csv
from . import cloud_bill_run_close
from . import account_move, account_move_line
