"""What people and schedules see of the month: the figures of the cockpit, interventions, standing approvals, jobs,
lateness.

Owns no amount: it counts and shows what billing made.
"""

from . import cloud_intervention, cloud_intervention_file
from . import cloud_bill_interventions, cloud_bill_run_interventions, cloud_usage_reject_interventions
from . import (
    cloud_audit_event,
    cloud_change_request,
    cloud_standing_approval,
    cloud_bill_run_standing,
    cloud_bill_standing,
)
from . import res_company, res_config_settings, cloud_bill_reason
from . import cloud_bill_approval, cloud_bill_large, cloud_bill_run_large
from . import (
    cloud_usage_source,
    cloud_usage_final,
    cloud_bill_late,
    cloud_bill_run_late,
    cloud_schedule_watch,
    cloud_bill_run_schedule,
)
from . import cloud_charge, cloud_charge_correction_estimate
from . import cloud_home
from . import cloud_job_mixin, cloud_job
from . import cloud_usage_import_job, cloud_bill_job, cloud_bill_run_job, cloud_undo_job
from . import res_company_look, res_config_settings_look
from . import cloud_bill_unusual, cloud_bill_unusual_tax, cloud_bill_run_unusual, cloud_bill_reason_unusual
from . import cloud_bill_forecast
from . import cloud_bill_filters, cloud_bill_file
from . import cloud_bill_run_times, cloud_bill_run_stop, cloud_bill_run_stopping, cloud_bill_run_share
from . import cloud_bill_run_cockpit
from . import cloud_bill_run_bridge, cloud_bill_run_page, cloud_change_request_page, cloud_home_review, cloud_home_end
from . import cloud_home_waiting
