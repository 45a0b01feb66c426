"""Usage: what was delivered, once. Owns sources, imports, deliveries, rows, rejects, streams and their mapping.

Does not own prices or bills. Rows are read and written through `usage_store` only.
"""

from . import usage_store, usage_store_delivery, usage_store_counted, usage_store_owners, usage_store_versions
from . import usage_store_exceptions
from . import usage_store_totals, usage_store_changes, usage_store_rows, usage_store_states, usage_store_proof
from . import usage_importer, cloud_audit_event
from . import cloud_usage_source, cloud_usage_source_policy, usage_policy_effect
from . import cloud_usage_import, cloud_usage_import_outcome, cloud_usage_file, cloud_usage_file_member
from . import cloud_usage_import_halt, cloud_usage_import_progress, cloud_usage_import_confirm
from . import usage_importer_time, usage_importer_halt, usage_importer_members
from . import cloud_usage_delivery, cloud_usage_reject, cloud_usage_stream, cloud_usage_mapping, cloud_usage_record
from . import (
    cloud_usage_preview_mixin,
    cloud_usage_import_preview,
    cloud_usage_file_download,
    cloud_usage_reject_screen,
)
from . import cloud_usage_stream_owner, cloud_usage_record_screen, cloud_usage_cost_report
from . import cloud_usage_mapping_handover
