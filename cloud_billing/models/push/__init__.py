"""Push: events that other systems send one by one or in batches, over HTTP or by a method.

Owns who may send to a source and how that is proved, what is answered for each event, the batches in which events came,
and the imports that collect batches until they get their number.
Does not own what makes a row itself nor when it counts (`models/usage`), nor what an event means (`engine/readers`).
"""

from . import cloud_push_batch, cloud_push_refusal, cloud_usage_store, cloud_usage_import, cloud_usage_importer
from . import cloud_push, cloud_usage_source, cloud_usage_source_key, cloud_audit_event
