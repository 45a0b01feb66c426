"""What arrives, and whether all of it did: rows held or waived, checks, completeness by day, control totals, seals.

Owns no row and no amount: rows are `usage`'s, whose store it extends. Does not own what billing makes of a late or
unsealed month: it says so by the hooks of the month's room.
"""

from . import cloud_usage_exception, cloud_usage_record
from . import cloud_usage_check, cloud_usage_check_value, cloud_usage_store
from . import cloud_usage_source, cloud_usage_import
from . import cloud_usage_source_cadence, cloud_usage_calendar
from . import cloud_usage_source_missing, cloud_schedule_watch, cloud_home
from . import cloud_usage_control, cloud_usage_source_seal, cloud_usage_seal, cloud_usage_seal_problems
from . import cloud_audit_event, cloud_intervention, cloud_bill, cloud_bill_reason
