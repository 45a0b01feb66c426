"""Record: what happened, append-only, and the proof that nobody altered it.

Owns the audit events, their table and where they came from. Does not own what is recorded: each room
calls `cloud.audit.event._record` for what happens in it.
"""

from . import cloud_audit_event, ir_cron, ir_actions_server, base
