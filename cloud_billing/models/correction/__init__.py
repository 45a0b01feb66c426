"""What puts a mistake right: undo of runs and invoices, credit notes, late usage, rating again, goodwill and write-
offs.

Owns no difference: that is worked out in billing, by rating again. Frozen facts stay; a correction is a new one.
"""

from . import price_credit_guard, cloud_price_credit, cloud_bill, cloud_bill_run, cloud_change_request, res_company
from . import cloud_bill_run_given_back
from . import cloud_proof, res_config_settings
from . import cloud_audit_event, account_move
from . import cloud_undo_blocker, cloud_undo_line_posting, cloud_undo_posting, cloud_undo_line, cloud_undo
from . import res_company_late, res_config_settings_late, cloud_customer_late, cloud_usage_source_late
from . import (
    cloud_charge_late,
    cloud_charge_correction_late,
    cloud_bill_late,
    cloud_bill_run_late,
    cloud_spend_due_late,
)
from . import cloud_charge_correction_again, cloud_bill_run_again, cloud_bill_again
from . import cloud_change_request_concessions, res_company_goodwill, res_config_settings_goodwill
from . import cloud_goodwill, cloud_adjustment_goodwill
from . import res_company_write_off, res_config_settings_write_off
from . import cloud_write_off, cloud_write_off_entry, account_move_write_off
from . import partner_merge
