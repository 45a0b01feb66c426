"""Record: what happened, append-only, and what changed, old and new.

Owns the audit events, their table and where they came from; what is tracked (`cloud.audit.tracker`) and how a change is
found. Does not own what is recorded otherwise: each room calls `cloud.audit.event._record` for what happens in it.
"""

from . import cloud_audit_event, cloud_change_request, ir_cron, ir_module_module, ir_actions_server
from . import base, base_names
from . import cloud_audit_event_kinds, cloud_audit_event_reading, cloud_audit_tracker, base_tracking, base_history
from . import ir_http, res_users, res_users_doubt, res_users_apikeys, base_export
