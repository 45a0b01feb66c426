"""Usage: what was delivered, once. Owns sources, imports, deliveries, rows, rejects, streams and their mapping.

Does not own prices or bills. Rows are read and written through `usage_store` only.
"""
from . import cloud_usage_source, cloud_usage_source_policy, cloud_usage_import, cloud_usage_file
from . import cloud_usage_delivery, cloud_usage_reject, cloud_usage_stream, cloud_usage_mapping, cloud_usage_record
