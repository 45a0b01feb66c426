"""Matching: whose usage it is. Owns the rules that give streams owners, the keys by which other systems know customers
and subscriptions, suggestions, and the queues of what waits for a person.

Does not own the owners themselves: mappings and their numbers are the usage room's.
"""

from . import cloud_external_key, cloud_customer, cloud_subscription
from . import cloud_usage_match_rule, cloud_usage_match_owners, cloud_usage_match_remember, cloud_usage_mapping
from . import cloud_usage_mapping_handover
from . import cloud_usage_matcher, cloud_usage_match_write, cloud_usage_match_look
from . import cloud_usage_suggester, cloud_usage_stream, cloud_usage_stream_waiting
from . import cloud_usage_stream_held, cloud_usage_stream_uncounted
from . import cloud_usage_proof, cloud_usage_state, cloud_usage_importer
from . import cloud_sheet_mapping, cloud_sheet_mapping_rows
from . import cloud_usage_import, cloud_audit_event
