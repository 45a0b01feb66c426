"""Intake: how files get to the server before anything reads them, and which format of one's own they have.

Owns uploads and their parts, and how long files are kept; formats in versions, who made them, and that a version stays
once it was read by.
Does not own what a mapping means (`engine/readers`), nor the way from files to rows: an upload hands its parts over to
a file of an import (`models/usage`).
"""

from . import cloud_usage_upload, cloud_usage_upload_part, cloud_usage_file
from . import cloud_usage_source_retention, cloud_usage_source_table, cloud_usage_file_retention
from . import cloud_usage_format, cloud_usage_format_version, usage_store_condensed
from . import cloud_usage_source, cloud_usage_import, cloud_usage_read_again, cloud_usage_reject, cloud_audit_event
