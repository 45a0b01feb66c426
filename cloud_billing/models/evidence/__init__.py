"""Evidence: what an auditor takes away or signs: files of events, reviews, drills and packs.

Owns reviews of the record, drills of backups, and how evidence becomes files with digests. Does not own what they tell
of: the record (`models/record`), the seal (`models/chain`), approvals, reconciliations.
"""

from . import cloud_audit_event, cloud_audit_event_kinds, res_company, cloud_settings_mixin
from . import cloud_audit_review, cloud_audit_review_line, cloud_audit_review_schedule, cloud_backup_drill
from . import cloud_evidence_part
